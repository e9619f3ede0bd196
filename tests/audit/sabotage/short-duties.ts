/**
 * No sabotage of the promise: the duty of a node that was killed goes to another after 2 s instead of 90 s, so that
 * retention goes on between two kills.
 */
import { patchServer } from "./patch.ts";

patchServer([["DUTY_S = 90", "DUTY_S = 2"]]);
