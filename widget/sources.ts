/**
 * Sources of the widget: the key of their contents, and a note of their files' times. By the note a start knows that nothing
 * has changed without reading 300 files. A note is only believed, and only written, where it cannot be wrong.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { findBuilt, type WidgetManifest, writeWhole } from "./built.ts";

/** The folder of the checkout. */
const ROOT = join(import.meta.dir, "..");
/** Files outside this folder of which the widget is built. */
const SHARED = ["protocol", "formats", "model", "links", "markdown"].map((name) => `src/${name}.ts`);
/** The versions of the tools. */
const PACKAGE = "package.json";

/**
 * Files that were changed within this time before they were read are not noted: the clock of a file system ticks every few
 * milliseconds (FAT every two seconds), so that a second change could leave the same time.
 */
const SETTLED_MS = 5000;
/** The note in a folder with a build. */
const NOTE = "sources.json";

/** The names of the widget's own sources, and the paths of all, in the order in which the key has them. */
function listSources(root: string): { names: string[]; paths: string[] } {
  const folder = join(root, "widget");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(tsx?|css)$/.test(name))
    .sort();
  return {
    names,
    paths: [...names.map((name) => join(folder, name)), ...SHARED.map((name) => join(root, name))],
  };
}

/** Changes whenever the result of a build could: the sources, the versions of the tools, Bun itself. */
export async function keyOfSources(packageText: string): Promise<string> {
  const { names, paths } = listSources(ROOT);
  const texts = await Promise.all(paths.map((path) => Bun.file(path).text()));
  const hash = new Bun.CryptoHasher("sha256");
  for (const text of [...names, ...texts, packageText, Bun.version]) hash.update(text).update("\0");
  return hash.digest("hex").slice(0, 32);
}

/** The times of the sources' files at one moment. */
export interface SourceTimes {
  /** The same as long as no file was added, removed, replaced or changed, whatever is done to their times. */
  mark: string;
  /** Whether a later change would certainly change the mark. */
  isSettled: boolean;
}

/** Reads the times of all sources. Call it before the sources are read. */
export function readTimes(root: string = ROOT, now: number = Date.now()): SourceTimes {
  const paths = [...listSources(root).paths, join(root, PACKAGE)];
  const hash = new Bun.CryptoHasher("sha256").update(Bun.version);
  let newest = 0;
  for (const path of paths) {
    // The change time (ctime) is the system's own: a program that keeps the modification time, as tar does, cannot keep it.
    const { size, mtimeMs, ctimeMs, ino } = statSync(path);
    newest = Math.max(newest, mtimeMs, ctimeMs);
    hash.update(`\n${path} ${size} ${mtimeMs} ${ctimeMs} ${ino}`);
  }
  return { mark: hash.digest("hex"), isSettled: newest < now - SETTLED_MS };
}

/** The manifest of a folder's build, if its note says that the build is of the sources as they are. */
export async function findCurrent(
  folder: string,
  { mark }: SourceTimes,
): Promise<WidgetManifest | undefined> {
  try {
    const note = (await Bun.file(join(folder, NOTE)).json()) as { mark?: unknown; key?: unknown };
    return note.mark === mark && typeof note.key === "string" ? await findBuilt(folder, note.key) : undefined;
  } catch {
    return undefined;
  }
}

/** Notes that a folder's build with this key is of sources with these times, where that is certain. */
export async function noteSources(
  folder: string,
  { mark, isSettled }: SourceTimes,
  key: string,
): Promise<void> {
  if (isSettled) await writeWhole(join(folder, NOTE), JSON.stringify({ mark, key }));
}
