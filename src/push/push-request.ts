/**
 * One request to a push service (RFC 8030): an encrypted notification with its time to live, its urgency and its topic, and
 * what the answer means for the device.
 */
import { type HookAnswer, PRIVATE_HOST, type SendBody } from "../hooks/hook-request.ts";
import type { Device } from "./device.ts";
import { encryptPush } from "./encryption.ts";
import type { Notice } from "./notice.ts";
import type { Vapid } from "./vapid.ts";

/** How soon a push service wakes a device (RFC 8030 section 5.3). */
export type Urgency = "low" | "normal" | "high";

/** What an answer means: the push service has the message, the device is gone, the message is refused, or to try again. */
export type PushOutcome =
  | { kind: "sent" }
  | { kind: "gone" }
  | { kind: "refused"; status: number }
  | { kind: "failed"; retryAfterMs?: number | undefined };

/** Characters of the topic of a message (RFC 8030 section 5.4), by which a push service replaces one that waits. */
const TOPIC_CHARACTERS = 32;
/** Answers that may differ later, besides those from 500 on: the service is slow, or wants fewer requests. */
const PASSING = new Set([408, 425, 429]);

function outcomeOf({ status, error, retryAfterMs }: HookAnswer): PushOutcome {
  if (status === undefined) return error === PRIVATE_HOST ? { kind: "gone" } : { kind: "failed" };
  if (status >= 200 && status < 300) return { kind: "sent" };
  if (status === 404 || status === 410) return { kind: "gone" };
  return status >= 500 || PASSING.has(status)
    ? { kind: "failed", retryAfterMs }
    : { kind: "refused", status };
}

export type SendPush = ReturnType<typeof createPushSender>;

/** Creates the function that sends. `secret` hides from push services which topic a message belongs to. */
export function createPushSender({ vapid, send, secret }: { vapid: Vapid; send: SendBody; secret: string }) {
  const hideTopic = (device: string, tag: string): string =>
    new Bun.CryptoHasher("sha256", secret)
      .update(`${device} ${tag}`)
      .digest("base64url")
      .slice(0, TOPIC_CHARACTERS);

  /** Sends a notification to a device, which a push service keeps for `ttlS` seconds. Never rejects. */
  return async (
    device: Device,
    notice: Notice,
    { ttlS, urgency }: { ttlS: number; urgency: Urgency },
    ended: AbortSignal,
  ): Promise<PushOutcome> => {
    const body = encryptPush(JSON.stringify(notice), device);
    const headers = {
      "Content-Type": "application/octet-stream",
      "Content-Encoding": "aes128gcm",
      Authorization: await vapid.authorize(device.endpoint),
      TTL: String(Math.max(0, Math.floor(ttlS))),
      Topic: hideTopic(device.id, notice.tag),
      Urgency: urgency,
    };
    return outcomeOf(await send(device.endpoint, body, headers, ended));
  };
}
