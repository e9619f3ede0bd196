/** The journey of a user in Chromium. */
import { testDifferences } from "../contracts/engine-differences.ts";
import { testJourney } from "../contracts/journey.ts";
import { CHROMIUM } from "../support/engines/chromium.ts";
import { setEngine } from "../support/engines/tests.ts";

const stage = await setEngine(CHROMIUM);
testJourney(stage);
testDifferences(stage);
