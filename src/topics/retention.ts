/**
 * Retention: removes messages by count and by age, a slice at a time.
 * Topics without a rule follow the general settings. Offsets of removed messages are never given again; a reader with an older
 * cursor receives the exact range. A sweep also corrects wrong dates, and once an hour it drops empty topics and old changes of
 * the audit log.
 */
import type { Config } from "../config.ts";
import type { Control } from "../log/control.ts";
import { createEmptyTopics } from "./empty-topics.ts";
import { createGiveWay } from "../give-way.ts";
import { eachTopic, type MessageLog } from "../log/log.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { Policy } from "./policy.ts";
import type { Topics } from "./topics.ts";
import { type Due, TrimSchedule } from "./trim-schedule.ts";
import { createWrongDates } from "./wrong-dates.ts";

const DAY_MS = 86_400_000;
/** Time between two removals of empty topics and of old changes in the audit log. */
const HOURLY_MS = 3_600_000;

export interface RetentionParts {
  config: Pick<Config, "retainMessages" | "retainDays" | "auditDays">;
  policy: Policy;
  log: MessageLog;
  topics: Pick<Topics, "forget" | "isActive">;
  control: Pick<Control, "compact">;
  logger: Logger;
  metrics: Metrics;
  now?: () => number;
  /** Monotonic time in milliseconds, independent of the system clock. */
  uptime?: () => number;
}

/** The result of a trim. */
interface Trimmed {
  /** Number of messages removed. */
  removed: number;
  /** Whether the topic has no message left and no rule of its own. */
  canBeDropped: boolean;
  due: Due;
}

export type Retention = ReturnType<typeof createRetention>;

/** Makes the function that removes a topic's expired messages and finds when the next ones expire. */
function createTrim({ config, policy, log, topics }: RetentionParts, now: () => number) {
  const limitsOf = (topic: string): { retainMessages: number; retainDays: number; isNamed: boolean } => {
    const rule = policy.ruleOf(topic);
    return rule ? { ...rule, isNamed: rule.pattern === topic } : { ...config, isNamed: false };
  };

  /** Without a trusted clock nothing is removed by age. */
  return async function trim(topic: string, isClockTrusted: boolean): Promise<Trimmed> {
    const { retainMessages, retainDays, isNamed } = limitsOf(topic);
    const before = await log.state(topic);
    const byCount = retainMessages === 0 ? 0 : before.top - retainMessages;
    const ages = retainDays > 0 && isClockTrusted;
    const byAge = ages ? await log.offsetBefore(topic, now() - retainDays * DAY_MS) : 0;
    const upTo = Math.max(byCount, byAge);
    let removed = 0;
    if (upTo >= before.first) {
      removed = await log.trim(topic, upTo);
      topics.forget(topic, upTo);
    }
    const { first, top } = await log.state(topic);
    const [oldest] =
      retainDays > 0 && first <= top ? await log.read(topic, { after: first - 1, limit: 1 }) : [];
    return {
      removed,
      canBeDropped: first > top && !isNamed,
      due: {
        at: oldest ? oldest.at + retainDays * DAY_MS : Number.POSITIVE_INFINITY,
        offset: retainMessages === 0 ? Number.POSITIVE_INFINITY : first - 1 + retainMessages,
      },
    };
  };
}

/** Creates retention and follows the log's tail. */
export function createRetention(parts: RetentionParts) {
  const { config, log, topics, control, logger, metrics } = parts;
  const { now = Date.now, uptime = () => performance.now() } = parts;
  const dates = createWrongDates({ log, topics, logger, now, uptime });
  const emptyTopics = createEmptyTopics(log, topics);
  const schedule = new TrimSchedule();
  const trim = createTrim(parts, now);
  let hasListedAll = false;
  let hourlyAt = Number.NEGATIVE_INFINITY;
  let sweeping: Promise<number> | undefined;
  let stopped = false;

  const stopTail = log.tail((entries) => {
    dates.note(entries);
    for (const { topic, offset } of entries) {
      if (topic.startsWith("$")) continue;
      schedule.noteEntry(topic, offset);
      emptyTopics.delete(topic);
    }
  });

  /** The topics of a sweep: every topic after a change of rules, else topics with expired messages; undefined gives way. */
  async function* dueTopics(): AsyncGenerator<string | undefined> {
    if (!hasListedAll) {
      yield* eachTopic(log);
      hasListedAll = true;
    }
    yield* schedule.takeAdded();
    yield* schedule.dueBy((atMs) => atMs <= now() && dates.isClockTrusted());
  }

  /** Trims a topic and schedules its next trim. Resolves to the number of messages removed. */
  async function trimTopic(topic: string): Promise<number> {
    const { removed, canBeDropped, due } = await trim(topic, dates.isClockTrusted());
    if (canBeDropped) emptyTopics.add(topic);
    schedule.set(topic, due);
    return removed;
  }

  /** Corrects wrong dates. Topics with corrected entries are in the sweep that follows. */
  async function correctDates(): Promise<void> {
    for await (const topic of dates.correct()) if (!topic.startsWith("$")) schedule.add(topic);
  }

  async function dropEmptyTopics(): Promise<void> {
    for await (const dropped of emptyTopics.drop()) {
      for (const topic of dropped) schedule.delete(topic);
      if (stopped) return;
    }
  }

  /** Trims the topics that are due. A part of the log may be away: its topics are in the next sweep, and the others go on. */
  async function trimDue(): Promise<{ removed: number; failure: unknown }> {
    const giveWay = createGiveWay();
    let removed = 0;
    let failure: unknown;
    for await (const topic of dueTopics()) {
      if (stopped) break;
      if (topic !== undefined) {
        try {
          removed += await trimTopic(topic);
        } catch (error) {
          failure = error;
          schedule.add(topic);
          if (log.trouble() !== undefined) break;
        }
      }
      await giveWay();
    }
    return { removed, failure };
  }

  async function run(): Promise<number> {
    dates.checkClock();
    if (dates.isClockTrusted()) await correctDates();
    const { removed, failure } = await trimDue();
    if (removed > 0) {
      metrics.trimmed.inc(removed);
      logger.info({ removed }, "retention removed messages");
    }
    if (failure !== undefined) throw failure;
    if (!stopped && dates.isClockTrusted() && uptime() - hourlyAt >= HOURLY_MS) {
      hourlyAt = uptime();
      await dropEmptyTopics();
      if (config.auditDays > 0) await control.compact(now() - config.auditDays * DAY_MS);
    }
    return removed;
  }

  return {
    /** Removes expired messages. Resolves to the number removed. A call during a sweep returns the promise of that sweep. */
    sweep(): Promise<number> {
      sweeping ??= run().finally(() => {
        sweeping = undefined;
      });
      return sweeping;
    },

    /** Whether the system clock is right, as far as this server knows. */
    isClockTrusted: dates.isClockTrusted,

    /** Makes the next sweep go through every topic, whenever it comes. */
    noteNewRules(): void {
      hasListedAll = false;
    },

    /** Sweeps every topic, after a change of rules. Resolves to the number of messages removed. */
    async review(): Promise<number> {
      await sweeping?.catch(() => undefined);
      hasListedAll = false;
      return this.sweep();
    },

    /** Stops following the log and ends a running sweep after its present topic. */
    stop(): void {
      stopped = true;
      stopTail();
    },
  };
}
