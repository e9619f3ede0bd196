/**
 * Corrects the dates that a wrong system clock gave to entries. Remembers the topics that may have such dates, and gives
 * their future entries the present time once the clock is right again.
 */
import type { Entry, MessageLog } from "../log/log.ts";
import type { Logger } from "../logger.ts";
import { createSteadyClock } from "../steady-clock.ts";
import type { Topics } from "./topics.ts";

const DAY_MS = 86_400_000;
/** At the start, a clock that is further than this ahead of the newest entry is not trusted. */
const LONG_AGO_MS = 366 * DAY_MS;
/** A wrong clock dated an entry that is further than this ahead of the present time. */
const LEAP_MS = DAY_MS;

export interface WrongDatesParts {
  log: MessageLog;
  topics: Pick<Topics, "forget">;
  logger: Logger;
  /** The system clock, in milliseconds since 1970. */
  now: () => number;
  /** Monotonic time in milliseconds, independent of the system clock. */
  uptime: () => number;
}

/** Makes the correction of wrong dates. */
export function createWrongDates({ log, topics, logger, now, uptime }: WrongDatesParts) {
  const judgeClock = createSteadyClock(
    now,
    uptime,
    log.newestAt() > 0 && now() - log.newestAt() > LONG_AGO_MS,
  );
  /**
   * Topics that may have wrong dates: written to while the clock was not trusted, or dated in the future. Entries further
   * ahead than `leapMs` get a new date; an infinite `leapMs` waits until the clock is trusted.
   */
  const suspects = new Map<string, { leapMs: number }>();
  let isClockTrusted = true;

  function checkClock(): void {
    const judgement = judgeClock();
    if (isClockTrusted && judgement === "doubt")
      logger.warn(
        "the system clock jumped: retention by age pauses for an hour, or until the clock is right again",
      );
    isClockTrusted = judgement !== "doubt";
    // The wrong clock dated every entry that was written in the meantime.
    if (judgement === "back") for (const topic of suspects.keys()) suspects.set(topic, { leapMs: 0 });
    if (judgement === "sure")
      for (const [topic, { leapMs }] of suspects)
        if (leapMs === Number.POSITIVE_INFINITY) suspects.delete(topic);
  }

  return {
    /** Whether the system clock can be trusted, by the last check. */
    isClockTrusted: (): boolean => isClockTrusted,

    /** Compares the system clock with the uptime. Call it before every use of the system clock. */
    checkClock,

    /** Checks the clock and remembers the topics of entries that it may have dated wrongly. */
    note(entries: readonly Entry[]): void {
      checkClock();
      for (const { topic, at } of entries) {
        if (suspects.has(topic)) continue;
        if (!isClockTrusted) suspects.set(topic, { leapMs: Number.POSITIVE_INFINITY });
        else if (at > now() + LEAP_MS) suspects.set(topic, { leapMs: LEAP_MS });
      }
    },

    /** Sets wrong dates in the future to the present time. Yields each topic that it has looked through. */
    async *correct(): AsyncGenerator<string> {
      for (const [topic, { leapMs }] of suspects) {
        if (leapMs === Number.POSITIVE_INFINITY) continue;
        const count = await log.redate(topic, now(), leapMs);
        if (count > 0) {
          topics.forget(topic, (await log.state(topic)).top);
          logger.info(
            { topic, count },
            "corrected the times of messages that a wrong clock had dated in the future",
          );
        }
        suspects.delete(topic);
        yield topic;
      }
    },
  };
}
