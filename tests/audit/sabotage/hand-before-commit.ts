/** Breaks the promise of nodes on purpose: a node hands out its entries while their transaction is still open. */
import { patchServer } from "./patch.ts";

patchServer([
  [
    "timer = setTimeout(() => void look(), LOOK_EVERY_MS);",
    `timer = setTimeout(() => void look(), LOOK_EVERY_MS);
  Reflect.set(globalThis, "handOutEarly", handOut);`,
  ],
  [
    "return storeLocked(tx, batch, { rows, repeats }, now);",
    `const result = await storeLocked(tx, batch, { rows, repeats }, now);
    const early = result.outcomes.flatMap((each) => ("entry" in each && !each.repeated ? [each.entry] : []));
    Reflect.get(globalThis, "handOutEarly")(early);
    await Bun.sleep(60);
    return result;`,
  ],
]);
