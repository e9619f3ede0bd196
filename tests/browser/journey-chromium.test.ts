/** The journey of a visitor in Chromium. */
import { testJourney } from "../contracts/journey.ts";
import { CHROMIUM } from "../support/engines/chromium.ts";
import { setEngine } from "../support/engines/tests.ts";

testJourney(await setEngine(CHROMIUM));
