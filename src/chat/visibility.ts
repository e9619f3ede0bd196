/**
 * Visibility of users in a topic: in the list of people, as typing, by name beside a message, and in mentions. Sanctioned users
 * are not listed. A guest who may not write, or whose name breaks the topic's word or link rules, gets a made-up name. Names
 * of signed users and back ends are the site's and stay.
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

/** A user's place in the list of people: listed, unlisted, or, while shadow-banned (`shadowed`), listed for that user only. */
export type Appearance = { as: "listed"; user: User } | { as: "unlisted" } | { as: "shadowed"; user: User };

export interface VisibilityParts {
  auth: Auth;
  moderation: Moderation;
  policy: Policy;
  presence: Presence;
}

export type Visibility = ReturnType<typeof createVisibility>;

const withMadeUpName = (user: User): User => ({ ...user, name: guestName(user.id) });

/** Makes the rules of visibility. */
export function createVisibility({ auth, moderation, policy, presence }: VisibilityParts) {
  /** Whether the topic's rule refuses links from a user. */
  function refusesLinks(topic: string, { role }: User): boolean {
    const links = policy.ruleOf(topic)?.links ?? "allow";
    return links === "none" || (links === "guests-no" && role === "guest");
  }

  /** Whether a name or a mentioned id breaks the topic's word or link rules. */
  const breaksRules = (topic: string, author: User, word: string): boolean =>
    (refusesLinks(topic, author) && hasLink(word)) || moderation.breaksWordRules(topic, word);

  /** The user under the name that the topic shows: a guest whose name breaks the topic's rules gets a made-up one. */
  const withNameFor = (topic: string, user: User): User =>
    user.role === "guest" && breaksRules(topic, user, user.name) ? withMadeUpName(user) : user;

  return {
    refusesLinks,
    withNameFor,

    /** The appearance of an identity in the list of people. `shown` is the user as listed now. */
    appearanceOf(who: Identity, topic: string, shown?: User): Appearance {
      const { user, address } = who;
      const rights = auth.rightsIn(who, topic);
      if (rights?.moderate || user.role === "service") return { as: "listed", user };
      if (moderation.sanctions.isShadowBanned(topic, user.id)) return { as: "shadowed", user };
      if (moderation.sanctions.standingOf(topic, user.id, address).state !== "ok") return { as: "unlisted" };
      // A session whose token has expired keeps the name from the token.
      if (user.role !== "guest" || who.expiresAtMs !== undefined) return { as: "listed", user };
      const mayWrite = rights?.write === true && !auth.mustPassGate(who);
      if (!mayWrite) return { as: "listed", user: withMadeUpName(user) };
      // While a topic is read-only, no new name appears: a name would be a way to write.
      if (moderation.modeOf(topic).readOnly) return { as: "listed", user: shown ?? withMadeUpName(user) };
      return { as: "listed", user: withNameFor(topic, user) };
    },

    /**
     * Throws `text-blocked` for a mention that breaks the topic's word or link rules. A present user, and one who wrote within
     * the hour, may be mentioned under any id. Ids of guests and keys are not checked: the server makes them.
     */
    requireMentions(author: User, topic: string, mentions: readonly string[] = []): void {
      for (const id of mentions) {
        if (!id.startsWith("u:") || !breaksRules(topic, author, id.slice(2))) continue;
        if (presence.nameOf(topic, id) !== undefined || moderation.addressesOf(id).length > 0) continue;
        throw new KabarError("text-blocked", `mentions: ${JSON.stringify(id)} is not allowed here.`);
      }
    },
  };
}
