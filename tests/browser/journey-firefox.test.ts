/** The journey of a visitor in Firefox. */
import { testJourney } from "../contracts/journey.ts";
import { FIREFOX } from "../support/engines/firefox.ts";
import { setEngine } from "../support/engines/tests.ts";

testJourney(await setEngine(FIREFOX));
