/**
 * The search of a PostgreSQL log of many messages: the same texts and queries as those of SQLite (search.ts). Rows and pieces are
 * written by the server's own statements in large transactions; indexes and constraints are made once most are there, and kept
 * current for the newest, as a server does.
 */
import { readFileSync } from "node:fs";
import { SQL } from "bun";
import type { Entry, MessageLog } from "../../src/log/log.ts";
import { openPostgresLog } from "../../src/log/postgres.ts";
import { putInIndex } from "../../src/log/postgres-search-tables.ts";
import { addTopics, lockTopics, type StoredEntry } from "../../src/log/postgres-tables.ts";
import { storeEntries } from "../../src/log/postgres-writes.ts";
import { createLogger } from "../../src/logger.ts";
import { createMetrics } from "../../src/metrics.ts";
import { progress } from "../measure/figures.ts";
import { postgresBin, type RunningPostgres, startPostgres } from "../support/postgres.ts";
import { kindsOf, type SearchRow, tableOf, timeQueries } from "./search.ts";
import { bodyOf, createTexts, timeOf, TOPICS } from "./search-fill.ts";

/** Messages of one transaction. */
const CHUNK = 10_000;
/** The newest messages, which the index of pieces takes as they come. */
const STEPPED = 5000;
const STEP = 250;
/**
 * Constraints and indexes of the filled tables, foreign keys first: how to drop each, and how to make it anew. The statement that
 * puts messages into the index needs the primary key there.
 */
const CONSTRAINTS = `
  SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS make
  FROM pg_constraint WHERE contype IN ('p', 'u', 'f')
    AND conrelid IN ('kabar_entry'::regclass, 'kabar_search'::regclass, 'kabar_search_due'::regclass, 'kabar_author'::regclass)
    AND conname <> 'kabar_search_pkey'
  ORDER BY contype <> 'f'`;
const INDEXES = `
  SELECT format('DROP INDEX %s', indexrelid::regclass) AS drop, pg_get_indexdef(indexrelid) AS make
  FROM pg_index WHERE indrelid IN ('kabar_entry'::regclass, 'kabar_search'::regclass) AND NOT indisprimary`;
const SETTINGS = {
  max_wal_size: "4GB",
  maintenance_work_mem: "512MB",
  shared_buffers: "512MB",
  // Each process's time is counted: none may come and go within a query.
  max_parallel_workers_per_gather: "0",
};

export interface PostgresSearchResult {
  version: string;
  messages: number;
  rows: SearchRow[];
  /** Bytes of a message, and of its part of the index. */
  entryBytes: number;
  indexBytes: number;
}

const openLog = (url: string): Promise<MessageLog> =>
  openPostgresLog({
    url,
    search: true,
    maxCommitWindowMs: 20,
    logger: createLogger("silent"),
    metrics: createMetrics(),
  });

/** Milliseconds on a processor of a database's processes, with this one's. */
function createCpuClock(pid: number): () => number {
  const nanoseconds = new Map<string, number>();
  return () => {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(/\s+/).filter(Boolean);
    for (const each of children)
      try {
        nanoseconds.set(each, Number(readFileSync(`/proc/${each}/schedstat`, "utf8").split(" ")[0]));
      } catch {
        // It has ended: its time stays in the sum.
      }
    const { user, system } = process.cpuUsage();
    return [...nanoseconds.values()].reduce((sum, each) => sum + each, 0) / 1e6 + (user + system) / 1000;
  };
}

/** Drops what would be kept current row by row. Returns the function that makes it anew. */
async function dropIndexes(sql: SQL): Promise<() => Promise<void>> {
  const dropped: { drop: string; make: string }[] = [];
  for (const list of [CONSTRAINTS, INDEXES])
    for (const each of (await sql.unsafe(list)) as { drop: string; make: string }[]) {
      await sql.unsafe(each.drop);
      dropped.push(each);
    }
  return async () => {
    for (const { make } of dropped.reverse()) {
      progress(make);
      await sql.unsafe(make);
    }
  };
}

/** Fills the log's tables, whose topics and index are there. */
export async function fill(sql: SQL, messages: number): Promise<void> {
  const names = Array.from({ length: TOPICS }, (_, i) => `t${i + 1}`);
  await addTopics(sql, names);
  const rows = await sql.begin((tx) => lockTopics(tx, names));
  const idOf = new Map(rows.map(({ name, id }) => [name, id]));
  const texts = createTexts(7);
  const entryOf = (i: number): StoredEntry => {
    const [topic, author] = [names[i % TOPICS] ?? "", texts.author()];
    const entry: Entry = {
      topic,
      userId: `g-${author}`,
      id: `m-${i}`,
      offset: 1 + Math.floor(i / TOPICS),
      at: timeOf(i),
      tag: "abcde",
      body: bodyOf(texts.text(), author),
    };
    return { topicId: idOf.get(topic) ?? 0, entry, amends: [] };
  };
  const put = async (from: number, to: number): Promise<void> => {
    const entries = Array.from({ length: to - from }, (_, k) => entryOf(from + k));
    await sql.begin(async (tx) => {
      await tx.unsafe("SET LOCAL synchronous_commit = off");
      const tops = rows.map((row) => ({ ...row, top: Math.ceil((to - names.indexOf(row.name)) / TOPICS) }));
      const placed = tops.map((row) => ({ ...row, at: timeOf(to), tag: "abcde" }));
      await storeEntries(tx, entries, placed);
      for (const { id, name } of rows) {
        const own = entries.filter(({ entry }) => entry.topic === name);
        await putInIndex(tx, id, own);
      }
      await tx.unsafe("UPDATE kabar_search_topic s SET done = t.top FROM kabar_topic t WHERE t.id = s.topic");
    });
  };
  await sql.unsafe(
    "INSERT INTO kabar_search_topic (topic, low, start, done) SELECT id, 0, 1, 0 FROM kabar_topic",
  );
  const makeIndexes = await dropIndexes(sql);
  const stepped = Math.max(0, messages - STEPPED);
  for (let from = 0; from < stepped; from += CHUNK) {
    await put(from, Math.min(stepped, from + CHUNK));
    if (from % 100_000 === 0)
      progress(`${from.toLocaleString("en")} of ${messages.toLocaleString("en")} messages`);
  }
  await makeIndexes();
  for (let from = stepped; from < messages; from += STEP) await put(from, Math.min(messages, from + STEP));
  await sql.unsafe("ANALYZE");
}

async function measureFilled(postgres: RunningPostgres, url: string, messages: number) {
  const [sizes] = await postgres.query<{ entry: string; index: string }>(
    "SELECT pg_total_relation_size('kabar_entry') AS entry, pg_total_relation_size('kabar_search') AS index",
    url,
  );
  const log = await openLog(url);
  const [pid = ""] = readFileSync(`${postgres.dataDir}/postmaster.pid`, "utf8").split("\n");
  const cpuMs = createCpuClock(Number(pid));
  const rows: SearchRow[] = [];
  for (const [kind, make] of kindsOf(timeOf(messages))) {
    progress(`search: ${kind}`);
    rows.push(await timeQueries(log, kind, make, cpuMs));
  }
  await log.close();
  return {
    rows,
    entryBytes: Number(sizes?.entry) / messages,
    indexBytes: Number(sizes?.index) / messages,
  };
}

/** Measures a log of so many messages. Resolves to the reason when there is no PostgreSQL here. */
export async function measurePostgresSearch(messages: number): Promise<PostgresSearchResult | string> {
  if (!postgresBin) return "PostgreSQL is not on this machine (Debian: postgresql)";
  const postgres = await startPostgres({ settings: SETTINGS, isKept: true });
  process.on("exit", postgres.abandon);
  try {
    const url = await postgres.createDatabase();
    await (await openLog(url)).close();
    const sql = new SQL(url, { max: 1 });
    await fill(sql, messages);
    await sql.close();
    const [row] = await postgres.query<{ server_version: string }>("SHOW server_version");
    return {
      version: row?.server_version ?? "",
      messages,
      ...(await measureFilled(postgres, url, messages)),
    };
  } finally {
    process.off("exit", postgres.abandon);
    await postgres.remove();
  }
}

/** The table of the result, for the terminal and docs/BENCHMARKS.md. */
export function postgresSearchReport(result: PostgresSearchResult, head: string): string {
  const { version, messages, rows, entryBytes, indexBytes } = result;
  return [
    head,
    "",
    `PostgreSQL ${version}, ${messages.toLocaleString("en")} messages in ${TOPICS} topics, \`shared_buffers\` 512 MB. CPU is that of the database and of the process that asks.`,
    "",
    ...tableOf(rows),
    "",
    `The index takes ${Math.round(indexBytes)} bytes a message beside ${Math.round(entryBytes)} of the message.`,
  ].join("\n");
}
