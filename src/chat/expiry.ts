/**
 * Expiry of messages: removes those with `expiresAt` at that time, as their authors would, so that readers receive the removal
 * and the text leaves the log. The times are keys of the control topic: they survive a restart, and every node knows them.
 */
import { decodeBody } from "../log/message-body.ts";
import type { Cluster } from "../log/cluster.ts";
import type { Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import { createGiveWay } from "../give-way.ts";
import { entryAt, type MessageLog } from "../log/log.ts";
import type { Logger } from "../logger.ts";
import { amendmentOf } from "./changes.ts";

const PREFIX = "expires:";
/** The author of removals in the log: no user has this id, so that no user's message id is in their way. */
const EXPIRY = "expiry";
/** Messages that wait for their end: they are kept in memory. */
const MAX_EXPIRING = 100_000;
const MAX_EXPIRING_OF_TOPIC = 5000;
/** Messages that are removed together: thousands may end in the same moment. */
const AT_ONCE = 50;
/** Wait for another attempt, when the log is away or another node removes the messages. */
const RETRY_MS = 5000;
/** The longest wait of a timer: longer ones overflow. */
const MAX_WAIT_MS = 86_400_000;
/** The time after which a refused message may be sent again: others have to end first. */
const FULL_RETRY_MS = 60_000;

export interface ExpiryParts {
  log: MessageLog;
  control: Control;
  cluster: Pick<Cluster, "onDuty">;
  logger: Logger;
  /** Whether the system clock is right: a wrong one must not remove messages. */
  isClockTrusted: () => boolean;
  /** In milliseconds since 1970. */
  now?: () => number;
}

export type Expiry = ReturnType<typeof createExpiry>;

const keyOf = (topic: string, offset: number): string => `${topic} ${offset}`;

/** Creates the expiry over the control topic. Nothing expires before `start`. */
export function createExpiry({ log, control, cluster, logger, isClockTrusted, now = Date.now }: ExpiryParts) {
  /** The end of each waiting message, by topic and offset, and the number of them by topic. */
  const ends = new Map<string, number>();
  const counts = new Map<string, number>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let timerAt = Number.POSITIVE_INFINITY;
  let isStarted = false;

  function fold(key: string, value: unknown): void {
    const topic = key.slice(0, key.indexOf(" "));
    const before = ends.has(key) ? 1 : 0;
    if (typeof value === "number") ends.set(key, value);
    else ends.delete(key);
    const count = (counts.get(topic) ?? 0) + (ends.has(key) ? 1 : 0) - before;
    if (count > 0) counts.set(topic, count);
    else counts.delete(topic);
  }

  function schedule(atMs: number): void {
    if (!isStarted || atMs >= timerAt) return;
    clearTimeout(timer);
    timerAt = atMs;
    timer = setTimeout(() => void run(), Math.min(Math.max(0, atMs - now()), MAX_WAIT_MS));
  }

  /** Removes a message in its author's name, unless it is gone, and forgets its end. */
  async function expire(key: string): Promise<void> {
    const [topic = "", word = ""] = key.split(" ");
    const target = Number(word);
    const entry = await entryAt(log, topic, target);
    const body = entry && decodeBody(entry.body);
    if (body && body.kind === undefined && body.removed === undefined) {
      const change = amendmentOf({ user: body.user, moderates: true }, { kind: "remove", target }, now);
      const removal = { topic, userId: EXPIRY, id: `expire-${target}.${entry.tag}` };
      await log.append({ ...removal, ...change }).catch((error: unknown) => {
        // Its author or a moderator removed it meanwhile.
        if (!(error instanceof KabarError && error.code === "message-unknown")) throw error;
      });
    }
    await control.set(PREFIX + key, null, { by: EXPIRY });
  }

  async function expireDue(): Promise<void> {
    const due = [...ends].filter(([, end]) => end <= now()).map(([key]) => key);
    const giveWay = createGiveWay();
    for (let i = 0; i < due.length; i += AT_ONCE) {
      await Promise.all(due.slice(i, i + AT_ONCE).map(expire));
      await giveWay();
    }
  }

  async function run(): Promise<void> {
    timerAt = Number.POSITIVE_INFINITY;
    let retryAt = 0;
    const isDue = [...ends.values()].some((end) => end <= now());
    try {
      const ran = !isDue || (isClockTrusted() && (await cluster.onDuty("expiry", expireDue)));
      if (!ran) retryAt = now() + RETRY_MS;
    } catch (err) {
      if (!isStarted) return;
      logger.error({ err }, "messages could not be removed at their end");
      retryAt = now() + RETRY_MS;
    }
    let next = Number.POSITIVE_INFINITY;
    for (const end of ends.values()) next = Math.min(next, end);
    if (next < Number.POSITIVE_INFINITY) schedule(Math.max(next, retryAt));
  }

  for (const [key, value] of control.list(PREFIX)) fold(key, value);
  control.onChange((key, value) => {
    if (!key.startsWith(PREFIX)) return;
    fold(key.slice(PREFIX.length), value);
    if (typeof value === "number") schedule(value);
  });

  return {
    /** Throws `rate-limited` while too many messages wait for their end, in a topic or in all. */
    requireRoom(topic: string): void {
      if (ends.size < MAX_EXPIRING && (counts.get(topic) ?? 0) < MAX_EXPIRING_OF_TOPIC) return;
      throw new KabarError(
        "rate-limited",
        `expiresAt: ${MAX_EXPIRING_OF_TOPIC} messages of a topic, and ${MAX_EXPIRING} in all, may wait for their end.`,
        FULL_RETRY_MS,
      );
    },

    /** Remembers the end of a stored message. Resolves when that is stored. */
    async note(topic: string, offset: number, atMs: number): Promise<void> {
      if (ends.has(keyOf(topic, offset))) return;
      await control.set(PREFIX + keyOf(topic, offset), atMs, { by: EXPIRY });
    },

    /** Begins to remove messages; those whose end has passed at once. */
    start(): void {
      isStarted = true;
      schedule(0);
    },

    stop(): void {
      isStarted = false;
      clearTimeout(timer);
    },
  };
}
