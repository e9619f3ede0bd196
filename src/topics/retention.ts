/**
 * Retention: removes messages by count and by age, a slice at a time.
 * Knows for each topic when something is due, so that a sweep touches only those topics. Topics without a rule follow the general
 * settings. Offsets of removed messages are never given again; a reader with an older cursor receives the exact range. Also
 * drops empty topics and old changes of the audit log, and corrects dates that a wrong clock gave.
 */
import type { Config } from "../config.ts";
import type { Control } from "../log/control.ts";
import { createGiveWay } from "../give-way.ts";
import { eachTopic, type Entry, type MessageLog } from "../log/log.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { Policy } from "./policy.ts";
import { createSteadyClock } from "../steady-clock.ts";
import type { Topics } from "./topics.ts";

const DAY_MS = 86_400_000;
/** At the start, a clock that is further than this ahead of the newest entry is not trusted. */
const LONG_AGO_MS = 366 * DAY_MS;
/** A wrong clock dated an entry that is further than this ahead of the present time. */
const LEAP_MS = DAY_MS;
/** Time between two removals of empty topics and of old changes in the audit log. */
const HOURLY_MS = 3_600_000;
/** Most topics dropped in one transaction. */
const DROP_AT_ONCE = 100;

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

/** When a topic is next trimmed: at a time, or when its newest offset passes `offset`. */
interface Due {
  at: number;
  offset: number;
}

export type Retention = ReturnType<typeof createRetention>;

/** Creates retention and follows the log's tail. */
export function createRetention(parts: RetentionParts) {
  const { config, policy, log, topics, control, logger, metrics } = parts;
  const { now = Date.now, uptime = () => performance.now() } = parts;
  const judgeClock = createSteadyClock(
    now,
    uptime,
    log.newestAt() > 0 && now() - log.newestAt() > LONG_AGO_MS,
  );

  const due = new Map<string, Due>();
  /** Topics to trim in the next sweep. */
  let toCheck = new Set<string>();
  /**
   * Topics that may have wrong dates: written to while the clock was not trusted, or dated in the future. Entries further
   * ahead than `leapMs` get a new date; an infinite `leapMs` waits until the clock is trusted.
   */
  const wronglyDated = new Map<string, { leapMs: number }>();
  const empty = new Set<string>();
  let hasListedAll = false;
  let isClockTrusted = true;
  let hourlyAt = Number.NEGATIVE_INFINITY;
  let sweeping: Promise<number> | undefined;
  let stopped = false;

  function checkClock(): void {
    const judgement = judgeClock();
    if (isClockTrusted && judgement === "doubt")
      logger.warn(
        "the system clock jumped: retention by age pauses for an hour, or until the clock is right again",
      );
    isClockTrusted = judgement !== "doubt";
    // The wrong clock dated every entry that was written in the meantime.
    if (judgement === "back") for (const topic of wronglyDated.keys()) wronglyDated.set(topic, { leapMs: 0 });
    if (judgement === "sure")
      for (const [topic, { leapMs }] of wronglyDated)
        if (leapMs === Number.POSITIVE_INFINITY) wronglyDated.delete(topic);
  }

  const stopTail = log.tail((entries: readonly Entry[]) => {
    checkClock();
    for (const { topic, offset, at } of entries) {
      if (!isClockTrusted && !wronglyDated.has(topic))
        wronglyDated.set(topic, { leapMs: Number.POSITIVE_INFINITY });
      else if (isClockTrusted && at > now() + LEAP_MS && !wronglyDated.has(topic))
        wronglyDated.set(topic, { leapMs: LEAP_MS });
      if (topic.startsWith("$")) continue;
      const known = due.get(topic);
      if (!known || offset > known.offset) toCheck.add(topic);
      empty.delete(topic);
    }
  });

  const limitsOf = (topic: string): { retainMessages: number; retainDays: number; isNamed: boolean } => {
    const rule = policy.ruleOf(topic);
    return rule ? { ...rule, isNamed: rule.pattern === topic } : { ...config, isNamed: false };
  };

  /** Removes a topic's expired messages and records when the next ones expire. Resolves to the number removed. */
  async function trimTopic(topic: string): Promise<number> {
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
    if (first > top && !isNamed) empty.add(topic);
    const [oldest] =
      retainDays > 0 && first <= top ? await log.read(topic, { after: first - 1, limit: 1 }) : [];
    due.set(topic, {
      at: oldest ? oldest.at + retainDays * DAY_MS : Number.POSITIVE_INFINITY,
      offset: retainMessages === 0 ? Number.POSITIVE_INFINITY : first - 1 + retainMessages,
    });
    return removed;
  }

  /** The topics of a sweep: every topic after a change of rules, else topics with expired messages. */
  async function* dueTopics(): AsyncGenerator<string> {
    const chosen = toCheck;
    toCheck = new Set();
    if (!hasListedAll) {
      hasListedAll = true;
      yield* eachTopic(log);
      return;
    }
    yield* chosen;
    for (const [topic, { at }] of due) {
      if (at <= now() && isClockTrusted) yield topic;
      else yield ""; // lets the sweep give way while it passes topics that are not due
    }
  }

  /** Corrects dates that a wrong clock set in the future: no later than the present time. */
  async function redate(): Promise<void> {
    for (const [topic, { leapMs }] of wronglyDated) {
      if (leapMs === Number.POSITIVE_INFINITY) continue;
      const count = await log.redate(topic, now(), leapMs);
      if (count > 0) {
        topics.forget(topic, (await log.state(topic)).top);
        logger.info(
          { topic, count },
          "corrected the times of messages that a wrong clock had dated in the future",
        );
      }
      wronglyDated.delete(topic);
      if (!topic.startsWith("$")) toCheck.add(topic);
    }
  }

  /** Drops topics that have no messages, no readers and no rule of their own. */
  async function dropEmpty(): Promise<void> {
    const names = [...empty].filter((topic) => !topics.isActive(topic));
    for (let from = 0; from < names.length && !stopped; from += DROP_AT_ONCE) {
      const some = names.slice(from, from + DROP_AT_ONCE);
      await log.drop(some);
      for (const topic of some) {
        empty.delete(topic);
        due.delete(topic);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function run(): Promise<number> {
    const giveWay = createGiveWay();
    checkClock();
    if (isClockTrusted) await redate();
    let removed = 0;
    for await (const topic of dueTopics()) {
      if (stopped) return removed;
      if (topic !== "") removed += await trimTopic(topic);
      await giveWay();
    }
    if (removed > 0) {
      metrics.trimmed.inc(removed);
      logger.info({ removed }, "retention removed messages");
    }
    if (isClockTrusted && uptime() - hourlyAt >= HOURLY_MS) {
      hourlyAt = uptime();
      await dropEmpty();
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
