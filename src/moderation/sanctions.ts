/**
 * Who may not write for a while, or for good, and who is hidden: sentences as entries of the control topic, by topic and
 * user; one on an address has its hash in it for as long as it holds. What is laid on somebody can
 * be listed and lifted.
 */
import { z } from "zod";
import { type Audience, authorAudience, EVERYBODY } from "../topics/audience.ts";
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import { createGiveWay } from "../give-way.ts";
import type { ModerationAct, Sanction, Standing } from "../model.ts";

const SENTENCE = z.object({
  kind: z.enum(["ban", "mute"]),
  until: z.number().nullable(),
  why: z.string().optional(),
  /** Who laid it on, and when. */
  by: z.string().default(""),
  at: z.number().default(0),
  /** The user's name at that time. */
  name: z.string().optional(),
  /** On an address: its hash, and whose it was. */
  address: z.string().optional(),
  of: z.string().optional(),
});
type Sentence = z.output<typeof SENTENCE>;

const SHADOW = SENTENCE.omit({ kind: true, address: true, of: true }).extend({ on: z.boolean() });
type Shadow = z.output<typeof SHADOW>;

/** Values by topic and subject. */
class ByTopic<T> {
  readonly #topics = new Map<string, Map<string, T>>();

  get = (topic: string, subject: string): T | undefined => this.#topics.get(topic)?.get(subject);

  keep(topic: string, subject: string, value: T | undefined): void {
    const subjects = this.#topics.get(topic) ?? new Map<string, T>();
    if (value) this.#topics.set(topic, subjects.set(subject, value));
    else if (subjects.delete(subject) && subjects.size === 0) this.#topics.delete(topic);
  }

  /** A topic's subjects and their values. */
  of = (topic: string): Iterable<[string, T]> => this.#topics.get(topic) ?? [];

  *all(): Generator<[topic: string, subject: string, value: T]> {
    for (const [topic, subjects] of this.#topics)
      for (const [subject, value] of subjects) yield [topic, subject, value];
  }

  get isEmpty(): boolean {
    return this.#topics.size === 0;
  }
}

/** What is laid on whom. */
export interface Verdict {
  kind: Sentence["kind"];
  user: string;
  name?: string | undefined;
  /** Undefined is for good. */
  seconds: number | undefined;
  /** Hashes of addresses that it holds for, too. */
  addresses: readonly string[];
}

/** Who is hidden, or no longer. */
export interface Shadowing {
  user: string;
  on: boolean;
  seconds?: number | undefined;
  name?: string | undefined;
}

/** Somebody in a topic, and the hash of the address they come from, where the door knows it. */
export interface Speaker {
  topic: string;
  userId: string;
  address?: string | undefined;
}

export type Sanctions = ReturnType<typeof createSanctions>;

/** Makes them over the control topic. */
export function createSanctions(control: Control, now: () => number) {
  // Neither topics nor ids have spaces: no key of one topic begins like another's.
  const keyOf = (topic: string, subject: string) => `sentence:${topic} ${subject}`;
  const shadowKey = (topic: string, userId: string) => `shadow:${topic} ${userId}`;
  /** As the control topic has them, read once: they are asked for every message. */
  const sentences = new ByTopic<Sentence>();
  const shadows = new ByTopic<Shadow>();
  /** Subjects of sentences on an address, by topic and hash. */
  const byAddress = new Map<string, Set<string>>();

  function index(topic: string, address: string | undefined, change: (subjects: Set<string>) => void): void {
    if (address === undefined) return;
    const at = `${topic} ${address}`;
    const subjects = byAddress.get(at) ?? new Set<string>();
    change(subjects);
    if (subjects.size > 0) byAddress.set(at, subjects);
    else byAddress.delete(at);
  }
  function fold(key: string, value: unknown): void {
    const colon = key.indexOf(":");
    const space = key.indexOf(" ");
    const [topic, subject] = [key.slice(colon + 1, space), key.slice(space + 1)];
    if (key.startsWith("sentence:")) {
      const sentence = SENTENCE.safeParse(value).data;
      index(topic, sentences.get(topic, subject)?.address, (subjects) => subjects.delete(subject));
      sentences.keep(topic, subject, sentence);
      index(topic, sentence?.address, (subjects) => subjects.add(subject));
    } else if (key.startsWith("shadow:")) shadows.keep(topic, subject, SHADOW.safeParse(value).data);
  }
  for (const prefix of ["sentence:", "shadow:"])
    for (const [rest, value] of control.list(prefix)) fold(prefix + rest, value);
  control.onChange(fold);

  const endOf = (seconds: number | undefined) => (seconds === undefined ? null : now() + seconds * 1000);
  const holds = ({ until }: { until: number | null }): boolean => until === null || until > now();

  function inForce(topic: string, subject: string): Sentence | undefined {
    const sentence = sentences.get(topic, subject);
    return sentence && holds(sentence) ? sentence : undefined;
  }

  /** The heaviest of what a user, or their address, is under in a topic. */
  function sentenceOf({ topic, userId, address }: Speaker): Sentence | undefined {
    if (sentences.isEmpty) return undefined; // as on most days
    const subjects = [userId, ...(byAddress.get(`${topic} ${address}`) ?? [])];
    const found = subjects.flatMap((subject) => inForce(topic, subject) ?? []);
    return found.find(({ kind }) => kind === "ban") ?? found[0];
  }

  /** Subjects of the sentences in force on addresses, by the user whose they are. */
  function addressesIn(topic: string): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const [subject, sentence] of sentences.of(topic)) {
      if (sentence.of === undefined || !holds(sentence)) continue;
      found.set(sentence.of, [...(found.get(sentence.of) ?? []), subject]);
    }
    return found;
  }
  const addressesUnder = (topic: string, user: string): string[] => addressesIn(topic).get(user) ?? [];

  /** The act that would lay a user's present sentence on again. */
  function presentAct(topic: string, user: string): ModerationAct | undefined {
    const sentence = inForce(topic, user);
    if (!sentence) return undefined;
    const { kind, until, why } = sentence;
    const seconds = until === null ? undefined : Math.ceil((until - now()) / 1000);
    const reason = why === undefined ? {} : { why };
    if (kind === "mute" && seconds !== undefined) return { action: "timeout", user, seconds, ...reason };
    const address = addressesUnder(topic, user).length > 0;
    return { action: "ban", user, ...(seconds === undefined ? {} : { seconds }), address, ...reason };
  }

  /** Ends a sentence; an address's hash is not kept any longer than that. */
  function end(topic: string, subject: string, cause: Cause): Promise<unknown> {
    const key = keyOf(topic, subject);
    if (sentences.get(topic, subject)?.address === undefined) return control.set(key, null, cause);
    return control.forget(key, (value) => ({ ...Object(value), address: undefined }), cause);
  }

  async function lift(topic: string, user: string, cause: Cause): Promise<void> {
    for (const subject of [user, ...addressesUnder(topic, user)])
      if (sentences.get(topic, subject)) await end(topic, subject, cause);
  }

  const shadowOf = (topic: string, userId: string) => shadows.get(topic, userId);

  const describe = (
    user: string,
    kind: Sanction["kind"],
    { until, why, by, at, name }: Omit<Sentence, "kind">,
  ): Sanction => ({
    user,
    kind,
    by,
    at,
    ...(name === undefined ? {} : { name }),
    ...(until === null ? {} : { until }),
    ...(why === undefined ? {} : { why }),
  });

  return {
    /** Throws `banned` or `muted` for who is. */
    requireNotSilenced(speaker: Speaker): void {
      const sentence = sentenceOf(speaker);
      if (!sentence) return;
      const until = sentence.until === null ? "" : ` until ${new Date(sentence.until).toISOString()}`;
      const why = sentence.why === undefined ? "" : `: ${sentence.why}`;
      const wait = sentence.until === null ? undefined : sentence.until - now();
      if (sentence.kind === "ban")
        throw new KabarError("banned", `You are banned from writing here${until}${why}.`);
      throw new KabarError("muted", `You are muted here${until}${why}.`, wait);
    },

    /** How a user stands in a topic. */
    standingOf(topic: string, userId: string, address?: string): Standing {
      const sentence = sentenceOf({ topic, userId, address });
      if (!sentence) return { state: "ok" };
      return {
        state: sentence.kind === "ban" ? "banned" : "muted",
        ...(sentence.until === null ? {} : { until: sentence.until }),
        ...(sentence.why === undefined ? {} : { why: sentence.why }),
      };
    },

    /** Bans or mutes a user in a topic, in place of what they were under. Resolves to the act that undoes it. */
    async lay(topic: string, verdict: Verdict, cause: Cause): Promise<ModerationAct> {
      const { kind, user, name, seconds, addresses } = verdict;
      const undo = presentAct(topic, user) ?? { action: "unban", user };
      await lift(topic, user, cause);
      const value: Sentence = {
        kind,
        until: endOf(seconds),
        by: cause.by,
        at: now(),
        ...(cause.why === undefined ? {} : { why: cause.why }),
        ...(name === undefined ? {} : { name }),
      };
      await control.set(keyOf(topic, user), value, cause);
      for (const address of addresses) {
        const key = keyOf(topic, `address ${crypto.randomUUID()}`);
        await control.set(key, { ...value, address, of: user }, cause);
      }
      return undo;
    },

    /** Lets a user, and their addresses, write again. Resolves to the act that undoes it, if there was anything to lift. */
    async pardon(topic: string, user: string, cause: Cause): Promise<ModerationAct | undefined> {
      const undo = presentAct(topic, user);
      await lift(topic, user, cause);
      return undo;
    },

    /**
     * Hides what a user writes in a topic from now on, or no longer. The record stays when it ends: what was hidden is
     * still to be served to its author. Resolves to the act that undoes it.
     */
    async shadow(
      topic: string,
      { user, on, seconds, name }: Shadowing,
      cause: Cause,
    ): Promise<ModerationAct> {
      const before = shadowOf(topic, user);
      const wasOn = before?.on === true && holds(before);
      const rest =
        wasOn && before.until !== null ? { seconds: Math.ceil((before.until - now()) / 1000) } : {};
      const value: Shadow = {
        on,
        until: on ? endOf(seconds) : null,
        by: cause.by,
        at: now(),
        ...(cause.why === undefined ? {} : { why: cause.why }),
        ...(name === undefined ? {} : { name }),
      };
      await control.set(shadowKey(topic, user), value, cause);
      return { action: "shadow", user, on: wasOn, ...rest };
    },

    /** Whether what a user writes in a topic is hidden now. */
    isShadowBanned(topic: string, userId: string): boolean {
      const shadow = shadowOf(topic, userId);
      return shadow?.on === true && holds(shadow);
    },

    /** As whom a user who does not moderate is served a topic: who was ever hidden there is served their own. */
    audienceOf: (topic: string, userId: string): Audience =>
      shadowOf(topic, userId) ? authorAudience(userId) : EVERYBODY,

    /** For how many addresses a user's ban holds. */
    countAddresses: (topic: string, user: string): number => addressesUnder(topic, user).length,

    /** Who is muted, banned or hidden in a topic now. */
    list(topic: string): Sanction[] {
      const addresses = addressesIn(topic);
      const written: Sanction[] = [];
      for (const [user, sentence] of sentences.of(topic)) {
        if (user.startsWith("address ") || !holds(sentence)) continue;
        const address = addresses.has(user) ? { address: true } : {};
        written.push({ ...describe(user, sentence.kind, sentence), ...address });
      }
      const hidden: Sanction[] = [];
      for (const [user, shadow] of shadows.of(topic))
        if (shadow.on && holds(shadow)) hidden.push(describe(user, "shadow", shadow));
      return [...written, ...hidden];
    },

    /** Keeps what is laid on a user in a topic, and not what they were called. */
    async forgetName(topic: string, user: string, cause: Cause): Promise<void> {
      const nameless = (value: unknown) => ({ ...Object(value), name: undefined });
      for (const subject of [user, ...addressesUnder(topic, user)]) {
        const value = sentences.get(topic, subject);
        if (value?.name !== undefined)
          await control.forget(keyOf(topic, subject), nameless, cause, nameless(value));
      }
      const value = shadows.get(topic, user);
      if (value?.name !== undefined)
        await control.forget(shadowKey(topic, user), nameless, cause, nameless(value));
    },

    /** Ends the sentences and shadows whose time is over. Call it now and then. */
    async sweep(): Promise<void> {
      const giveWay = createGiveWay();
      const cause: Cause = { by: "server", why: "its time is over" };
      for (const [topic, subject, sentence] of sentences.all()) {
        if (!holds(sentence)) await end(topic, subject, cause);
        await giveWay();
      }
      // The record stays: what was hidden is still served to its author.
      for (const [topic, user, shadow] of shadows.all()) {
        const ended: Shadow = { ...shadow, on: false, until: null };
        if (shadow.on && !holds(shadow)) await control.set(shadowKey(topic, user), ended, cause);
        await giveWay();
      }
    },

    /** Calls `listener` with the user whenever a sanction begins or ends; without one when it is on an address. */
    onChange(listener: (userId: string | undefined) => void): void {
      control.onChange((key) => {
        if (!/^(?:shadow|sentence):/.test(key)) return;
        const subject = key.slice(key.indexOf(" ") + 1);
        listener(subject.startsWith("address ") ? undefined : subject);
      });
    },
  };
}
