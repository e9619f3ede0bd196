/**
 * Removes what a topic need not keep any longer, by count and by age, a slice at a time. Offsets of removed messages
 * are never given again; a reader whose cursor is older is told the exact range.
 */
import { eachTopic, type MessageLog } from "./log.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Policy } from "./policy.ts";

const DAY_MS = 86_400_000;

export interface RetentionParts {
  policy: Policy;
  log: MessageLog;
  logger: Logger;
  metrics: Metrics;
  now?: () => number;
}

/** The newest offset that a topic's rule does not keep; 0 when it keeps all. */
async function findExpired({ policy, log, now = Date.now }: RetentionParts, topic: string): Promise<number> {
  const rule = policy.ruleOf(topic);
  if (!rule) return 0;
  const { top } = await log.state(topic);
  const byCount = rule.retainMessages === 0 ? 0 : top - rule.retainMessages;
  const byAge = rule.retainDays === 0 ? 0 : await log.offsetBefore(topic, now() - rule.retainDays * DAY_MS);
  return Math.max(byCount, byAge);
}

/** Trims every topic once. Resolves to how many messages went. */
export async function trimTopics(parts: RetentionParts): Promise<number> {
  let removed = 0;
  for await (const topic of eachTopic(parts.log)) {
    const expired = await findExpired(parts, topic);
    if (expired > 0) removed += await parts.log.trim(topic, expired);
  }
  if (removed > 0) {
    parts.metrics.trimmed.inc(removed);
    parts.logger.info({ removed }, "retention removed messages");
  }
  return removed;
}
