/** Breaks the promise of nodes on purpose: a message that is sent again, to another node, is stored again. */
import { patchServer } from "./patch.ts";

patchServer([
  ["const earlier = known.get(key);", "const earlier = undefined;"],
  ['UNIQUE (topic, "user", id)', "CHECK (true)"],
]);
