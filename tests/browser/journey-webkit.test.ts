/** The journey of a visitor in WebKit, the engine of Safari. */
import { testJourney } from "../contracts/journey.ts";
import { WEBKIT } from "../support/engines/webkit.ts";
import { setEngine } from "../support/engines/tests.ts";

testJourney(await setEngine(WEBKIT));
