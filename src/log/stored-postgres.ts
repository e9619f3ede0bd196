/**
 * A PostgreSQL database's part of a log as rows, for `kabar move`. Servers are found by the name of their connections.
 */
import type { SQL } from "bun";
import { databaseName } from "../database-address.ts";
import { StartError } from "../errors.ts";
import { addFiles } from "./postgres-cluster-tables.ts";
import { createLane, MOVE_CLIENT, SERVER_CLIENT } from "./postgres-lane.ts";
import { prepareMember, setPeers } from "./postgres-members.ts";
import { prepareSchema } from "./postgres-schema.ts";
import { type Handle, type RawEntry, type RawTopic, toStored, toTopic } from "./postgres-tables.ts";
import { insertEntries } from "./postgres-writes.ts";
import { troubleOf } from "./postgres-trouble.ts";
import {
  type Belongings,
  type Epochs,
  MoveStopped,
  PAGE_BYTES,
  PAGE_ENTRIES,
  parseMark,
  type Portion,
  type StoredLog,
} from "./stored-log.ts";
import type { TopicRow } from "./topic-row.ts";

/** Files read with one statement: some 10 KB each. */
const FILES_AT_ONCE = 50;
/** PostgreSQL ends a connection a moment after its client: a server that has just stopped is waited for. */
const LEAVE_MS = 3000;
const LOOK_EVERY_MS = 50;

const HAS_LOG = `SELECT to_regclass('kabar_log') IS NOT NULL AS present`;
const READ_MARK = `SELECT move FROM kabar_member`;
const SET_MARK = `UPDATE kabar_member SET move = $1`;
const DROP_MARK = `UPDATE kabar_member SET move = NULL`;
const EPOCH = `SELECT epoch FROM kabar_log`;
const PAST = `SELECT epoch FROM kabar_past ORDER BY number`;
const SET_EPOCH = `UPDATE kabar_log SET epoch = $1`;
const FORGET_PAST = `DELETE FROM kabar_past`;
const SET_PAST = `
  INSERT INTO kabar_past (epoch) SELECT epoch FROM unnest($1::text[]) WITH ORDINALITY AS w(epoch, n) ORDER BY n`;
const TOPICS_AFTER = `SELECT * FROM kabar_topic WHERE name > $1 ORDER BY name LIMIT $2`;
const TOPICS_NAMED = `SELECT * FROM kabar_topic WHERE name = ANY($1::text[])`;
const NEWEST_OFFSET = `SELECT max("offset") AS "offset" FROM kabar_entry WHERE topic = $1`;
/** A page that ends with the entry whose body exceeds the bytes; the database counts them, so that no more is sent. */
const ROWS_AFTER = `
  SELECT * FROM (
    SELECT e.*, sum(octet_length(body)) OVER (ORDER BY "offset") - octet_length(body) AS before FROM (
      SELECT * FROM kabar_entry WHERE topic = $1 AND "offset" > $2 ORDER BY "offset" LIMIT ${PAGE_ENTRIES}
    ) e
  ) page WHERE before <= ${PAGE_BYTES} ORDER BY "offset"`;
const PUT_TOPICS = `
  INSERT INTO kabar_topic (name, epoch, first, top, at, tag, trimmed)
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[])
  ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, first = excluded.first, top = excluded.top,
    at = excluded.at, tag = excluded.tag, trimmed = excluded.trimmed
  RETURNING id, name`;
const REMOVE_ENTRIES = `
  DELETE FROM kabar_entry WHERE topic = $1 AND "offset" IN (
    SELECT "offset" FROM kabar_entry WHERE topic = $1 ORDER BY "offset" LIMIT ${PAGE_ENTRIES})`;
const REMOVE_TOPIC = `DELETE FROM kabar_topic WHERE id = $1`;
const SECRETS = `SELECT name, value FROM kabar_secret`;
const SET_SECRET = `
  INSERT INTO kabar_secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
const FILES = `SELECT path, content FROM kabar_file WHERE path > $1 ORDER BY path LIMIT ${FILES_AT_ONCE}`;
/** Commits of a move wait for the disk with the last one only. */
const RELAX = `SET LOCAL synchronous_commit = off`;
const OTHER_CLIENTS = `
  SELECT application_name AS name FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = ANY($1::text[])`;

/** Stores portions. */
async function putPortions(tx: Handle, portions: readonly Portion[]): Promise<void> {
  const topics = portions.map(({ topic, isLast }) =>
    isLast ? topic : { ...topic, first: 1, top: 0, at: 0, tag: "", trimmed: "" },
  );
  const ids = (await tx.unsafe(PUT_TOPICS, [
    topics.map((t) => t.name),
    topics.map((t) => t.epoch),
    topics.map((t) => t.first),
    topics.map((t) => t.top),
    topics.map((t) => t.at),
    topics.map((t) => t.tag),
    topics.map((t) => t.trimmed),
  ])) as { id: string; name: string }[];
  const idOf = new Map(ids.map(({ id, name }) => [name, Number(id)]));
  const entries = portions.flatMap(({ topic: { name }, rows }) => {
    const topicId = idOf.get(name);
    if (topicId === undefined) throw new Error(`The database did not return topic ${name}.`);
    return rows.map((row) => ({ ...row, topicId }));
  });
  if (entries.length > 0) await insertEntries(tx, entries, "ON CONFLICT DO NOTHING");
}

/** How long a portion may take to be read or written. */
const DEADLINE_MS = 60_000;

/** Runs work on the database, or throws what stopped it. */
type Attempt = <T>(work: (sql: SQL) => Promise<T>) => Promise<T>;

const rowsOf = <T>(attempt: Attempt, text: string, values: unknown[] = []): Promise<T[]> =>
  attempt(async (sql) => (await sql.unsafe(text, values)) as T[]);

function createBelongings(attempt: Attempt): Belongings {
  return {
    async secrets() {
      const found = await rowsOf<{ name: string; value: string }>(attempt, SECRETS);
      return new Map(found.map(({ name, value }) => [name, value]));
    },
    async setSecrets(secrets) {
      for (const each of secrets) await rowsOf(attempt, SET_SECRET, each);
    },
    async *files() {
      for (let after = ""; ;) {
        const page = await rowsOf<{ path: string; content: string }>(attempt, FILES, [after]);
        if (page.length === 0) return;
        yield new Map(page.map(({ path, content }) => [path, content]));
        after = page.at(-1)?.path ?? after;
      }
    },
    addFiles: (files) => attempt((sql) => addFiles(sql, files)),
  };
}

/** Opens a database; `isSource` when it must hold a log already. Throws StartError with the reason. */
export async function openStoredPostgres(
  address: string,
  isSource: boolean,
): Promise<StoredLog & { belongings: Belongings }> {
  const name = databaseName(address);
  const lane = createLane({ url: address, deadlineMs: DEADLINE_MS, client: MOVE_CLIENT });

  async function attempt<T>(work: (sql: SQL) => Promise<T>): Promise<T> {
    try {
      return await lane.inOrder(work);
    } catch (error) {
      throw error instanceof StartError ? error : new MoveStopped(`${name}: ${troubleOf(error)}.`);
    }
  }
  const rows = <T>(text: string, values?: unknown[]) => rowsOf<T>(attempt, text, values);
  const transaction = <T>(work: (tx: SQL) => Promise<T>): Promise<T> => attempt((sql) => sql.begin(work));

  async function prepare() {
    const [log] = isSource ? await rows<{ present: boolean }>(HAS_LOG) : [{ present: true }];
    if (!log?.present) throw new StartError(`${name} holds no log.`);
    await attempt(prepareSchema);
    return attempt(prepareMember);
  }
  const member = await prepare().catch(async (error) => {
    await lane.close();
    const sentence = error instanceof Error ? error.message : String(error);
    throw new StartError(sentence.startsWith(name) ? sentence : `${name}: ${sentence}`);
  });

  return {
    belongings: createBelongings(attempt),
    name,
    id: member.id,
    peers: member.peers,

    async readMark() {
      const [row] = await rows<{ move: string | null }>(READ_MARK);
      return row?.move ? parseMark(row.move) : undefined;
    },
    writeMark: async (mark) => void (await rows(SET_MARK, [JSON.stringify(mark)])),

    async readEpochs(): Promise<Epochs> {
      const [row] = await rows<{ epoch: string }>(EPOCH);
      const past = await rows<{ epoch: string }>(PAST);
      return { epoch: row?.epoch ?? "", past: past.map(({ epoch }) => epoch) };
    },
    topicsAfter: async (after, limit) => (await rows<RawTopic>(TOPICS_AFTER, [after, limit])).map(toTopic),
    topicsNamed: async (names) => (await rows<RawTopic>(TOPICS_NAMED, [names])).map(toTopic),

    async rowsAfter(topic: TopicRow, offset: number) {
      const found = (await rows<RawEntry>(ROWS_AFTER, [topic.id, offset])).map((row) =>
        toStored(() => topic.name, row),
      );
      const bytes = found.reduce((sum, { entry }) => sum + Buffer.byteLength(entry.body), 0);
      return { rows: found, isEnd: found.length < PAGE_ENTRIES && bytes <= PAGE_BYTES };
    },
    async newestOffset({ id }) {
      const [row] = await rows<{ offset: string | null }>(NEWEST_OFFSET, [id]);
      return Number(row?.offset ?? 0);
    },

    write: (portions) =>
      transaction(async (tx) => {
        await tx.unsafe(RELAX);
        await putPortions(tx, portions);
      }),

    async removeTopic({ id }) {
      for (;;) {
        const removed = await transaction(async (tx) => {
          await tx.unsafe(RELAX);
          return ((await tx.unsafe(REMOVE_ENTRIES, [id])) as { count: number }).count;
        });
        if (removed === 0) break;
      }
      await rows(REMOVE_TOPIC, [id]);
    },

    finish: ({ epoch, past }, peers) =>
      transaction(async (tx) => {
        await tx.unsafe(FORGET_PAST);
        await tx.unsafe(SET_PAST, [past]);
        await tx.unsafe(SET_EPOCH, [epoch]);
        await setPeers(tx, peers);
        await tx.unsafe(DROP_MARK);
      }),

    async requireUnused() {
      const find = async () =>
        (await rows<{ name: string }>(OTHER_CLIENTS, [[SERVER_CLIENT, MOVE_CLIENT]]))[0];
      const deadline = performance.now() + LEAVE_MS;
      let other = await find();
      while (other && performance.now() < deadline) {
        await Bun.sleep(LOOK_EVERY_MS);
        other = await find();
      }
      if (other)
        throw new StartError(
          `${name} is in use by ${other.name === SERVER_CLIENT ? "a Kabar server: stop it" : "another `kabar move`"}.`,
        );
    },
    close: lane.close,
  };
}
