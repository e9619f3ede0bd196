/**
 * Changes the text of server modules as they are loaded, from outside: nothing in src/ knows of it. A preload module says
 * what to replace. A text that is not there exactly once ends the process with a word about it, so that an audit never
 * believes that it broke something when it did not.
 */
import { plugin } from "bun";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SOURCES = join(import.meta.dir, "..", "..", "..", "src");

/** A text somewhere in src/, and what to put in its place. */
export type Patch = readonly [from: string, to: string];

function refuse(reason: string): never {
  process.stderr.write(`patch: ${reason}\n`);
  process.exit(70);
}

/** Applies patches to the modules that contain their texts, which must not be loaded yet. */
export function patchServer(patches: readonly Patch[]): void {
  const files = readdirSync(SOURCES, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".ts"));
  const patched = new Map<string, string>();
  for (const [from, to] of patches) {
    const holders = files.filter((name) => readFileSync(join(SOURCES, name), "utf8").includes(from));
    const [name] = holders;
    if (name === undefined || holders.length > 1) refuse(`${holders.length} files of src/ have: ${from}`);
    const text = patched.get(name) ?? readFileSync(join(SOURCES, name), "utf8");
    patched.set(
      name,
      text.replace(from, () => to),
    );
  }
  // Only these files: another preload module may patch others.
  const names = [...patched.keys()].map((name) => name.replaceAll(".", "\\."));
  plugin({
    name: "patch",
    setup(build) {
      build.onLoad({ filter: new RegExp(`/src/(${names.join("|")})$`) }, ({ path }) => ({
        contents:
          patched.get(path.slice(path.lastIndexOf("/src/") + "/src/".length)) ??
          refuse(`${path} was not patched`),
        loader: "ts",
      }));
    },
  });
}
