/** The journey of a visitor in Firefox. */
import { setEngine, testJourney } from "../contracts/journey.ts";
import { FIREFOX } from "../support/engines/firefox.ts";

testJourney(await setEngine(FIREFOX));
