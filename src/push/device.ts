/**
 * Devices that receive push messages: the browsers of users, each by the address at its push service, with what the user
 * chose on it. Types and checks; devices keeps them.
 */
import { KabarError } from "../errors.ts";
import { isReachable, parseTarget } from "../hooks/hook-request.ts";
import type { PushMode, QuietHours, User } from "../model.ts";
import type { Grant } from "../rights.ts";
import { areValidKeys, type PushKeys } from "./encryption.ts";

/** What a user chose for a topic on a device. */
export interface PushChoice {
  mode: Exclude<PushMode, "none">;
  /** The address of the page with the chat, which a click opens. */
  page?: string;
}

export interface Device extends PushKeys {
  /** A hash of the endpoint. */
  id: string;
  user: Pick<User, "id" | "role">;
  /** The rights of the user's token, as they were when the user was last here. */
  grants?: readonly Grant[];
  /** The address at the push service: whoever knows it and the keys can send. Never logged. */
  endpoint: string;
  language?: string;
  quiet?: QuietHours;
  topics: Record<string, PushChoice>;
  /** When the user was last here with this device, in milliseconds since 1970. */
  seenAt: number;
}

/** Characters of an id: 96 bits of a hash. */
const ID_CHARACTERS = 16;

/** The id of the device with an endpoint. */
export const deviceIdOf = (endpoint: string): string =>
  new Bun.CryptoHasher("sha256").update(endpoint).digest("base64url").slice(0, ID_CHARACTERS);

/**
 * Checks a subscription as a browser gives it. An endpoint is an https address of the public Internet on the usual port:
 * visitors choose it, so it must not reach the operator's own network. Throws `bad-command`.
 */
export function requireSubscription(endpoint: string, keys: PushKeys, allowsPrivate: boolean): void {
  const url = parseTarget(endpoint);
  const isUsual = url?.protocol === "https:" && url.port === "";
  if (!url || !(isUsual || allowsPrivate) || !isReachable(url, allowsPrivate))
    throw new KabarError("bad-command", "endpoint: must be the https address of a public push service.");
  if (!areValidKeys(keys))
    throw new KabarError("bad-command", "p256dh and auth: must be the keys of the browser's subscription.");
}
