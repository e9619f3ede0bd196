/** Breaks the promise of nodes on purpose: a node hands out its entries while their transaction is still open. */
import { patchServer } from "./patch.ts";

patchServer([
  [
    "timer = setTimeout(() => void look(), LOOK_EVERY_MS);",
    `timer = setTimeout(() => void look(), LOOK_EVERY_MS);
  Reflect.set(globalThis, "handOutEarly", handOut);`,
  ],
  [
    "await Promise.all([...writes, commit(tx)]);",
    `const early = outcomes.flatMap((each) => ("entry" in each && !each.repeated ? [each.entry] : []));
  Reflect.get(globalThis, "handOutEarly")(early);
  await Bun.sleep(60);
  await Promise.all([...writes, commit(tx)]);`,
  ],
]);
