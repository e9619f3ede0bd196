/** Logs over a PostgreSQL under test: opens them, follows their tails, appends until an entry is stored. */
import { createLogger } from "../../src/logger.ts";
import type { Appended, MessageLog, NewEntry } from "../../src/log/log.ts";
import { openPostgresLog } from "../../src/log/postgres.ts";
import { createMetrics } from "../../src/metrics.ts";

/** Opens a log as one node. Without `search`, appends are the only commits. */
export const openNode = (
  url: string,
  now: () => number = Date.now,
  { search = true }: { search?: boolean } = {},
): Promise<MessageLog> =>
  openPostgresLog({
    url,
    search,
    maxCommitWindowMs: 5,
    logger: createLogger("silent"),
    metrics: createMetrics(),
    now,
  });

/** The offsets that a log's tail hands out from now on, by topic. */
export function follow(log: MessageLog): Map<string, number[]> {
  const seen = new Map<string, number[]>();
  log.tail((entries) => {
    for (const { topic, offset } of entries) seen.set(topic, [...(seen.get(topic) ?? []), offset]);
  });
  return seen;
}

/** The topics that broke off from now on. */
export function noteBreaks(log: MessageLog): string[] {
  const broken: string[] = [];
  log.onBreak((topics) => broken.push(...topics));
  return broken;
}

/** Offsets from 1 to `top`. */
export const upTo = (top: number): number[] => Array.from({ length: top }, (_, i) => i + 1);

/** Appends as a publisher does: the same id again and again until it is stored. */
export async function appendUntilStored(log: MessageLog, what: NewEntry): Promise<Appended> {
  for (;;) {
    const result = await log.append(what).catch(() => undefined);
    if (result) return result;
    await Bun.sleep(20);
  }
}
