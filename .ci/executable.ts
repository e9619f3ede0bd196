/**
 * Compiles the server into one executable with `bun build --compile`: Bun, the code with its bytecode, the built widget, the
 * pages and the documentation. The same commit gives the same bytes, in whatever folder it is built.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { ensureWidget } from "../widget/build.ts";

const root = join(import.meta.dir, "..");

/** The server and the code of its threads. A path that `threadUrl` takes is one of these, seen from `src/`. */
export const ENTRIES = ["server.ts", "log/checkpoint-thread.ts", "log/backup-thread.ts"];

/** Files that go into every executable, under the names that `src/shipped-files.ts` gives them. */
export interface Shipped {
  folder: string;
  remove(): void;
}

/** Gathers the files that go into every executable, in a temporary folder. */
export async function gatherShipped(): Promise<Shipped> {
  const folder = mkdtempSync(join(tmpdir(), "kabar-release-"));
  // A folder of its own: `dist/widget` of a checkout also holds the builds of earlier sources.
  await ensureWidget(join(folder, "dist/widget"), join(root, "dist/widget"));
  cpSync(join(root, "widget/pages"), join(folder, "widget/pages"), { recursive: true });
  mkdirSync(join(folder, "docs"));
  for (const name of readdirSync(join(root, "docs")))
    if (name.endsWith(".md")) cpSync(join(root, "docs", name), join(folder, "docs", name));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Moves a file, which appears in one piece, from another file system too. */
function moveFile(from: string, to: string): void {
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
  shipped: Shipped,
  path: string,
  bun: string,
  target?: Bun.Build.CompileTarget,
): Promise<void> {
  const finished = resolve(path);
  const outfile = join(shipped.folder, "executable", basename(path));
  const from = process.cwd();
  // The bundler names files inside after their place as seen from the working directory.
  process.chdir(shipped.folder);
  try {
    await Bun.build({
      entrypoints: ENTRIES.map((entry) => join(root, "src", entry)),
      root: join(root, "src"),
      compile: {
        ...(target === undefined ? {} : { target }),
        outfile,
        executablePath: bun,
        assets: ["dist", "docs", "widget"],
        // What lies in the working directory must change nothing: a bunfig.toml there could name code to run.
        autoloadBunfig: false,
        autoloadDotenv: false,
      },
      format: "esm",
      bytecode: true,
      // Names stay, so that the stack of an error in the log can be read.
      minify: { syntax: true, whitespace: true },
      sourcemap: "linked",
      define: { "Bun.isStandaloneExecutable": "true" },
      // Only a checkout builds the widget.
      external: [join(root, "widget/build.ts")],
    });
  } finally {
    process.chdir(from);
  }
  // The source map is in the executable, too; the file beside it stays behind.
  mkdirSync(dirname(finished), { recursive: true });
  moveFile(outfile, finished);
}
