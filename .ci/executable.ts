/**
 * Compiles the server into one executable with `bun build --compile`: Bun, the code with its bytecode, the built widget, the
 * pages and the documentation. The same commit gives the same bytes, in whatever folder it is built.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { ensureWidget } from "../widget/build.ts";

const root = join(import.meta.dir, "..");

/** The server and the code of its threads. A path that `startThread` takes is one of these, seen from `src/`. */
export const ENTRIES = [
  "server.ts",
  "log/checkpoint-thread.ts",
  "log/backup-thread.ts",
  "log/search-thread.ts",
];

/**
 * Gathers the files that go into every executable, in a folder of the checkout that is named after their contents, and returns
 * its path seen from the root. The bundler keeps the name of a folder and the paths within; `src/shipped-files.ts` knows them.
 */
export async function gatherShipped(): Promise<string> {
  const base = join(root, "dist/shipped");
  mkdirSync(base, { recursive: true });
  const folder = mkdtempSync(join(base, "part-"));
  // `dist/widget` also holds the builds of earlier sources.
  await ensureWidget(join(folder, "dist/widget"), join(root, "dist/widget"));
  cpSync(join(root, "widget/pages"), join(folder, "widget/pages"), { recursive: true });
  mkdirSync(join(folder, "docs"));
  for (const name of readdirSync(join(root, "docs")))
    if (name.endsWith(".md")) cpSync(join(root, "docs", name), join(folder, "docs", name));
  cpSync(join(root, "llms.txt"), join(folder, "llms.txt"));
  const hash = new Bun.CryptoHasher("sha256");
  const isFile = (name: string) => statSync(join(folder, name)).isFile();
  for (const name of (readdirSync(folder, { recursive: true }) as string[]).filter(isFile).toSorted())
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(folder, name)))
      .update("\0");
  const name = hash.digest("hex").slice(0, 16);
  // A build at the same time may have gathered the same files.
  if (existsSync(join(base, name))) rmSync(folder, { recursive: true });
  else renameSync(folder, join(base, name));
  return `dist/shipped/${name}`;
}

/** Moves a file to a folder, which is made. The file appears in one piece, from another file system too. */
export function moveFile(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  const part = `${to}.${process.pid}.part`;
  cpSync(from, part);
  rmSync(from);
  renameSync(part, to);
}

/**
 * Writes an executable to `path`. `bun` is the Bun that goes into it, for whatever system: this machine's own is
 * `process.execPath`. Throws with what the bundler says.
 */
export async function compileExecutable(
  shipped: string,
  path: string,
  bun: string,
  target?: Bun.Build.CompileTarget,
): Promise<void> {
  const finished = resolve(path);
  const folder = mkdtempSync(join(tmpdir(), "kabar-release-"));
  const outfile = join(folder, basename(path));
  const from = process.cwd();
  // The bundler names files after their place as seen from the working directory: the same names in every checkout.
  process.chdir(root);
  try {
    await Bun.build({
      entrypoints: ENTRIES.map((entry) => `src/${entry}`),
      root: "src",
      compile: {
        ...(target === undefined ? {} : { target }),
        outfile,
        executablePath: bun,
        assets: ["dist", "docs", "widget", "llms.txt"].map((name) => join(shipped, name)),
        // What lies in the working directory must change nothing: a bunfig.toml there could name code to run.
        autoloadBunfig: false,
        autoloadDotenv: false,
      },
      format: "esm",
      bytecode: true,
      // Names stay, so that the stack of an error in the log can be read.
      minify: { syntax: true, whitespace: true },
      sourcemap: "linked",
      // The folder of a package is this checkout's: no code needs it, and it would differ from one checkout to the next.
      define: { "Bun.isStandaloneExecutable": "true", __dirname: '"/"', __filename: '"/"' },
      // Only a checkout builds the widget.
      external: [join(root, "widget/build.ts")],
    });
    // The source map is in the executable, too; the file beside it stays behind.
    moveFile(outfile, finished);
  } finally {
    process.chdir(from);
    rmSync(folder, { recursive: true, force: true });
  }
}
