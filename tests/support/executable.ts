/** The executable of this machine, as `bun run release -- --host` builds it. */
import { Database } from "bun:sqlite";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");
/** Executables of this checkout, each in a folder that is named after its sources. */
const SHARED = join(root, "dist/executables");
/** Sources of which an executable is made, besides the pinned packages. */
const SOURCES = ["src", "widget", "docs", ".ci"];
/** How long another test file may take to build. */
const BUILD_DEADLINE_MS = 120_000;
/** After that no test uses an executable of earlier sources. */
const KEPT_MS = 3_600_000;

/** Builds the executable in a folder. Resolves to its path. */
export async function buildExecutable(folder: string): Promise<string> {
  const build = Bun.spawn([process.execPath, join(root, ".ci/release.ts"), "--host", "--out", folder], {
    stdout: "ignore",
    stderr: "pipe",
  });
  const said = await new Response(build.stderr).text();
  if ((await build.exited) !== 0) throw new Error(`the executable could not be built: ${said}`);
  return join(folder, process.platform === "win32" ? "kabar.exe" : "kabar");
}

/** A name for the sources as they are now. */
function nameSources(): string {
  const hash = new Bun.CryptoHasher("sha256").update(process.execPath);
  const add = (path: string) => hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  for (const folder of SOURCES)
    for (const name of (readdirSync(join(root, folder), { recursive: true }) as string[]).toSorted())
      if (statSync(join(root, folder, name)).isFile()) add(join(folder, name));
  for (const path of ["package.json", "package-lock.json"]) add(path);
  return hash.digest("hex").slice(0, 16);
}

/**
 * The executable of the sources as they are now, as a path. The first test file that asks builds it; others, in other
 * processes too, wait for it and use the same file.
 */
export async function sharedExecutable(): Promise<string> {
  mkdirSync(SHARED, { recursive: true });
  const folder = join(SHARED, nameSources());
  const path = join(folder, process.platform === "win32" ? "kabar.exe" : "kabar");
  // The operating system lets go of the lock when a process dies.
  using lock = new Database(join(SHARED, "lock.db"));
  lock.run(`PRAGMA busy_timeout = ${BUILD_DEADLINE_MS}`);
  lock.run("BEGIN EXCLUSIVE");
  if (!existsSync(path)) {
    for (const name of readdirSync(SHARED)) {
      const old = join(SHARED, name);
      const { mtimeMs } = statSync(old);
      if (!name.startsWith("lock") && mtimeMs < Date.now() - KEPT_MS) rmSync(old, { recursive: true });
    }
    await buildExecutable(folder);
  }
  return path;
}
