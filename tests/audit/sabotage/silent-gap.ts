/**
 * Breaks the promise on purpose: a stream of server-sent events sends the cursor beyond a gap before the gap, so that a
 * reader cut off between the two never receives it.
 */
import { patchServer } from "./patch.ts";

patchServer([
  [String.raw`gap ? encodeSseGap(gap) : "\n"`, String.raw`"\n" + (gap ? encodeSseGap(gap) : "")`],
]);
