/**
 * Folders with a build of the widget: the files that the server serves, and a manifest that names them. Files are never deleted:
 * a page that pinned an address gets the same bytes for ever. Several servers may use one folder: files appear in one piece.
 */
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

/** The manifest of a folder's build, if the build is whole, and the one with this key where a key is given. */
export async function findBuilt(folder: string, key?: string): Promise<WidgetManifest | undefined> {
  try {
    const manifest = (await Bun.file(join(folder, "manifest.json")).json()) as WidgetManifest;
    if (key !== undefined && manifest.key !== key) return undefined;
    const areThere = await Promise.all(
      manifest.files.map(({ file }) => Bun.file(join(folder, file)).exists()),
    );
    return areThere.every(Boolean) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a file that appears in one piece, whoever else writes it at the same time. */
async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const part = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.part`;
  await writeFile(part, data);
  await rename(part, path);
}

/** Reads a folder's build, if it is whole, and the one with this key where a key is given. */
export async function readBuilt(folder: string, key?: string): Promise<Built | undefined> {
  const manifest = await findBuilt(folder, key);
  if (!manifest) return undefined;
  const names = [...new Set(manifest.files.map(({ file }) => file))];
  const contents = await Promise.all(
    names.map(async (name) => [name, await Bun.file(join(folder, name)).bytes()] as const),
  );
  return { manifest, contents: new Map(contents) };
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
  const built = await readBuilt(from);
  if (!built) throw new Error(`${from} holds no build of the widget.`);
  const present = await findBuilt(folder, built.manifest.key);
  if (!present) await writeBuilt(folder, built);
  return built.manifest;
}
