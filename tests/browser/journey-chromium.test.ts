/** The journey of a visitor in Chromium. */
import { setEngine, testJourney } from "../contracts/journey.ts";
import { CHROMIUM } from "../support/engines/chromium.ts";

testJourney(await setEngine(CHROMIUM));
