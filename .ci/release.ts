/**
 * Builds the executables of a release. `bun run release -- --host --out DIR` makes one for this machine, `DIR/kabar`.
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { compileExecutable, gatherShipped } from "./executable.ts";

const USAGE = `usage: bun run release -- --host [--out DIR]

  --host     one executable for this machine, DIR/kabar
  --out DIR  where to write; default: dist/release
`;

const { values } = parseArgs({
  options: { host: { type: "boolean" }, out: { type: "string" }, help: { type: "boolean", short: "h" } },
});
if (values.help || !values.host) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 2);
}
const out = resolve(values.out ?? join(import.meta.dir, "../dist/release"));
const path = join(out, process.platform === "win32" ? "kabar.exe" : "kabar");
const shipped = await gatherShipped();
try {
  await compileExecutable(shipped, path, process.execPath);
  console.log(path);
} finally {
  shipped.remove();
}
