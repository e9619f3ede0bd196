/**
 * The SQLite log of a data folder as rows, for `kabar move`. Holds the folder's lock until it is closed.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "../errors.ts";
import { createLogger } from "../logger.ts";
import { describeFailure } from "./sqlite-failure.ts";
import { openLogFile } from "./sqlite-file.ts";
import { DATABASE_FILE } from "./sqlite-schema.ts";
import { openTables } from "./sqlite-tables.ts";
import {
  MoveStopped,
  PAGE_BYTES,
  PAGE_ENTRIES,
  parseMark,
  type Portion,
  type StoredLog,
  type StoredRow,
} from "./stored-log.ts";
import type { TopicRow } from "./topic-row.ts";

const CREATE_MARK = "CREATE TABLE IF NOT EXISTS move (single INTEGER PRIMARY KEY, mark TEXT NOT NULL) STRICT";
const SET_MARK = "INSERT OR REPLACE INTO move (single, mark) VALUES (1, ?)";
const DROP_MARK = "DROP TABLE IF EXISTS move";
const TOPICS_AFTER = "SELECT * FROM topic WHERE name > ? ORDER BY name LIMIT ?";
const NEWEST_OFFSET = "SELECT max(offset) AS offset FROM entry WHERE topic = ?";
const PAST = "SELECT epoch FROM past ORDER BY number";
const PUT_TOPIC = `
  INSERT INTO topic (name, epoch, first, top, at, tag, trimmed) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, first = excluded.first, top = excluded.top,
    at = excluded.at, tag = excluded.tag, trimmed = excluded.trimmed
  RETURNING *`;
const PUT_ENTRY = `
  INSERT OR IGNORE INTO entry (topic, offset, user, id, at, tag, body, proof) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const REMOVE_ENTRIES = `
  DELETE FROM entry WHERE topic = ? AND offset IN (SELECT offset FROM entry WHERE topic = ? ORDER BY offset LIMIT ${PAGE_ENTRIES})`;

/** Opens the log of a folder; `isSource` when it must hold one already. Throws StartError with the reason. */
export async function openStoredSqlite(dataDir: string, isSource: boolean): Promise<StoredLog> {
  if (isSource && !existsSync(join(dataDir, DATABASE_FILE)))
    throw new StartError(`the folder ${dataDir} holds no log: it has no ${DATABASE_FILE}.`);
  const file = openLogFile(dataDir, "os", createLogger("warn"), { isMove: true });
  const { db, checkpoints, upkeep } = file;
  const tables = openTables(db);
  const topicsAfter = db.prepare<TopicRow, [string, number]>(TOPICS_AFTER);
  const newestOffset = db.prepare<{ offset: number | null }, [number]>(NEWEST_OFFSET);
  const putTopic = db.prepare<TopicRow, [string, string, number, number, number, string, string]>(PUT_TOPIC);
  const putEntry = db.prepare(PUT_ENTRY);
  const removeEntries = db.prepare(REMOVE_ENTRIES);
  const past = (): string[] =>
    db
      .query<{ epoch: string }, []>(PAST)
      .all()
      .map(({ epoch }) => epoch);

  const putPortions = db.transaction((portions: readonly Portion[]) => {
    for (const { topic, rows, isLast } of portions) {
      const { name, epoch, first, top, at, tag, trimmed } = topic;
      const row = isLast
        ? putTopic.get(name, epoch, first, top, at, tag, trimmed)
        : putTopic.get(name, epoch, 1, 0, 0, "", "");
      if (!row) throw new Error(`SQLite did not return topic ${name}.`);
      for (const { entry: e } of rows)
        putEntry.run(row.id, e.offset, e.userId, e.id, e.at, e.tag, e.body, e.proof ?? null);
    }
  });
  const putEnd = db.transaction(({ epoch, past: earlier }: { epoch: string; past: string[] }) => {
    db.run("DELETE FROM past");
    for (const each of earlier) db.run("INSERT INTO past (epoch) VALUES (?)", [each]);
    db.run("UPDATE log SET epoch = ?", [epoch]);
    db.run(DROP_MARK);
  });

  /** Runs work on the file; what it throws becomes MoveStopped, in words for the owner. */
  async function attempt<T>(work: () => T): Promise<T> {
    try {
      return work();
    } catch (error) {
      throw new MoveStopped(`${dataDir}: ${describeFailure(error)}.`);
    }
  }

  return {
    name: dataDir,
    // A log's first epoch never changes, except beyond a thousand later ones.
    id: past()[0] ?? tables.epoch(),
    peers: [],

    readMark: () =>
      attempt(() => {
        const hasMark = db.query("SELECT 1 FROM sqlite_schema WHERE name = 'move'").get() !== null;
        const row = hasMark ? db.query<{ mark: string }, []>("SELECT mark FROM move").get() : null;
        return row ? parseMark(row.mark) : undefined;
      }),
    writeMark: (mark) =>
      attempt(() => {
        db.run(CREATE_MARK);
        db.run(SET_MARK, [JSON.stringify(mark)]);
      }),
    readEpochs: () => attempt(() => ({ epoch: tables.epoch(), past: past() })),
    topicsAfter: (after, limit) => attempt(() => topicsAfter.all(after, limit)),
    topicsNamed: (names) => attempt(() => names.flatMap((name) => tables.findTopic(name) ?? [])),

    rowsAfter: (topic, offset) =>
      attempt(() => {
        const rows: StoredRow[] = [];
        let bytes = 0;
        for (const entry of tables.after(topic, offset, PAGE_ENTRIES)) {
          rows.push({ entry, amends: [] });
          bytes += entry.body.length;
          if (bytes > PAGE_BYTES) return { rows, isEnd: false };
        }
        return { rows, isEnd: rows.length < PAGE_ENTRIES };
      }),
    newestOffset: (topic) => attempt(() => newestOffset.get(topic.id)?.offset ?? 0),

    write: (portions) =>
      attempt(() => {
        putPortions.immediate(portions);
        checkpoints.look();
      }),

    async removeTopic({ id, name }) {
      for (;;) {
        const { changes } = await attempt(() => {
          upkeep.noteRemoval();
          return removeEntries.run(id, id);
        });
        checkpoints.look();
        if (changes === 0) return attempt(() => tables.deleteTopic(name));
        await Bun.sleep(0);
      }
    },

    finish: (epochs) =>
      attempt(() => {
        // With this commit everything before it is on the disk, too.
        db.run("PRAGMA synchronous = FULL");
        putEnd.immediate(epochs);
      }),

    async requireUnused() {
      // The folder's lock keeps servers out.
    },
    close: file.close,
  };
}
