/**
 * The choices of a user about push messages: for which topic, on which device, which messages, and when not. Bounds what a
 * user keeps, and decides who may have push messages at all.
 */
import { KabarError } from "../errors.ts";
import { presentFields } from "../optional-fields.ts";
import type { CommandFields, CommandResults } from "../protocol.ts";
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import { type Device, deviceIdOf, type PushChoice, requireSubscription } from "./device.ts";
import type { Devices } from "./devices.ts";
import { isTimeZone } from "./quiet-hours.ts";

/** Devices of a user: phones, computers, browsers. */
const MAX_DEVICES_OF_USER = 10;
/** Topics of a device. */
const MAX_TOPICS = 50;

export interface ChoosingParts {
  auth: Pick<Auth, "requireRights">;
  devices: Devices;
  /** Whether a user may still receive a topic. */
  mayReceive: (device: Device, topic: string) => boolean;
  publicKey: () => string;
  isOn: boolean;
  withText: boolean;
  allowsPrivate: boolean;
  /** Devices of the server. */
  maxDevices: number;
  now?: () => number;
}

export type ChoosePush = ReturnType<typeof createChoosing>;

/** Only persons have devices: a guest with a credential, or a signed user. */
function requirePerson({ user: { id } }: Identity): void {
  if (!/^(?:u:|g-)/.test(id))
    throw new KabarError("forbidden", "Only guests and signed users receive push messages.");
}

/** Makes the function that answers the command `push`. */
export function createChoosing(parts: ChoosingParts) {
  const { auth, devices, allowsPrivate, now = Date.now } = parts;

  const answer = (topic: string, device: Device | undefined): CommandResults["push"] => ({
    key: parts.publicKey(),
    text: parts.withText,
    mode: device?.topics[topic]?.mode ?? "none",
    ...presentFields({ quiet: device?.quiet }),
  });

  /** The device with an endpoint, if it is the user's. */
  function ownDevice(userId: string, endpoint: string | undefined): Device | undefined {
    const known = endpoint === undefined ? undefined : devices.get(deviceIdOf(endpoint));
    return known?.user.id === userId ? known : undefined;
  }

  /** Throws when a user, or the server, would keep too many devices. */
  function requireRoom(userId: string): void {
    if (devices.ofUser(userId).length >= MAX_DEVICES_OF_USER)
      throw new KabarError(
        "rate-limited",
        `A user has push messages on at most ${MAX_DEVICES_OF_USER} devices.`,
      );
    if (devices.count() >= parts.maxDevices)
      throw new KabarError("rate-limited", "This server keeps no more devices for push messages.");
  }

  /** Removes the choice for a topic; a device without choices is removed. */
  async function drop(device: Device | undefined, topic: string): Promise<void> {
    if (!device?.topics[topic]) return;
    const { [topic]: _, ...topics } = device.topics;
    if (Object.keys(topics).length === 0) await devices.remove(device.id);
    else await devices.set({ ...device, topics });
  }

  /** The device with a changed choice. Throws for what is no subscription, or not the user's. */
  function deviceWith(
    { user, grants }: Identity,
    command: CommandFields["push"],
    choice: PushChoice,
  ): Device {
    const { topic, endpoint, p256dh, auth: secret, quiet, language } = command;
    if (endpoint === undefined || p256dh === undefined || secret === undefined)
      throw new KabarError(
        "bad-command",
        "endpoint, p256dh and auth: must be those of the browser's subscription.",
      );
    requireSubscription(endpoint, { p256dh, auth: secret }, allowsPrivate);
    if (quiet && !isTimeZone(quiet.zone))
      throw new KabarError("bad-command", "quiet.zone: must be a time zone such as Europe/Berlin.");
    const id = deviceIdOf(endpoint);
    const known = devices.get(id);
    // Another user of the same browser proves it with the secret that only the browser has.
    if (known && known.auth !== secret)
      throw new KabarError("forbidden", "This device belongs to another user.");
    const own = ownDevice(user.id, endpoint);
    if (!own) requireRoom(user.id);
    return {
      id,
      user: { id: user.id, role: user.role },
      endpoint,
      p256dh,
      auth: secret,
      topics: { ...own?.topics, [topic]: choice },
      seenAt: now(),
      ...presentFields({ grants, language, quiet: quiet === undefined ? own?.quiet : (quiet ?? undefined) }),
    };
  }

  return async (who: Identity, command: CommandFields["push"]): Promise<CommandResults["push"]> => {
    if (!parts.isOn) throw new KabarError("push-off");
    requirePerson(who);
    const { topic, endpoint, mode, page } = command;
    const own = ownDevice(who.user.id, endpoint);
    if (mode === "none") {
      await drop(own, topic);
      return answer(topic, undefined);
    }
    auth.requireRights(who, topic, "read");
    if (mode === undefined) return answer(topic, own);
    const device = deviceWith(who, command, { mode, ...presentFields({ page }) });
    if (Object.keys(device.topics).length > MAX_TOPICS)
      throw new KabarError("rate-limited", `A device has push messages of at most ${MAX_TOPICS} topics.`);
    if (!parts.mayReceive(device, topic))
      throw new KabarError("banned", "You are banned here, so you receive no push messages.");
    await devices.set(device);
    return answer(topic, device);
  };
}
