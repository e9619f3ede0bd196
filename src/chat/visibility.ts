/**
 * Whom the others of a topic see, and under which name. Every way to be seen besides a message asks here: the list of people,
 * typing, and the name beside a text. A sanctioned user is not listed; a guest who may not write, or whose name breaks the
 * topic's word or link rules, has a made-up name. Signed users and back ends are named by the site.
 */
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import { KabarError } from "../errors.ts";
import type { Moderation } from "../moderation/moderation.ts";
import type { User } from "../model.ts";
import type { Policy } from "../topics/policy.ts";
import type { Presence } from "../topics/presence.ts";
import { guestName } from "../users/guests.ts";
import { hasLink } from "../moderation/word-filter.ts";

/** How a user appears to the others of a topic: listed, not at all, or, while hidden, to themselves only. */
export type Appearance = { as: "listed"; user: User } | { as: "unlisted" } | { as: "hidden"; user: User };

export interface VisibilityParts {
  auth: Auth;
  moderation: Moderation;
  policy: Policy;
  presence: Presence;
}

export type Visibility = ReturnType<typeof createVisibility>;

const madeUp = (user: User): User => ({ ...user, name: guestName(user.id) });

/** Makes the rules of who is seen. */
export function createVisibility({ auth, moderation, policy, presence }: VisibilityParts) {
  /** Whether the topic's rule refuses links of a user. */
  function refusesLinks(topic: string, { role }: User): boolean {
    const links = policy.ruleOf(topic)?.links ?? "allow";
    return links === "none" || (links === "guests-no" && role === "guest");
  }

  /** Whether a name, or an id that a visitor writes, breaks the topic's word or link rules. */
  const isRefused = (topic: string, author: User, word: string): boolean =>
    (refusesLinks(topic, author) && hasLink(word)) || moderation.breaksWordRules(topic, word);

  /** A user as a topic's messages name them: a guest whose name breaks the topic's rules has a made-up one. */
  const withNameFor = (topic: string, user: User): User =>
    user.role === "guest" && isRefused(topic, user, user.name) ? madeUp(user) : user;

  return {
    refusesLinks,
    withNameFor,

    /** How a user appears among a topic's people; `shown` is how they appear now. */
    appearanceOf(who: Identity, topic: string, shown?: User): Appearance {
      const { user, address } = who;
      const rights = auth.rightsIn(who, topic);
      if (rights?.moderate || user.role === "service") return { as: "listed", user };
      if (moderation.sanctions.isShadowBanned(topic, user.id)) return { as: "hidden", user };
      if (moderation.sanctions.standingOf(topic, user.id, address).state !== "ok") return { as: "unlisted" };
      // A session whose token has ended keeps the name that the site gave.
      if (user.role !== "guest" || who.expiresAtMs !== undefined) return { as: "listed", user };
      const mayWrite = rights?.write === true && !auth.mustPassGate(who);
      if (!mayWrite) return { as: "listed", user: madeUp(user) };
      // While only moderators write, no new name is told; the one that was is still known to everybody.
      if (moderation.modeOf(topic).readOnly) return { as: "listed", user: shown ?? madeUp(user) };
      return { as: "listed", user: withNameFor(topic, user) };
    },

    /**
     * Throws `text-blocked` for a mention that breaks the topic's word or link rules. A user who is here, or wrote within the
     * hour, may be mentioned whatever their id looks like; ids of guests and keys are the server's own and say nothing.
     */
    requireMentions(author: User, topic: string, mentions: readonly string[] = []): void {
      for (const id of mentions) {
        if (!id.startsWith("u:") || !isRefused(topic, author, id.slice(2))) continue;
        if (presence.nameOf(topic, id) !== undefined || moderation.addressesOf(id).length > 0) continue;
        throw new KabarError("text-blocked", `mentions: ${JSON.stringify(id)} is not allowed here.`);
      }
    },
  };
}
