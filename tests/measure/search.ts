/** The search index of a large log: its size, the time to build it, what it costs appends, and how long queries take. */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeBody } from "../../src/log/message-body.ts";
import type { MessageLog } from "../../src/log/log.ts";
import { termsOf } from "../../src/log/search-text.ts";
import { openSqliteLog } from "../../src/log/sqlite.ts";
import { createLogger } from "../../src/logger.ts";
import { createMetrics } from "../../src/metrics.ts";
import { createRandom } from "../support/seed.ts";
import { ms, percentile, printTable, progress } from "./figures.ts";

const VOCABULARY = 50_000;
const TOPICS = 20;
const QUERIES = 300;
const APPENDS = 20_000;
/** Appends under way at once. */
const AT_ONCE = 200;

const openLog = (dataDir: string, search: boolean) =>
  openSqliteLog({
    dataDir,
    durability: "fsync",
    maxCommitWindowMs: 20,
    search,
    logger: createLogger("silent"),
    metrics: createMetrics(),
  });

/** Makes texts of words whose frequencies follow Zipf's law, as those of people do. */
function createTexts() {
  const random = createRandom(11);
  const letters = "etaoinshrdlucmfwypvbgk";
  const words = Array.from({ length: VOCABULARY }, (_, i) =>
    Array.from({ length: 2 + Math.floor(Math.log10(i + 1) + random.next() * 4) }, () =>
      letters.charAt(Math.floor(random.next() ** 1.5 * letters.length)),
    ).join(""),
  );
  const word = (): string => words[Math.floor(VOCABULARY ** random.next()) - 1] ?? "the";
  return { word, text: () => Array.from({ length: random.int(3, 18) }, word).join(" ") };
}
type Texts = ReturnType<typeof createTexts>;

const bodyOf = (text: string, user: number) =>
  encodeBody({ user: { id: `g-${user}`, name: `User ${user}`, role: "guest" }, text });

/** Fills topics by SQL. Every message has the word "everywhere"; the older half has "before", the newer half "after". */
async function fill(dataDir: string, messages: number, texts: Texts): Promise<void> {
  const log = openLog(dataDir, false);
  for (let topic = 1; topic <= TOPICS; topic++)
    await log.append({ topic: `t${topic}`, userId: "g-1", id: "first", body: bodyOf("first", 1) });
  await log.close();
  const db = new Database(join(dataDir, "kabar.db"));
  db.run("PRAGMA synchronous = OFF");
  const insert = db.prepare(
    "INSERT INTO entry (topic, offset, user, id, at, tag, body) VALUES (?, ?, ?, ?, ?, 'abcde', ?)",
  );
  const start = 1_700_000_000_000;
  const put = db.transaction((from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const text = `${texts.text()} everywhere ${i < messages / 2 ? "before" : "after"}`;
      const [topic, offset] = [1 + (i % TOPICS), 2 + Math.floor(i / TOPICS)];
      insert.run(topic, offset, `g-${i % 5000}`, `m-${i}`, start + i * 700, bodyOf(text, i % 5000));
    }
  });
  for (let from = 0; from < messages; from += 100_000) {
    put(from, Math.min(messages, from + 100_000));
    progress(`${from.toLocaleString("en")} of ${messages.toLocaleString("en")} messages`);
  }
  db.run(
    "UPDATE topic SET top = (SELECT max(offset) FROM entry WHERE entry.topic = topic.id), tag = 'abcde', at = ?",
    [start + messages * 700],
  );
  db.close();
}

/** The longest time between two turns of the event loop while `work` runs. */
async function longestStop(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let isOver = false;
  const watch = (): void => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    if (!isOver) setImmediate(watch);
  };
  watch();
  await work();
  isOver = true;
  return longest;
}

async function appendMany(log: MessageLog, texts: Texts): Promise<number> {
  const startedAt = performance.now();
  for (let from = 0; from < APPENDS; from += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, () =>
        log.append({ topic: "live", userId: "g-1", id: crypto.randomUUID(), body: bodyOf(texts.text(), 1) }),
      ),
    );
  return (APPENDS / (performance.now() - startedAt)) * 1000;
}

async function untilIndexed(path: string): Promise<void> {
  const db = new Database(path, { readonly: true });
  const behind = db.query<{ topics: number }, []>(
    "SELECT count(*) AS topics FROM search_topic WHERE low < start - 1",
  );
  for (;;) {
    const topics = behind.get()?.topics ?? 0;
    if (topics === 0) break;
    progress(`${topics} topics to index`);
    await Bun.sleep(2000);
  }
  db.close();
}

async function timeQueries(log: MessageLog, queries: readonly string[]) {
  const times: number[] = [];
  const stop = await longestStop(async () => {
    for (const query of queries) {
      const startedAt = performance.now();
      await log.search({ terms: termsOf(query), limit: 20, isShown: () => true });
      times.push(performance.now() - startedAt);
    }
  });
  return `p50 ${ms(percentile(times, 0.5))}, p95 ${ms(percentile(times, 0.95))}, longest ${ms(Math.max(...times))}; event loop stopped ${ms(stop)} at most`;
}

/** Measures a log of so many messages. */
export async function measureSearch(messages: number): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "kabar-measure-"));
  const path = join(dataDir, "kabar.db");
  const texts = createTexts();
  try {
    await fill(dataDir, messages, texts);
    const filled = statSync(path).size;
    let log = openLog(dataDir, false);
    await appendMany(log, texts);
    const rateWithout = await appendMany(log, texts);
    await log.close();
    const before = statSync(path).size;

    log = openLog(dataDir, true);
    const startedAt = performance.now();
    const indexing = await longestStop(() => untilIndexed(path));
    const indexMs = performance.now() - startedAt;
    const size = statSync(path).size;
    const rateWith = await appendMany(log, texts);
    const many = (query: () => string) => Array.from({ length: QUERIES }, query);
    const three = () => `${texts.word()} ${texts.word()} ${texts.word()}`;
    printTable(`Search of ${messages.toLocaleString("en")} messages`, [
      ["three words", await timeQueries(log, many(three))],
      [
        "a word of every message",
        await timeQueries(
          log,
          many(() => "everywhere"),
        ),
      ],
      ["two frequent words, never together", await timeQueries(log, ["before after", "after before"])],
      ["a phrase of frequent words that is nowhere", await timeQueries(log, ['"before everywhere"'])],
      [
        "two letters",
        await timeQueries(
          log,
          many(() => texts.word().slice(0, 2)),
        ),
      ],
      ["index, bytes a message", String(Math.round((size - before) / (messages + 2 * APPENDS)))],
      ["log without it, bytes a message", String(Math.round(filled / messages))],
      ["index built in", `${Math.round(indexMs / 1000)} s; event loop stopped ${ms(indexing)} at most`],
      ["appends a second without, with", `${Math.round(rateWithout)}, ${Math.round(rateWith)}`],
    ]);
    await log.close();
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
