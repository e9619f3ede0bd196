/** The journey of a visitor in WebKit, the engine of Safari. */
import { setEngine, testJourney } from "../contracts/journey.ts";
import { WEBKIT } from "../support/engines/webkit.ts";

testJourney(await setEngine(WEBKIT));
