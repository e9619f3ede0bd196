/**
 * Copies a SQLite log into a file, and compares the copy with the log. Reads the log like any other program: appends go on
 * meanwhile. Blocks its thread until the copy is done.
 */
import { Database } from "bun:sqlite";
import { syncFile } from "../files.ts";
import { BadCopy, type Contents, hashEntries, readContents, requireIntegrity } from "./backup-check.ts";
import { describeFailure } from "./sqlite-failure.ts";

/** A request to copy the log `from` into the empty file `to`. The other fields are stored in the copy. */
export interface BackupRequest {
  from: string;
  to: string;
  /** Milliseconds since 1970. */
  at: number;
  version: string;
  /** The secret of guests' credentials; undefined where the settings have it. */
  guestSecret: string | undefined;
}

export type CopyResult =
  { done: Pick<Contents, "topics" | "messages"> & { damaged: string[] } } | { failure: string };

/** The table that makes a copy a backup, and what a restore compares with. */
const NOTE = `
  CREATE TABLE backup (
    single INTEGER PRIMARY KEY, at INTEGER NOT NULL, version TEXT NOT NULL, topics INTEGER NOT NULL,
    messages INTEGER NOT NULL, tops TEXT NOT NULL, entries TEXT NOT NULL, guest_secret TEXT
  ) STRICT`;
const SET_NOTE = "INSERT INTO backup VALUES (1, ?, ?, ?, ?, ?, ?, ?)";
const TOPS = "SELECT name, epoch, first, top FROM topic";
const FIND_TOP = "SELECT id, name, epoch, first, top FROM topic WHERE name = ?";
const TAG_AT = "SELECT tag FROM entry WHERE topic = ? AND offset = ?";
const COUNT = "SELECT count(*) AS count FROM entry WHERE topic = ? AND offset BETWEEN ? AND ?";

/** How long a statement waits for another program's lock. */
const BUSY_MS = 10_000;

interface Top {
  id: number;
  name: string;
  epoch: string;
  first: number;
  top: number;
}

/**
 * Compares a copy with the log, of which `before` was read before the copy was begun: each topic of the copy stands between
 * what the log had then and what it has now, and its newest entry is the log's. Returns the names of topics that are damaged
 * in the log, too. Throws BadCopy.
 */
function compare(log: Database, copy: Database, before: Map<string, Top>): [Contents, damaged: string[]] {
  const findTop = log.query<Top, [string]>(FIND_TOP);
  const tagAt = log.query<{ tag: string }, [number, number]>(TAG_AT);
  const contents = readContents(copy, ({ name, epoch, first, top, tag }) => {
    const [then, now] = [before.get(name), findTop.get(name)];
    before.delete(name);
    if (then?.epoch === epoch && (top < then.top || first < then.first))
      throw new BadCopy(`topic ${name} ends at ${top}, and the log had ${then.top} before`);
    if (now?.epoch !== epoch) return;
    if (top > now.top || first > now.first)
      throw new BadCopy(`topic ${name} ends at ${top}, and the log at ${now.top}`);
    if (top >= now.first && tagAt.get(now.id, top)?.tag !== tag)
      throw new BadCopy(`the newest message of topic ${name} is not the log's`);
  });
  for (const { name, epoch } of before.values())
    if (findTop.get(name)?.epoch === epoch) throw new BadCopy(`topic ${name} is missing`);
  const count = log.query<{ count: number }, [number, number, number]>(COUNT);
  for (const { name, first, top, missing } of contents.holes) {
    const now = findTop.get(name);
    const from = Math.max(first, now?.first ?? 0);
    const there = now ? (count.get(now.id, from, top)?.count ?? 0) : 0;
    if (there > top - first + 1 - missing) throw new BadCopy(`topic ${name} lacks ${missing} messages`);
  }
  return [contents, contents.holes.map(({ name }) => name)];
}

/** Makes a copy into a file that is there and empty. `onChecking` runs once the rows are copied. Throws what opening the log throws. */
export function copyLog(
  { from, to, at, version, guestSecret }: BackupRequest,
  onChecking: () => void,
): CopyResult {
  const log = new Database(from, { readonly: true });
  // A server that starts has the file for itself for a moment.
  log.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
  let copy: Database | undefined;
  try {
    const before = new Map(
      log
        .query<Top, []>(TOPS)
        .all()
        .map((row) => [row.name, row]),
    );
    log.run("VACUUM INTO ?", [to]);
    onChecking();
    copy = new Database(to, { readwrite: true, create: false });
    // The whole file is synced once, when it is finished.
    copy.run("PRAGMA synchronous = OFF");
    copy.run("PRAGMA journal_mode = MEMORY");
    const [contents, damaged] = compare(log, copy, before);
    const { topics, messages, tops } = contents;
    // A copy that was put in the place of a log still has the note of its own backup.
    copy.run("DROP TABLE IF EXISTS backup");
    copy.run(NOTE);
    copy.run(SET_NOTE, [at, version, topics, messages, tops, hashEntries(copy), guestSecret ?? null]);
    requireIntegrity(copy);
    // Here, because a sync of a large file takes seconds.
    syncFile(to);
    return { done: { topics, messages, damaged } };
  } catch (error) {
    if (error instanceof BadCopy) return { failure: `the copy is not good: ${error.message}` };
    return { failure: describeFailure(error) };
  } finally {
    copy?.close();
    log.close();
  }
}
