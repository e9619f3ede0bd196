/** Breaks the promise of nodes on purpose: a message that is sent again, to another node, is stored again. */
import { patchServer } from "./patch.ts";

patchServer([
  ["if (earlier) return { entry: earlier.entry, repeated: true };", ""],
  ['UNIQUE (topic, "user", id)', "CHECK (true)"],
]);
