/**
 * Folders with a build of the widget: the files that the server serves, and a manifest that names them. Files are never deleted:
 * a page that pinned an address gets the same bytes for ever. Several servers may use one folder: files appear in one piece.
 */
import { readdirSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** One file that the server serves. */
export interface WidgetFile {
  /** Where it is served. */
  path: string;
  /** Its name in the folder. */
  file: string;
  bytes: number;
  brotliBytes: number;
  /** For `<script integrity>`. */
  integrity: string;
  /** Whether this path always has these bytes. */
  immutable: boolean;
}

/** What was built. */
export interface WidgetManifest {
  version: string;
  /** Identifies the sources and the tools. */
  key: string;
  files: WidgetFile[];
}

/** A build in memory. */
export interface Built {
  manifest: WidgetManifest;
  /** Contents by the name in the folder. */
  contents: ReadonlyMap<string, Uint8Array>;
}

/** The manifest of a folder; undefined when there is none. */
async function readManifest(folder: string): Promise<WidgetManifest | undefined> {
  try {
    return (await Bun.file(join(folder, "manifest.json")).json()) as WidgetManifest;
  } catch {
    return undefined;
  }
}

/** The manifest of a folder's build, if the build is whole, and the one with this key where a key is given. */
export async function findBuilt(folder: string, key?: string): Promise<WidgetManifest | undefined> {
  const manifest = await readManifest(folder);
  if (!manifest || (key !== undefined && manifest.key !== key)) return undefined;
  try {
    // One list of names: a hundred questions to the disk take milliseconds of a start.
    const present = new Set(readdirSync(folder));
    return manifest.files.every(({ file }) => present.has(file)) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a file that appears in one piece, whoever else writes it at the same time. */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const part = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.part`;
  await writeFile(part, data);
  await rename(part, path);
}

/** Reads a folder's build, if it is whole, and the one with this key where a key is given. */
export async function readBuilt(folder: string, key?: string): Promise<Built | undefined> {
  const manifest = await findBuilt(folder, key);
  return manifest && { manifest, contents: await readContents(folder, manifest) };
}

/** Reads the files that a manifest names. */
async function readContents(folder: string, manifest: WidgetManifest): Promise<Built["contents"]> {
  const names = [...new Set(manifest.files.map(({ file }) => file))];
  const contents = await Promise.all(
    names.map(async (name) => [name, await Bun.file(join(folder, name)).bytes()] as const),
  );
  return new Map(contents);
}

/** Writes a build into a folder, beside the builds that are there. */
export async function writeBuilt(folder: string, { manifest, contents }: Built): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, data] of contents) await writeWhole(join(folder, name), data);
  // Last, so that whoever reads it finds the files.
  await writeWhole(join(folder, "manifest.json"), JSON.stringify(manifest, null, 2));
}

/** Makes sure that `folder` holds the build that `from` holds, and returns its manifest. Throws when `from` holds none. */
export async function copyBuilt(from: string, folder: string): Promise<WidgetManifest> {
  const manifest = await readManifest(from);
  if (!manifest) throw new Error(`${from} holds no build of the widget.`);
  if (!(await findBuilt(folder, manifest.key)))
    await writeBuilt(folder, { manifest, contents: await readContents(from, manifest) });
  return manifest;
}
