/** A log of millions of messages, made by SQL in a Kabar data folder: what the server would have stored, sooner. */
import { Database } from "bun:sqlite";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSqliteLog } from "../../src/log/sqlite.ts";
import { SCHEMA_VERSION } from "../../src/log/sqlite-schema.ts";
import { createLogger } from "../../src/logger.ts";
import { createMetrics } from "../../src/metrics.ts";

const CHUNK = 500_000;
const TEXT = "A message of the length that people write in chats, more or less, on a quiet day.";

/** Makes the log of topic `lobby` below `folder`, unless it is there from an earlier run. Returns its data folder. */
export async function fillLog(folder: string, messages: number): Promise<string> {
  // A log of an earlier schema would be upgraded in the measured start: the folder's name says of which one it is.
  const dataDir = join(folder, `log-${messages}-${SCHEMA_VERSION}`);
  const stamp = join(dataDir, "filled");
  if (existsSync(stamp)) return dataDir;
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (name.startsWith(`log-${messages}-`)) rmSync(join(folder, name), { recursive: true });
  mkdirSync(dataDir, { recursive: true });
  const log = openSqliteLog({
    dataDir,
    durability: "os",
    maxCommitWindowMs: 20,
    search: false,
    logger: createLogger("silent"),
    metrics: createMetrics(),
  });
  const body = JSON.stringify({ user: { id: "g-1", name: "Ana", role: "guest" }, text: TEXT });
  await log.append({ topic: "lobby", userId: "g-1", id: "m-1", body });
  await log.close();
  const db = new Database(join(dataDir, "kabar.db"));
  db.run("PRAGMA synchronous = OFF");
  for (let from = 2; from <= messages; from += CHUNK) {
    db.run(
      `WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO entry (topic, offset, user, id, at, tag, body)
       SELECT 1, i, 'g-' || (i % 5000), 'm-' || i, 1700000000000 + i, 'abcde', ? FROM n`,
      [from, Math.min(messages, from + CHUNK - 1), body],
    );
  }
  db.run("UPDATE topic SET top = ?, tag = 'abcde', at = ?", [messages, 1_700_000_000_000 + messages]);
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  Bun.spawnSync(["sync"]); // or the first fsync that is measured would pay for the filling
  writeFileSync(stamp, "");
  return dataDir;
}
