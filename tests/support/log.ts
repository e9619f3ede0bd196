/** A real log in a temporary folder, and entries for it. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { encodeBody } from "../../src/log/message-body.ts";
import type { MessageLog, NewEntry } from "../../src/log/log.ts";
import { openSqliteLog } from "../../src/log/sqlite.ts";
import { createLogger } from "../../src/logger.ts";
import { createMetrics, type Metrics } from "../../src/metrics.ts";

/** Opens the log of a folder, silent and without waits for the disk. */
export const openLogIn = (
  dataDir: string,
  {
    metrics = createMetrics(),
    now = Date.now,
    search,
  }: { metrics?: Metrics; now?: (() => number) | undefined; search?: boolean } = {},
): MessageLog =>
  openSqliteLog({
    dataDir,
    durability: "os",
    maxCommitWindowMs: 1,
    logger: createLogger("silent"),
    metrics,
    now,
    ...(search === undefined ? {} : { search }),
  });

/** Opens a new log below `root`. */
export function openTestLog(root: string, now?: () => number): { log: MessageLog; metrics: Metrics } {
  const metrics = createMetrics();
  return { log: openLogIn(mkdtempSync(join(root, "log-")), { metrics, now }), metrics };
}

/** An entry by Ana. */
export const entryOf = (topic: string, id: string, text = id): NewEntry => ({
  topic,
  userId: "g-ana",
  id,
  body: encodeBody({ user: { id: "g-ana", name: "Ana", role: "guest" }, text }),
});
