/**
 * Delivery of push messages: decides at the last moment whether a device still wants a message, sends it, and heeds what the
 * push service says about the device.
 */
import { type Entry, entryAt, type MessageLog } from "../log/log.ts";
import { decodeBody, type StoredBody } from "../log/message-body.ts";
import type { Logger } from "../logger.ts";
import type { Device } from "./device.ts";
import type { Devices } from "./devices.ts";
import { createFailures } from "./failures.ts";
import { createLanes } from "./lanes.ts";
import { type Notice, noticeOf, tagOf } from "./notice.ts";
import type { DuePush, PushResult } from "./push-queue.ts";
import type { PushOutcome, SendPush, Urgency } from "./push-request.ts";
import { isQuiet } from "./quiet-hours.ts";

/** A push service keeps a message for a device that is off for a day. */
const TTL_S = 86_400;
/** Requests at once, to all push services and to one. */
const LANES = { total: 64, each: 16 };
/** Wait before what the log could not answer is looked at again. */
const LOG_AWAY_MS = 5000;
/** Refusals are logged this often: one wrong setting refuses every message. */
const WARN_EVERY_MS = 3_600_000;
/** Browsers there end a subscription whose messages show nothing. */
const SHOWS_EVERY_MESSAGE = /(?:^|\.)push\.apple\.com$/;

export interface DeliveryParts {
  log: MessageLog;
  devices: Devices;
  send: SendPush;
  logger: Pick<Logger, "warn">;
  /** Counts a request by its result. */
  count: (result: PushOutcome["kind"]) => void;
  /** Whether a user may still receive a topic. */
  mayReceive: (device: Device, topic: string) => boolean;
  /** The name of a topic in words. */
  nameOf: (topic: string) => string;
  /** Whether a push message has the text of the message. */
  withText: boolean;
  /** Aborted at the end of the server. */
  ended: AbortSignal;
  now: () => number;
}

/** How a message is sent: what it says, the seconds that a push service keeps it, and how soon it wakes the device. */
interface Request {
  notice: Notice;
  ttlS: number;
  urgency: Urgency;
}

/** How soon a message wakes a device: a mention and an urgent message at once. */
function urgencyOf({ mentions, priority = 3 }: StoredBody, userId: string): Urgency {
  if (priority >= 4 || mentions?.includes(userId)) return "high";
  return priority <= 1 ? "low" : "normal";
}

/** Creates the delivery. */
export function createDelivery(parts: DeliveryParts) {
  const { log, devices, logger, ended, now } = parts;
  const failures = createFailures(now);
  const lanes = createLanes(LANES);
  let warnedAt = Number.NEGATIVE_INFINITY;

  /** Notes what an answer says about a device. Resolves to whether the device stays. */
  async function heed(device: Device, outcome: PushOutcome): Promise<boolean> {
    parts.count(outcome.kind);
    if (outcome.kind === "refused" && now() - warnedAt > WARN_EVERY_MS) {
      warnedAt = now();
      const { host } = new URL(device.endpoint);
      const { status } = outcome;
      logger.warn({ service: host, status }, "a push service refuses messages; is push_contact right?");
    }
    const isOver = failures.note(device.id, outcome);
    if (isOver) await devices.remove(device.id);
    return !isOver;
  }

  /** The request for a message as it is now; undefined when it is removed or over. */
  function requestOf(device: Device, due: DuePush, entry: Entry | undefined): Request | undefined {
    const body = entry && decodeBody(entry.body);
    if (!entry || !body || body.removed) return undefined;
    const leftS = ((body.expiresAt ?? Number.POSITIVE_INFINITY) - now()) / 1000;
    if (leftS <= 0) return undefined;
    const { topic, count } = due;
    const name = parts.withText ? { name: parts.nameOf(topic) } : {};
    return {
      notice: noticeOf(device, { topic, body, count, at: entry.at, ...name }),
      ttlS: Math.min(TTL_S, leftS),
      urgency: urgencyOf(body, device.user.id),
    };
  }

  /** Sends one message. Resolves to what came of it; undefined when the device is gone or the server ends. */
  async function attempt(due: DuePush): Promise<PushResult | undefined> {
    const device = devices.get(due.device);
    if (!device) return undefined;
    const closing: Request = {
      notice: { tag: tagOf(due.topic), close: true },
      ttlS: TTL_S,
      urgency: "normal",
    };
    const request =
      due.offset === 0 ? closing : requestOf(device, due, await entryAt(log, due.topic, due.offset));
    if (!request) return { kind: "dropped" };
    const outcome = await parts.send(device, request.notice, request, ended);
    if (ended.aborted || !(await heed(device, outcome))) return undefined;
    if (outcome.kind === "sent") return { kind: "sent" };
    const isOld = now() - due.since > TTL_S * 1000;
    if (outcome.kind !== "failed" || isOld) return { kind: "dropped" };
    return { kind: "failed", retryAt: failures.retryAt(device.id) };
  }

  return {
    forget: failures.forget,

    /** The device of a message that may go out, as far as memory says; else what becomes of the message. */
    judge({ device: id, topic, offset }: DuePush): Device | PushResult {
      const device = devices.get(id);
      if (!device?.topics[topic] || !parts.mayReceive(device, topic)) return { kind: "dropped" };
      const showsAll = SHOWS_EVERY_MESSAGE.test(new URL(device.endpoint).hostname);
      if (offset === 0) return showsAll ? { kind: "dropped" } : device;
      if (device.quiet && isQuiet(device.quiet, now())) return { kind: "dropped" };
      const retryAt = failures.retryAt(id);
      return retryAt > now() ? { kind: "failed", retryAt } : device;
    },

    /** Sends a message in the lane of its push service. Resolves to what came of it, as `attempt` does. Never rejects. */
    deliver: (due: DuePush, { endpoint }: Device): Promise<PushResult | undefined> =>
      lanes
        .run(new URL(endpoint).host, () => attempt(due))
        // The log is away, and logs that itself.
        .catch(() => ({ kind: "failed", retryAt: now() + LOG_AWAY_MS })),
  };
}
