/**
 * Notes of backups in the data folder: where each went, and when. The command and the server write them; the console tells the owner
 * how old the newest backup is. A backup counts without its note: no failure to write one stops anything.
 */
import { chownSync, readFileSync, statSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writePrivateFile } from "../files.ts";
import { createKeptAnswer } from "../kept-answer.ts";
import { presentFields } from "../optional-fields.ts";
import { describeFailure } from "./sqlite-failure.ts";

export const BACKUP_NOTES = "last-backups.json";
/** Names of backups in a folder: the time of each, so that they sort by age. */
export const DATED_BACKUP = /^kabar-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})Z\.db$/;
/** Places that are noted: an owner has one or two. */
const MAX_PLACES = 8;
/** A folder or disk of backups that hangs keeps the first who asks waiting for so long, and nobody else. */
const PATIENCE_MS = 500;
/** How often the places are looked at while somebody wants to know. */
const LOOK_EVERY_MS = 30_000;

const NOTE = z.object({
  /** The file, or the folder of dated files; absent for one that was sent over HTTP. */
  path: z.string().optional(),
  isFolder: z.boolean().optional(),
  /** The time between two backups, where the command makes them by itself. */
  everyMs: z.number().positive().optional(),
  /** In milliseconds since 1970. */
  at: z.number().int().min(0),
});
const NOTES = z.array(NOTE).max(MAX_PLACES);

/** A backup that was made. */
export type BackupNote = z.output<typeof NOTE>;

/** What is known of the backups of a log. Times are in milliseconds since 1970. */
export interface Backups {
  /** When the newest was made; absent where none is known. */
  newestAt?: number;
  /** Where the newest is; absent for one that was sent over HTTP. */
  path?: string;
  /** The time between two backups, where the command makes them by itself. */
  everyMs?: number;
  /** Backups that are where they were made, as far as this process can see, and the time of the oldest. */
  kept?: number;
  oldestAt?: number;
}

function parseNotes(text: string): BackupNote[] {
  try {
    return NOTES.safeParse(JSON.parse(text)).data ?? [];
  } catch {
    return [];
  }
}

function readNotes(file: string): BackupNote[] {
  try {
    return parseNotes(readFileSync(file, "utf8"));
  } catch {
    return [];
  }
}

/** Notes a backup in the data folder. Returns why it could not be noted. */
export function noteBackup(dataDir: string, note: BackupNote): string | undefined {
  const file = join(dataDir, BACKUP_NOTES);
  const others = readNotes(file).filter(({ path }) => path !== note.path);
  try {
    const notes = [presentFields(note), ...others].slice(0, MAX_PLACES);
    writePrivateFile(file, `${JSON.stringify(notes, undefined, 2)}\n`);
    const owner = statSync(dataDir);
    // Made by root for another user's server, which has to read it.
    if (process.getuid?.() === 0 && owner.uid !== 0) chownSync(file, owner.uid, owner.gid);
    return undefined;
  } catch (error) {
    return describeFailure(error);
  }
}

/** The time in a dated name; undefined for another name. */
function timeIn(name: string): number | undefined {
  const [, day, hours, minutes, seconds] = DATED_BACKUP.exec(name) ?? [];
  const at = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`);
  return day === undefined || Number.isNaN(at) ? undefined : at;
}

/** The times of the backups that are at a noted place; none where it cannot be read. */
async function timesAt({ path, isFolder, at }: BackupNote): Promise<number[]> {
  if (path === undefined) return [];
  try {
    if (isFolder) return (await readdir(path)).flatMap((name) => timeIn(name) ?? []);
    return (await stat(path)).isFile() ? [at] : [];
  } catch {
    return [];
  }
}

/** Reads the notes of a data folder and looks at their places. */
async function lookAt(dataDir: string): Promise<Backups> {
  const notes = parseNotes(await readFile(join(dataDir, BACKUP_NOTES), "utf8").catch(() => ""));
  const newest = notes.toSorted((a, b) => b.at - a.at)[0];
  if (!newest) return {};
  let [kept, newestAt, oldestAt] = [0, newest.at, Number.POSITIVE_INFINITY];
  for (const times of await Promise.all(notes.map(timesAt)))
    for (const at of times) {
      kept += 1;
      newestAt = Math.max(newestAt, at);
      oldestAt = Math.min(oldestAt, at);
    }
  const { path, everyMs } = newest;
  return presentFields({ newestAt, path, everyMs, ...(kept > 0 ? { kept, oldestAt } : {}) });
}

/** Creates the function that resolves to the backups of a data folder, as they were half a minute ago at the most. */
export function createBackupLook(dataDir: string, now?: () => number): () => Promise<Backups> {
  const look = createKeptAnswer({
    ask: () => lookAt(dataDir),
    everyMs: LOOK_EVERY_MS,
    patienceMs: PATIENCE_MS,
    ...(now ? { now } : {}),
  });
  return async () => (await look()) ?? {};
}
