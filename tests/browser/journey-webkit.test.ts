/** The journey of a user in WebKit, the engine of Safari. */
import { testDifferences } from "../contracts/engine-differences.ts";
import { testJourney } from "../contracts/journey.ts";
import { WEBKIT } from "../support/engines/webkit.ts";
import { setEngine } from "../support/engines/tests.ts";

const stage = await setEngine(WEBKIT);
testJourney(stage);
testDifferences(stage);
