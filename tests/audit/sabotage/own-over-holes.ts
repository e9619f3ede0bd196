/**
 * Breaks the promise of nodes on purpose: a node hands out its own entries at once, without first reading what other nodes
 * have stored before them.
 */
import { patchServer } from "./patch.ts";

patchServer([
  ["if (doContinue) handOut(entries);", "handOut(entries);"],
  ["return doContinue;", "return true;"],
]);
