import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { warnOfBackups } from "../../src/doors/health-admin.ts";
import { BACKUP_NOTES, createBackupLook, noteBackup } from "../../src/log/backup-notes.ts";
import { createFolder } from "../support/folder.ts";
import { SLOW_MS } from "../support/parts.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const NOON = Date.UTC(2026, 10, 29, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What a new look at a data folder finds. */
const lookAt = (dataDir: string) => createBackupLook(dataDir)();

test("nothing is known of backups before the first, nor from a note that is broken", async () => {
  const dataDir = createFolder();
  expect(await lookAt(dataDir)).toEqual({});
  for (const broken of ["", "{", "{}", '[{"at":"x"}]', JSON.stringify(Array(9).fill({ at: 1 }))]) {
    writeFileSync(join(dataDir, BACKUP_NOTES), broken);
    expect(await lookAt(dataDir)).toEqual({});
  }
  // The next note replaces it.
  expect(noteBackup(dataDir, { at: NOON })).toBeUndefined();
  expect(await lookAt(dataDir)).toEqual({ newestAt: NOON });
});

test("the newest backup counts, wherever it went; those that are there are counted", async () => {
  const dataDir = createFolder();
  const folder = join(dataDir, "backups");
  mkdirSync(folder);
  for (const name of [
    "kabar-2026-11-20T01-00-00Z.db",
    "kabar-2026-11-28T01-00-00Z.db",
    "kabar-2026-99-28T01-00-00Z.db",
    "other.db",
  ])
    writeFileSync(join(folder, name), "x");
  const [oldest, newest] = [Date.UTC(2026, 10, 20, 1), Date.UTC(2026, 10, 28, 1)];
  noteBackup(dataDir, { path: folder, isFolder: true, everyMs: DAY, at: newest - 1000 });
  const daily = { newestAt: newest, path: folder, everyMs: DAY, kept: 2, oldestAt: oldest };
  expect(await lookAt(dataDir)).toEqual(daily);

  const file = join(dataDir, "one.db");
  writeFileSync(file, "x");
  noteBackup(dataDir, { path: file, isFolder: false, at: oldest - DAY });
  expect(await lookAt(dataDir)).toEqual({ ...daily, kept: 3, oldestAt: oldest - DAY });
  noteBackup(dataDir, { at: NOON });
  expect(await lookAt(dataDir)).toEqual({ newestAt: NOON, kept: 3, oldestAt: oldest - DAY });
  // Moved away by the owner: made, but not here.
  rmSync(file);
  rmSync(folder, { recursive: true });
  expect(await lookAt(dataDir)).toEqual({ newestAt: NOON });
});

test("a place is noted once, eight at most, in a private file; a failure has its reason", async () => {
  const dataDir = createFolder();
  const file = join(dataDir, BACKUP_NOTES);
  const before = Array.from({ length: 8 }, (_, i) => ({ path: `/none/${i}`, at: NOON - i }));
  writeFileSync(file, JSON.stringify(before));
  noteBackup(dataDir, { path: "/none/new", at: NOON + 1 });
  noteBackup(dataDir, { path: "/none/3", at: NOON + 2 });
  const paths = (JSON.parse(readFileSync(file, "utf8")) as { path: string }[]).map(({ path }) => path);
  expect(paths).toEqual([3, "new", 0, 1, 2, 4, 5, 6].map((i) => `/none/${i}`));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDir)).toEqual([BACKUP_NOTES]);
  expect(noteBackup(join(dataDir, "none"), { at: NOON })).toContain("ENOENT");
});

test("places are looked at again after half a minute, not before", async () => {
  const dataDir = createFolder();
  let now = 0;
  const look = createBackupLook(dataDir, () => now);
  expect(await look()).toEqual({});
  noteBackup(dataDir, { at: NOON });
  now = 29_999;
  expect(await look()).toEqual({});
  now = 30_000;
  // The answer does not wait for the look.
  await until("the new note", async () => (await look()).newestAt === NOON);
});

test("an old newest backup is a warning, and none at all is none", () => {
  expect(warnOfBackups({}, NOON)).toBeUndefined();
  expect(warnOfBackups({ newestAt: NOON - 7 * DAY }, NOON)).toBeUndefined();
  expect(warnOfBackups({ newestAt: NOON - 8 * DAY }, NOON)).toEqual({
    kind: "old-backup",
    text: "The newest backup is from 2026-11-21. Make one with backup, and look why none was made since.",
    at: NOON - 8 * DAY,
  });
  // The command makes one a day: one may be missed.
  expect(warnOfBackups({ newestAt: NOON - 2 * DAY, everyMs: DAY }, NOON)).toBeUndefined();
  expect(warnOfBackups({ newestAt: NOON - 2 * DAY - HOUR, everyMs: DAY }, NOON)).toMatchObject({
    kind: "old-backup",
  });
});
