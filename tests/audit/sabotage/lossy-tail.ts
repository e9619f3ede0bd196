/** Breaks the promise of nodes on purpose: one in seven of the entries that other nodes have stored is not handed out. */
import { patchServer } from "./patch.ts";

patchServer([
  [
    "if (run) fresh.push(...run);",
    "if (run) fresh.push(...run.filter(({ entry }, i) => i === run.length - 1 || entry.offset % 7 !== 0));",
  ],
]);
