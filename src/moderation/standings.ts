/**
 * Standings of users: which mutes, bans and shadow bans are in force for a user of a topic at the moment of the question. Reads
 * only; sanctions changes them.
 */
import { type Audience, authorAudience, PUBLIC_AUDIENCE } from "../topics/audience.ts";
import { KabarError } from "../errors.ts";
import type { ModerationAct, Sanction, Standing } from "../model.ts";
import { presentFields } from "../optional-fields.ts";
import { isAddressSubject, type SanctionIndex, type StoredSanction } from "./sanction-index.ts";

/** An author in a topic. `address` is the hash of the IP address, where the door knows it. */
export interface Author {
  topic: string;
  userId: string;
  address?: string | undefined;
}

/** The standing that a sanction gives its user. */
const standingUnder = (sanction: StoredSanction | undefined): Standing =>
  sanction === undefined
    ? { state: "ok" }
    : {
        state: sanction.kind === "ban" ? "banned" : "muted",
        ...presentFields({ until: sanction.until ?? undefined, why: sanction.why }),
      };

/** A stored sanction as moderators see it in the list. */
const toListed = (
  user: string,
  kind: Sanction["kind"],
  { until, why, by, at, name }: Omit<StoredSanction, "kind">,
): Sanction => ({ user, kind, by, at, ...presentFields({ name, until: until ?? undefined, why }) });

/** The error for an author under a sanction, with its end and its reason. */
function errorFor({ kind, until, why }: StoredSanction, nowMs: number): KabarError {
  const end = until === null ? "" : ` until ${new Date(until).toISOString()}`;
  const reason = why === undefined ? "" : `: ${why}`;
  if (kind === "ban") return new KabarError("banned", `You are banned from writing here${end}${reason}.`);
  const waitMs = until === null ? undefined : until - nowMs;
  return new KabarError("muted", `You are muted here${end}${reason}.`, waitMs);
}

/** Makes the questions about sanctions; `now` is in milliseconds since 1970. */
export function createStandings({ sanctions, shadows, subjectsOn }: SanctionIndex, now: () => number) {
  const isInForce = ({ until }: { until: number | null }): boolean => until === null || until > now();

  function sanctionInForce(topic: string, subject: string): StoredSanction | undefined {
    const sanction = sanctions.get(topic, subject);
    return sanction && isInForce(sanction) ? sanction : undefined;
  }

  /** The heaviest sanction on a user, or on the user's address, in a topic. */
  function heaviestOn({ topic, userId, address }: Author): StoredSanction | undefined {
    if (sanctions.isEmpty) return undefined; // the usual case
    const subjects = [userId, ...subjectsOn(topic, address)];
    const found = subjects.flatMap((subject) => sanctionInForce(topic, subject) ?? []);
    return found.find(({ kind }) => kind === "ban") ?? found[0];
  }

  /** Subjects of the sanctions in force on addresses, by the user of the address. */
  function addressesIn(topic: string): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const [subject, sanction] of sanctions.in(topic)) {
      if (sanction.of === undefined || !isInForce(sanction)) continue;
      found.set(sanction.of, [...(found.get(sanction.of) ?? []), subject]);
    }
    return found;
  }

  /** Whole seconds until a moment, rounded up; undefined for null, which is for good. */
  const secondsUntil = (until: number | null): number | undefined =>
    until === null ? undefined : Math.ceil((until - now()) / 1000);

  /** The sanctions in force in a topic, one by one, for loops that give way: mutes and bans first, then shadow bans. */
  function* each(topic: string): Generator<Sanction> {
    const addresses = addressesIn(topic);
    for (const [user, sanction] of sanctions.in(topic)) {
      if (isAddressSubject(user) || !isInForce(sanction)) continue;
      const address = addresses.has(user) ? { address: true } : {};
      yield { ...toListed(user, sanction.kind, sanction), ...address };
    }
    for (const [user, shadow] of shadows.in(topic))
      if (shadow.on && isInForce(shadow)) yield toListed(user, "shadow", shadow);
  }

  return {
    isInForce,
    secondsUntil,

    /** Throws `banned` or `muted` for an author under a sanction. The error of a mute has the milliseconds until its end. */
    requireNotSilenced(author: Author): void {
      const sanction = heaviestOn(author);
      if (sanction) throw errorFor(sanction, now());
    },

    /** The standing of a user in a topic: ok, muted or banned. */
    standingOf: (topic: string, userId: string, address?: string): Standing =>
      standingUnder(heaviestOn({ topic, userId, address })),

    /** Whether a user is shadow-banned in a topic now. */
    isShadowBanned(topic: string, userId: string): boolean {
      const shadow = shadows.get(topic, userId);
      return shadow?.on === true && isInForce(shadow);
    },

    /** The audience of a user who does not moderate: the author's own for a user who was ever shadow-banned in the topic. */
    audienceOf: (topic: string, userId: string): Audience =>
      shadows.get(topic, userId) ? authorAudience(userId) : PUBLIC_AUDIENCE,

    /** Subjects of the sanctions in force on a user's addresses. */
    addressesOf: (topic: string, user: string): string[] => addressesIn(topic).get(user) ?? [],

    /** The act that would impose a user's present sanction again; undefined when there is none. */
    presentAct(topic: string, user: string): ModerationAct | undefined {
      const sanction = sanctionInForce(topic, user);
      if (!sanction) return undefined;
      const { kind, until, why } = sanction;
      const seconds = secondsUntil(until);
      if (kind === "mute" && seconds !== undefined)
        return { action: "timeout", user, seconds, ...presentFields({ why }) };
      const address = addressesIn(topic).has(user);
      return { action: "ban", user, address, ...presentFields({ seconds, why }) };
    },

    each,

    /** The sanctions in force in a topic: mutes and bans first, then shadow bans. */
    list: (topic: string): Sanction[] => [...each(topic)],
  };
}
