/**
 * Builds what the npm package holds beside the sources, into `dist/package`: `kabar/client`, `kabar/protocol` and `kabar/element`
 * as ES modules, and their declarations. `npm pack` runs it. Also makes sure that `dist/widget` is there, so that an installed
 * server builds nothing. Not minified: the bundler of the page does that.
 */
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { build, type BuildOptions } from "esbuild";
import ts from "typescript";
import { ensureWidget, READING } from "../widget/build.ts";

const root = join(import.meta.dir, "..");
const OUT = join(root, "dist/package");

/** The entries of the package: the name in `exports`, and the source. */
const ENTRIES = {
  client: "widget/package/public-client.ts",
  protocol: "widget/package/public-protocol.ts",
  element: "widget/package/element-entry.ts",
} as const;

/** Finds the relative imports of a declaration, with the extension of the source. */
const RELATIVE_IMPORT = /(\bfrom\s*|\bimport\s*\(?\s*)"(\.[^"]+)\.tsx?"/g;

/** Declarations are written file by file, from the types that the source writes down. */
const DECLARING: ts.CompilerOptions = {
  isolatedDeclarations: true,
  stripInternal: true,
  target: ts.ScriptTarget.ESNext,
  jsx: ts.JsxEmit.Preserve,
};

/** What a module of the package needs where there is no DOM, in place of the element. */
const EMPTY = "export {};\n";

/** Bundles some entries, by the name of the result. Chunks that are loaded later lie in `element/`. */
async function bundle(entries: Record<string, string>, more: BuildOptions): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    ...READING,
    write: false,
    entryPoints: Object.entries(entries).map(([out, source]) => ({ in: join(root, source), out })),
    absWorkingDir: root,
    outdir: OUT,
    format: "esm",
    splitting: true,
    ...more,
  });
  return new Map((outputFiles ?? []).map(({ path, text }) => [relative(OUT, path), text]));
}

/** Writes the declarations of the sources that an entry's types come from. Throws for a source that needs type inference. */
async function declare(entry: string, files: Map<string, string>): Promise<void> {
  const name = `types/${entry.replace(/\.tsx?$/, ".d.ts")}`;
  if (files.has(name)) return;
  const { outputText: code, diagnostics = [] } = ts.transpileDeclaration(
    await Bun.file(join(root, entry)).text(),
    { fileName: entry, reportDiagnostics: true, compilerOptions: DECLARING },
  );
  const errors = diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
  if (errors.length > 0) throw new Error(`${entry}: ${errors.join("; ")}`);
  // A declaration names modules as they are in the package.
  files.set(
    name,
    code.replace(RELATIVE_IMPORT, (_, before: string, path: string) => `${before}"${path}.js"`),
  );
  for (const [, , path = ""] of code.matchAll(RELATIVE_IMPORT))
    await declare(join(dirname(entry), `${path}.ts`), files);
}

/** Builds the package's files, by their path in `dist/package`. */
async function buildFiles(version: string): Promise<Map<string, string>> {
  const [programs, element] = await Promise.all([
    bundle({ client: ENTRIES.client, protocol: ENTRIES.protocol }, { splitting: false, platform: "neutral" }),
    bundle(
      { "element/element": ENTRIES.element },
      {
        chunkNames: "element/[name]-[hash]",
        // Chunks with hashes of their own: `core` does not know the address of a language.
        define: { __VERSION__: JSON.stringify(version), __ONE_HASH__: "false" },
        minifySyntax: true,
      },
    ),
  ]);
  const files = new Map([...programs, ...element, ["element/no-dom.js", EMPTY]]);
  for (const entry of Object.values(ENTRIES)) await declare(entry, files);
  return files;
}

/** Replaces `dist/package` by these files in one step, as far as a folder can be. */
async function write(files: Map<string, string>): Promise<void> {
  const fresh = `${OUT}.${process.pid}.part`;
  for (const [path, text] of files) {
    await mkdir(dirname(join(fresh, path)), { recursive: true });
    await writeFile(join(fresh, path), text);
  }
  await rm(OUT, { recursive: true, force: true });
  await rename(fresh, OUT);
}

/** Builds the widget into a folder, and removes earlier builds, which no page can have seen. */
async function prepareWidget(folder: string): Promise<void> {
  const { files } = await ensureWidget(folder);
  const kept = new Set(["manifest.json", ...files.map(({ file }) => file)]);
  for (const name of await readdir(folder))
    if (!kept.has(name) && !name.endsWith(".part")) await rm(join(folder, name), { force: true });
}

const { version } = (await Bun.file(join(root, "package.json")).json()) as { version: string };
await prepareWidget(join(root, "dist/widget"));
const files = await buildFiles(version);
await write(files);
console.log(`${files.size} files in ${basename(dirname(OUT))}/${basename(OUT)}`);
