/** The journey of a user in Firefox. */
import { testDifferences } from "../contracts/engine-differences.ts";
import { testJourney } from "../contracts/journey.ts";
import { FIREFOX } from "../support/engines/firefox.ts";
import { setEngine } from "../support/engines/tests.ts";

const stage = await setEngine(FIREFOX);
testJourney(stage);
testDifferences(stage);
