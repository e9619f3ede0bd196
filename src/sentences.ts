/**
 * Who may not write for a while, or for good, and who is hidden: sentences as entries of the control topic, by topic and
 * user; one on an address has its hash in it for as long as it holds. What is laid on somebody can
 * be listed and lifted.
 */
import { z } from "zod";
import { type Audience, authorAudience, EVERYBODY } from "./audience.ts";
import type { Cause, Control } from "./control.ts";
import { KabarError } from "./errors.ts";
import type { ModerationAct, SentenceOn, Standing } from "./model.ts";

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

function keep<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value) map.set(key, value);
  else map.delete(key);
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

export type Sentences = ReturnType<typeof createSentences>;

/** Makes them over the control topic. */
export function createSentences(control: Control, now: () => number) {
  // Neither topics nor ids have spaces: no key of one topic begins like another's.
  const keyOf = (topic: string, subject: string) => `sentence:${topic} ${subject}`;
  const topicOf = (key: string) => key.slice("sentence:".length, key.indexOf(" "));
  const shadowKey = (topic: string, userId: string) => `shadow:${topic} ${userId}`;
  /** As the control topic has them, read once: they are asked for every message. */
  const sentences = new Map<string, Sentence>();
  const shadows = new Map<string, Shadow>();
  /** Keys of sentences on an address, by topic and hash. */
  const byAddress = new Map<string, Set<string>>();

  function index(key: string, address: string | undefined, change: (keys: Set<string>) => void): void {
    if (address === undefined) return;
    const at = `${topicOf(key)} ${address}`;
    const keys = byAddress.get(at) ?? new Set<string>();
    change(keys);
    if (keys.size > 0) byAddress.set(at, keys);
    else byAddress.delete(at);
  }
  function fold(key: string, value: unknown): void {
    if (key.startsWith("sentence:")) {
      const sentence = SENTENCE.safeParse(value).data;
      index(key, sentences.get(key)?.address, (keys) => keys.delete(key));
      keep(sentences, key, sentence);
      index(key, sentence?.address, (keys) => keys.add(key));
    } else if (key.startsWith("shadow:")) keep(shadows, key, SHADOW.safeParse(value).data);
  }
  for (const prefix of ["sentence:", "shadow:"])
    for (const [rest, value] of control.list(prefix)) fold(prefix + rest, value);
  control.onChange(fold);

  const endOf = (seconds: number | undefined) => (seconds === undefined ? null : now() + seconds * 1000);
  const holds = ({ until }: { until: number | null }): boolean => until === null || until > now();

  function inForce(key: string): Sentence | undefined {
    const sentence = sentences.get(key);
    return sentence && holds(sentence) ? sentence : undefined;
  }

  /** Sentences in force whose key begins like this, by the rest of the key. */
  const inForceUnder = (prefix: string): [string, Sentence][] =>
    [...sentences]
      .filter(([key, sentence]) => key.startsWith(prefix) && holds(sentence))
      .map(([key, sentence]) => [key.slice(prefix.length), sentence]);

  /** The heaviest of what a user, or their address, is under in a topic. */
  function sentenceOf({ topic, userId, address }: Speaker): Sentence | undefined {
    if (sentences.size === 0) return undefined; // as on most days
    const keys = [keyOf(topic, userId), ...(byAddress.get(`${topic} ${address}`) ?? [])];
    const found = keys.flatMap((key) => inForce(key) ?? []);
    return found.find(({ kind }) => kind === "ban") ?? found[0];
  }

  /** Keys of the sentences on addresses of a user. */
  const addressesUnder = (topic: string, user: string): string[] =>
    inForceUnder(keyOf(topic, "address ")).flatMap(([rest, { of }]) =>
      of === user ? [keyOf(topic, `address ${rest}`)] : [],
    );

  /** The act that would lay a user's present sentence on again. */
  function presentAct(topic: string, user: string): ModerationAct | undefined {
    const sentence = inForce(keyOf(topic, user));
    if (!sentence) return undefined;
    const { kind, until, why } = sentence;
    const seconds = until === null ? undefined : Math.ceil((until - now()) / 1000);
    const reason = why === undefined ? {} : { why };
    if (kind === "mute" && seconds !== undefined) return { action: "timeout", user, seconds, ...reason };
    const address = addressesUnder(topic, user).length > 0;
    return { action: "ban", user, ...(seconds === undefined ? {} : { seconds }), address, ...reason };
  }

  /** Ends a sentence; an address's hash is not kept any longer than that. */
  function end(key: string, cause: Cause): Promise<unknown> {
    if (sentences.get(key)?.address === undefined) return control.set(key, null, cause);
    return control.forget(key, (value) => ({ ...Object(value), address: undefined }), cause);
  }

  async function lift(topic: string, user: string, cause: Cause): Promise<void> {
    const keys = [keyOf(topic, user), ...addressesUnder(topic, user)];
    for (const key of keys) if (sentences.has(key)) await end(key, cause);
  }

  const shadowOf = (topic: string, userId: string) =>
    shadows.size === 0 ? undefined : shadows.get(shadowKey(topic, userId));

  const describe = (
    user: string,
    kind: SentenceOn["kind"],
    { until, why, by, at, name }: Omit<Sentence, "kind">,
  ): SentenceOn => ({
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
    requireVoice(speaker: Speaker): void {
      const sentence = sentenceOf(speaker);
      if (!sentence) return;
      const until = sentence.until === null ? "" : ` until ${new Date(sentence.until).toISOString()}`;
      const why = sentence.why === undefined ? "" : `: ${sentence.why}`;
      const wait = sentence.until === null ? undefined : sentence.until - now();
      if (sentence.kind === "ban") throw new KabarError("banned", `You may not write here${until}${why}.`);
      throw new KabarError("muted", `You may not write here${until}${why}.`, wait);
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
    isHidden(topic: string, userId: string): boolean {
      const shadow = shadowOf(topic, userId);
      return shadow?.on === true && holds(shadow);
    },

    /** As whom a user who does not moderate is served a topic: who was ever hidden there is served their own. */
    audienceOf: (topic: string, userId: string): Audience =>
      shadowOf(topic, userId) ? authorAudience(userId) : EVERYBODY,

    /** For how many addresses a user's ban holds. */
    countAddresses: (topic: string, user: string): number => addressesUnder(topic, user).length,

    /** Who is muted, banned or hidden in a topic now. */
    list(topic: string): SentenceOn[] {
      const written = inForceUnder(keyOf(topic, "")).flatMap(([user, sentence]) => {
        if (user.startsWith("address ")) return [];
        const address = addressesUnder(topic, user).length > 0 ? { address: true } : {};
        return [{ ...describe(user, sentence.kind, sentence), ...address }];
      });
      const prefix = shadowKey(topic, "");
      const hidden = [...shadows].flatMap(([key, shadow]) =>
        key.startsWith(prefix) && shadow.on && holds(shadow)
          ? [describe(key.slice(prefix.length), "shadow", shadow)]
          : [],
      );
      return [...written, ...hidden];
    },

    /** Keeps what is laid on a user in a topic, and not what they were called. */
    async forgetName(topic: string, user: string, cause: Cause): Promise<void> {
      const nameless = (value: unknown) => ({ ...Object(value), name: undefined });
      for (const key of [keyOf(topic, user), ...addressesUnder(topic, user), shadowKey(topic, user)]) {
        const value = sentences.get(key) ?? shadows.get(key);
        if (value?.name !== undefined) await control.forget(key, nameless, cause, nameless(value));
      }
    },

    /** Ends the sentences and shadows whose time is over. Call it now and then. */
    async sweep(): Promise<void> {
      const cause: Cause = { by: "server", why: "its time is over" };
      for (const [key, sentence] of [...sentences]) if (!holds(sentence)) await end(key, cause);
      // The record stays: what was hidden is still served to its author.
      for (const [key, shadow] of [...shadows])
        if (shadow.on && !holds(shadow)) await control.set(key, { ...shadow, on: false, until: null }, cause);
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
