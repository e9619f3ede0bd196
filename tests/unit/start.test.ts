/** Bounds of a start: every file, package and module of Node that is loaded before the server listens takes time of every start. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dir, "../..");
/** The server's own files that are loaded at a start: each takes about a third of a millisecond. */
const MAX_OWN_FILES = 290;
/** Packages that are loaded at a start. The others are loaded by whoever needs them: `await import("jose")`. */
const PACKAGES = ["prom-client", "zod"];
/** Modules of Node that are there anyway, or cost next to nothing. `node:crypto`, `node:net` and `node:zlib` take milliseconds each. */
const NODE_MODULES = ["events", "fs", "fs/promises", "os", "path", "util"];

interface Import {
  path: string;
  kind: string;
  external?: boolean;
}

/** Everything that the program loads by itself, as paths from the root, and the modules of Node and Bun. */
async function listLoaded(): Promise<{ files: string[]; modules: string[] }> {
  const { metafile } = await build({
    absWorkingDir: root,
    // The engine of a server without a database is chosen at the start.
    entryPoints: ["src/server.ts", "src/log/sqlite.ts"],
    bundle: true,
    metafile: true,
    write: false,
    outdir: "dist/none",
    platform: "node",
    format: "esm",
    external: ["bun", "bun:*"],
    logLevel: "error",
  });
  const files = new Set<string>();
  const modules = new Set<string>();
  const visit = (path: string): void => {
    if (files.has(path)) return;
    files.add(path);
    const imports: Import[] = metafile.inputs[path]?.imports ?? [];
    for (const { path: target, kind, external } of imports) {
      // A `require` of ours stands in a function; one of a package runs at once.
      const isLate = kind === "dynamic-import" || (kind === "require-call" && path.startsWith("src/"));
      if (isLate || target === "<runtime>") continue;
      if (external) modules.add(target.replace(/^node:/, ""));
      else visit(target);
    }
  };
  visit("src/server.ts");
  visit("src/log/sqlite.ts");
  return { files: [...files], modules: [...modules] };
}

const loaded = await listLoaded();
const nameOf = (path: string): string | undefined => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];

test("a start loads few packages", () => {
  const packages = new Set(loaded.files.flatMap((path) => nameOf(path) ?? []));
  expect([...packages].toSorted()).toEqual(PACKAGES);
});

test("a start loads no large module of Node", () => {
  const modules = loaded.modules.filter((name) => !name.startsWith("bun"));
  expect(modules.filter((name) => !NODE_MODULES.includes(name))).toEqual([]);
});

test("a start loads a bounded number of the server's files", () => {
  const own = loaded.files.filter((path) => nameOf(path) === undefined);
  expect(own.length).toBeGreaterThan(100);
  expect({ files: own.length, over: Math.max(0, own.length - MAX_OWN_FILES) }).toMatchObject({ over: 0 });
});
