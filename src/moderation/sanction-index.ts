/**
 * Stored sanctions, folded from the control topic into memory by topic and subject. A subject is a user's id, or `address` and
 * a random id for a sanction on an IP address, whose hash is in its value. Keeps expired sanctions until they are removed there;
 * standings decides which ones are in force.
 */
import { z } from "zod";
import type { Control } from "../log/control.ts";

/** A mute or a ban as it is stored. */
const STORED_SANCTION = z.object({
  kind: z.enum(["ban", "mute"]),
  /** In milliseconds since 1970; null is for good. */
  until: z.number().nullable(),
  why: z.string().optional(),
  /** The moderator's id, and when it was imposed, in milliseconds since 1970. */
  by: z.string().default(""),
  at: z.number().default(0),
  /** The user's name at that time. */
  name: z.string().optional(),
  /** On an address: its hash, and the id of the user who wrote from it. */
  address: z.string().optional(),
  of: z.string().optional(),
});
export type StoredSanction = z.output<typeof STORED_SANCTION>;

/** A shadow ban as it is stored. It stays, with `on` false, after it ends. */
const STORED_SHADOW = STORED_SANCTION.omit({ kind: true, address: true, of: true }).extend({
  on: z.boolean(),
});
export type StoredShadow = z.output<typeof STORED_SHADOW>;

// Logs that exist have mutes and bans under this name. No topic and no id has a space: keys of one topic never begin like
// those of another.
const SANCTION_PREFIX = "sentence:";
const SHADOW_PREFIX = "shadow:";
const ADDRESS_PREFIX = "address ";

/** Kinds of keys under which the control topic has sanctions. */
export const SANCTION_KINDS = [SANCTION_PREFIX, SHADOW_PREFIX] as const;

/** The key of a mute or ban of a subject in a topic. */
export const sanctionKey = (topic: string, subject: string): string =>
  `${SANCTION_PREFIX}${topic} ${subject}`;
/** The key of a user's shadow ban in a topic. */
export const shadowKey = (topic: string, userId: string): string => `${SHADOW_PREFIX}${topic} ${userId}`;

/** A new subject for a sanction on an address. */
export const newAddressSubject = (): string => ADDRESS_PREFIX + crypto.randomUUID();
/** Whether a subject stands for an address. */
export const isAddressSubject = (subject: string): boolean => subject.startsWith(ADDRESS_PREFIX);

/** Values by topic and subject. */
class ByTopic<T> {
  readonly #topics = new Map<string, Map<string, T>>();

  get = (topic: string, subject: string): T | undefined => this.#topics.get(topic)?.get(subject);

  set(topic: string, subject: string, value: T | undefined): void {
    const subjects = this.#topics.get(topic) ?? new Map<string, T>();
    if (value) this.#topics.set(topic, subjects.set(subject, value));
    else if (subjects.delete(subject) && subjects.size === 0) this.#topics.delete(topic);
  }

  /** The subjects of a topic with their values. */
  in = (topic: string): Iterable<[subject: string, value: T]> => this.#topics.get(topic) ?? [];

  *all(): Generator<[topic: string, subject: string, value: T]> {
    for (const [topic, subjects] of this.#topics)
      for (const [subject, value] of subjects) yield [topic, subject, value];
  }

  get isEmpty(): boolean {
    return this.#topics.size === 0;
  }
}

/** Splits a key into topic and subject. */
function parseKey(key: string): [topic: string, subject: string] {
  const space = key.indexOf(" ");
  return [key.slice(key.indexOf(":") + 1, space), key.slice(space + 1)];
}

export type SanctionIndex = ReturnType<typeof createSanctionIndex>;

/** Folds the sanctions of the control topic and follows their changes. Parses each once, because every message needs them. */
export function createSanctionIndex(control: Control) {
  /** Mutes and bans by topic and subject. */
  const sanctions = new ByTopic<StoredSanction>();
  /** Shadow bans by topic and user id. */
  const shadows = new ByTopic<StoredShadow>();
  /** Subjects of the sanctions on an address, by topic and hash. */
  const byAddress = new Map<string, Set<string>>();

  function indexAddress(
    topic: string,
    address: string | undefined,
    change: (subjects: Set<string>) => void,
  ): void {
    if (address === undefined) return;
    const key = `${topic} ${address}`;
    const subjects = byAddress.get(key) ?? new Set<string>();
    change(subjects);
    if (subjects.size > 0) byAddress.set(key, subjects);
    else byAddress.delete(key);
  }

  function fold(key: string, value: unknown): void {
    const [topic, subject] = parseKey(key);
    if (key.startsWith(SANCTION_PREFIX)) {
      const sanction = STORED_SANCTION.safeParse(value).data;
      indexAddress(topic, sanctions.get(topic, subject)?.address, (subjects) => subjects.delete(subject));
      sanctions.set(topic, subject, sanction);
      indexAddress(topic, sanction?.address, (subjects) => subjects.add(subject));
    } else if (key.startsWith(SHADOW_PREFIX)) {
      shadows.set(topic, subject, STORED_SHADOW.safeParse(value).data);
    }
  }

  for (const prefix of SANCTION_KINDS)
    for (const [rest, value] of control.list(prefix)) fold(prefix + rest, value);
  control.onChange(fold);

  return {
    sanctions,
    shadows,

    /** Subjects of the sanctions on an address in a topic. */
    subjectsOn: (topic: string, address: string | undefined): Iterable<string> =>
      byAddress.get(`${topic} ${address}`) ?? [],

    /** Calls `listener` with the user's id whenever a sanction changes; with undefined for one on an address. */
    onChange(listener: (userId: string | undefined) => void): void {
      control.onChange((key) => {
        if (!SANCTION_KINDS.some((prefix) => key.startsWith(prefix))) return;
        const [, subject] = parseKey(key);
        listener(isAddressSubject(subject) ? undefined : subject);
      });
    },
  };
}
