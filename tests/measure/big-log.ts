/** Compares a log of 10 million messages with a small one: opening, pages, and a trim under load. */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteLog } from "../../src/log/sqlite.ts";
import { createLogger } from "../../src/logger.ts";
import { createMetrics } from "../../src/metrics.ts";
import { startKabar } from "../support/server.ts";
import { ms, percentile, printTable, progress } from "./figures.ts";

const SMALL = 10_000;
const PAGES = 1000;
const CHUNK = 500_000;

const openLog = (dataDir: string) =>
  openSqliteLog({
    dataDir,
    durability: "fsync",
    maxCommitWindowMs: 20,
    logger: createLogger("silent"),
    metrics: createMetrics(),
  });
const bodyOf = (text: string) => JSON.stringify({ user: { id: "g-1", name: "Ana", role: "guest" }, text });

/** Fills a topic by SQL: what the server would have stored, sooner. */
async function fill(dataDir: string, messages: number): Promise<void> {
  const log = openLog(dataDir);
  await log.append({ topic: "lobby", userId: "g-1", id: "m-1", body: bodyOf("first") });
  await log.close();
  const db = new Database(join(dataDir, "kabar.db"));
  db.run("PRAGMA synchronous = OFF");
  for (let from = 2; from <= messages; from += CHUNK) {
    const to = Math.min(messages, from + CHUNK - 1);
    db.run(
      `WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO entry SELECT 1, i, 'g-' || (i % 5000), 'm-' || i, 1700000000000 + i, 'abcde', ? FROM n`,
      [from, to, bodyOf("A message of the length that people write in chats, more or less, on a quiet day.")],
    );
    progress(`${to.toLocaleString("en")} of ${messages.toLocaleString("en")} messages`);
  }
  db.run("UPDATE topic SET top = ?, tag = 'abcde', at = ?", [messages, 1_700_000_000_000 + messages]);
  db.close();
  Bun.spawnSync(["sync"]); // or the first fsync that is measured would pay for the filling
}

async function measureOne(messages: number) {
  const dataDir = mkdtempSync(join(tmpdir(), "kabar-measure-"));
  await fill(dataDir, messages);
  const first = await startKabar({ dataDir }); // builds the widget, which is not what is measured
  await first.stop();
  const startedAt = performance.now();
  const kabar = await startKabar({ dataDir });
  const startMs = performance.now() - startedAt;
  const pages: number[] = [];
  for (let i = 0; i < PAGES; i++) {
    const before = 1 + Math.floor(Math.random() * messages);
    const pageAt = performance.now();
    const response = await fetch(`${kabar.url}/api/topics/lobby/messages?before=${before}&limit=50`);
    await response.text();
    pages.push(performance.now() - pageAt);
  }
  const bytes = statSync(join(dataDir, "kabar.db")).size;
  await kabar.stop();
  rmSync(dataDir, { recursive: true });
  return { startMs, p50: percentile(pages, 0.5), p99: percentile(pages, 0.99), gib: bytes / 2 ** 30 };
}

/** Appends while a trim runs, and returns the append latencies. */
async function appendLatencies(
  dataDir: string,
  trimTo: number,
): Promise<{ latencies: number[]; removed: number }> {
  const log = openLog(dataDir);
  const trimming = trimTo > 0 ? log.trim("lobby", trimTo) : Promise.resolve(0);
  let done = false;
  void trimming.then(() => (done = true));
  const latencies: number[] = [];
  const run = crypto.randomUUID().slice(0, 8);
  for (let i = 0; trimTo > 0 ? !done : i < 1000; i++) {
    const startedAt = performance.now();
    await log.append({ topic: "lobby", userId: "g-2", id: `${run}-${i}`, body: bodyOf("while trimming") });
    latencies.push(performance.now() - startedAt);
  }
  const removed = await trimming;
  await log.close();
  return { latencies, removed };
}

/** Runs the measurements and prints their tables. */
export async function measureBigLog(messages: number): Promise<void> {
  const small = await measureOne(SMALL);
  const big = await measureOne(messages);
  const count = messages.toLocaleString("en");
  printTable(
    `A log of ${count} messages (${big.gib.toFixed(1)} GiB) beside one of ${SMALL.toLocaleString("en")}`,
    [
      ["start to listening, small", ms(small.startMs)],
      [`start to listening, ${count}`, ms(big.startMs)],
      ["a random page of 50 over HTTP, small: median / p99", `${ms(small.p50)} / ${ms(small.p99)}`],
      [`the same, ${count}: median / p99`, `${ms(big.p50)} / ${ms(big.p99)}`],
    ],
  );

  const dataDir = mkdtempSync(join(tmpdir(), "kabar-measure-"));
  const total = Math.min(messages, 1_000_000);
  await fill(dataDir, total);
  const calm = await appendLatencies(dataDir, 0);
  const busy = await appendLatencies(dataDir, Math.floor(total / 5));
  rmSync(dataDir, { recursive: true });
  const shown = ({ latencies }: { latencies: number[] }) =>
    `${ms(percentile(latencies, 0.5))} / ${ms(percentile(latencies, 0.99))} / ${ms(Math.max(...latencies))}`;
  printTable(`Trimming ${busy.removed.toLocaleString("en")} messages while others publish`, [
    ["append to acknowledgement without a trim: median / p99 / longest", shown(calm)],
    ["during the trim: median / p99 / longest", shown(busy)],
  ]);
}
