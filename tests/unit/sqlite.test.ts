import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { mkdtempSync, statSync } from "node:fs";
import { join } from "node:path";
import type { MessageLog } from "../../src/log/log.ts";
import { StartError } from "../../src/errors.ts";
import { openSqliteLog } from "../../src/log/sqlite.ts";
import { createLogger } from "../../src/logger.ts";
import { createMetrics } from "../../src/metrics.ts";
import type { LogFactory } from "../contracts/log-changes.ts";
import { testLogContract } from "../contracts/log.ts";
import { createFolder } from "../support/folder.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

const root = createFolder();
const open = (dataDir: string, now: () => number = Date.now): MessageLog =>
  openSqliteLog({
    dataDir,
    durability: "fsync",
    maxCommitWindowMs: 5,
    logger: createLogger("silent"),
    metrics: createMetrics(),
    now,
  });
const entry = (id: string) => ({ topic: "a", userId: "u", id, body: '{"user":{},"text":"x"}' });

const createFactory = (): LogFactory => {
  const dataDir = mkdtempSync(join(root, "log-"));
  return { open: (now) => open(dataDir, now) };
};
testLogContract("log-sqlite", createFactory);

describe("log-sqlite", () => {
  test("a second process is kept out of the folder, and let in when the first is gone", async () => {
    const dataDir = mkdtempSync(join(root, "log-"));
    const first = open(dataDir);
    expect(() => open(dataDir)).toThrow(/in use by another Kabar process/);
    await first.close();
    await open(dataDir).close();
  });

  test("a database of a newer Kabar is refused, not touched", async () => {
    const dataDir = mkdtempSync(join(root, "log-"));
    await open(dataDir).close();
    const db = new Database(join(dataDir, "kabar.db"));
    db.run("PRAGMA user_version = 99");
    db.close();
    expect(() => open(dataDir)).toThrow(StartError);
    expect(() => open(dataDir)).toThrow(/newer Kabar \(schema 99\)/);
  });

  test("a file that is no database is named in the error", async () => {
    const dataDir = mkdtempSync(join(root, "log-"));
    await Bun.write(
      join(dataDir, "kabar.db"),
      "this is not a database, but it is long enough to look like one".repeat(50),
    );
    expect(() => open(dataDir)).toThrow(/kabar\.db can't be opened: the database is damaged/);
  });

  test("appends of one moment share one commit", async () => {
    const dataDir = mkdtempSync(join(root, "log-"));
    const metrics = createMetrics();
    const log = openSqliteLog({
      dataDir,
      durability: "fsync",
      maxCommitWindowMs: 5,
      logger: createLogger("silent"),
      metrics,
    });
    await Promise.all(Array.from({ length: 100 }, (_, i) => log.append(entry(`m${i}`))));
    const text = await metrics.render();
    expect(text).toContain("kabar_commit_entries_count 1\n");
    expect(text).toContain("kabar_messages_appended_total 100\n");
    await log.close();
  });

  test("the folder is for its owner only", async () => {
    const dataDir = join(mkdtempSync(join(root, "log-")), "new");
    await open(dataDir).close();
    expect(statSync(dataDir).mode & 0o077).toBe(0);
  });

  test("a failed commit refuses all its appends, notifies no one, and the next commit works", async () => {
    const dataDir = mkdtempSync(join(root, "log-"));
    const log = open(dataDir);
    await log.append(entry("m1"));
    const told: string[] = [];
    log.tail((entries) => told.push(...entries.map(({ id }) => id)));
    // Another program holds the database's write lock for longer than the log waits.
    const other = new Database(join(dataDir, "kabar.db"));
    other.run("BEGIN IMMEDIATE");
    const refused = await Promise.allSettled([log.append(entry("m2")), log.append(entry("m3"))]);
    expect(refused.map((result) => result.status === "rejected" && result.reason.code)).toEqual([
      "log-unavailable",
      "log-unavailable",
    ]);
    expect(log.trouble()).toBe("the database is locked by another process");
    other.run("ROLLBACK");
    other.close();
    expect((await log.append(entry("m2"))).entry.offset).toBe(2);
    expect(log.trouble()).toBeUndefined();
    expect(told).toEqual(["m2"]);
    await log.close();
  });
});
