import { expect, test } from "bun:test";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeBuilt } from "../../widget/built.ts";
import { findCurrent, noteSources, readTimes } from "../../widget/sources.ts";
import { createFolder } from "../support/folder.ts";

const NAMES = [
  "widget/core.ts",
  "widget/chat/row.tsx",
  "widget/styles/chat.css",
  "src/protocol.ts",
  "src/formats.ts",
  "src/model.ts",
  "src/links.ts",
  "src/markdown.ts",
  "package.json",
];
/** A time at which every file of this test has been changed long ago. */
const LATER = Date.now() + 3_600_000;

/** A checkout with one file of each kind. */
function createSources(): string {
  const root = createFolder();
  for (const name of NAMES) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), "one");
  }
  return root;
}

/** Changes a file, and gives it its old length and modification time, until the clock of the file system has gone on. */
function changeUnseen(path: string): void {
  const { atime, mtime, ctimeMs } = statSync(path);
  do {
    writeFileSync(path, "two");
    utimesSync(path, atime, mtime);
  } while (statSync(path).ctimeMs === ctimeMs);
  expect(statSync(path).mtimeMs).toBe(mtime.getTime());
}

/** A folder with a build. */
async function createBuilt(key: string): Promise<string> {
  const folder = createFolder();
  await writeBuilt(folder, { manifest: { version: "1.0.0", key, files: [] }, contents: new Map() });
  return folder;
}

test.each(NAMES)("a change of %s changes the mark, even with its old length and time", (name) => {
  const root = createSources();
  const before = readTimes(root);
  expect(readTimes(root).mark).toBe(before.mark);
  changeUnseen(join(root, name));
  expect(readTimes(root).mark).not.toBe(before.mark);
});

test("a file that is added, removed, renamed or replaced changes the mark, and one of no build does not", () => {
  const root = createSources();
  const { mark } = readTimes(root);
  const other = join(root, "widget/other.ts");
  writeFileSync(join(root, "widget/notes.md"), "no source");
  expect(readTimes(root).mark).toBe(mark);
  writeFileSync(other, "one");
  const added = readTimes(root).mark;
  renameSync(other, join(root, "widget/another.ts"));
  const renamed = readTimes(root).mark;
  renameSync(join(root, "widget/another.ts"), join(root, "widget/core.ts"));
  const replaced = readTimes(root).mark;
  rmSync(join(root, "widget/chat/row.tsx"));
  const removed = readTimes(root).mark;
  expect(new Set([mark, added, renamed, replaced, removed]).size).toBe(5);
});

test("a build is found by its note, until a source changes or another build takes its place", async () => {
  const root = createSources();
  const folder = await createBuilt("a key");
  const times = readTimes(root, LATER);
  expect(await findCurrent(folder, times)).toBeUndefined();
  await noteSources(folder, times, "a key");
  expect((await findCurrent(folder, readTimes(root)))?.key).toBe("a key");
  await writeBuilt(folder, {
    manifest: { version: "1.0.0", key: "another", files: [] },
    contents: new Map(),
  });
  expect(await findCurrent(folder, readTimes(root))).toBeUndefined();
  await noteSources(folder, times, "another");
  changeUnseen(join(root, "src/model.ts"));
  expect(await findCurrent(folder, readTimes(root))).toBeUndefined();
});

test("sources that were just changed are not noted: a second change could leave the same time", async () => {
  const root = createSources();
  const folder = await createBuilt("a key");
  const times = readTimes(root);
  expect(times.isSettled).toBe(false);
  await noteSources(folder, times, "a key");
  expect(await findCurrent(folder, times)).toBeUndefined();
  expect(existsSync(join(folder, "sources.json"))).toBe(false);
});

test("a note that is no note is passed over", async () => {
  const root = createSources();
  const folder = await createBuilt("a key");
  for (const text of ["", "null", "[]", "{}", '{"mark":1,"key":2}']) {
    writeFileSync(join(folder, "sources.json"), text);
    expect(await findCurrent(folder, readTimes(root))).toBeUndefined();
  }
});
