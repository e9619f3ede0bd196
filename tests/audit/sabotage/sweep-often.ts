/**
 * No sabotage of the promise: retention runs every 400 ms instead of every 30 s, so that there is something to be said
 * about gaps between two kills, and readers are overtaken by it while they catch up.
 */
import { patchServer } from "./patch.ts";

patchServer([["SWEEP_EVERY_MS = 30_000", "SWEEP_EVERY_MS = 400"]]);
