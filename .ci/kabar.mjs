#!/usr/bin/env node
// The package's program `kabar`: runs the server's command line with the Bun that the package depends on. Needs Node only.
import { fileURLToPath } from "node:url";
import { findBun, runBun } from "./launch.mjs";

const bun = findBun(import.meta.url);
if (bun === undefined) {
  console.error(
    `kabar: no Bun for ${process.platform} ${process.arch} among the installed packages. Install again without --omit=optional.`,
  );
  process.exit(1);
}
const entry = fileURLToPath(new URL("../src/server.ts", import.meta.url));
runBun(bun, ["run", entry, ...process.argv.slice(2)]);
