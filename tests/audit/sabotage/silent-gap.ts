/**
 * Breaks the promise on purpose: a stream of server-sent events gives the cursor beyond a gap before it says the gap, so that
 * a reader who is cut off between the two never hears of it.
 */
import { patchServer } from "./patch.ts";

patchServer([
  [
    String.raw`plan.gap ? encodeSseGap(plan.gap) : "\n"`,
    String.raw`"\n" + (plan.gap ? encodeSseGap(plan.gap) : "")`,
  ],
]);
