/**
 * Access of an identity to a topic: its level from role, grants and the topic's rule, and the rights of that level. A muted
 * or banned moderator does not moderate. Does not judge texts: moderation does.
 */
import type { Identity } from "./identity.ts";
import { KabarError } from "../errors.ts";
import type { Rights } from "../model.ts";
import { findCovering, type Level, rightsOf } from "../rights.ts";
import type { TopicRule } from "../topic-rules.ts";

/** Verbs that complete "You do not have permission to … "topic"". */
const VERBS: Record<keyof Rights, string> = {
  read: "read",
  write: "write in",
  react: "react in",
  people: "see who is in",
  moderate: "moderate",
};

export interface AccessParts {
  /** The present rule of a topic; undefined when there is no such topic. */
  ruleOf: (topic: string) => TopicRule | undefined;
  /** Whether a user is muted or banned in a topic. */
  isSilenced: (topic: string, userId: string) => boolean;
}

/** The level of an identity in a topic: the operator's, else the best grant's, else that of the role under the rule. */
function levelIn({ user, grants }: Identity, topic: string, rule: TopicRule): Level {
  if (user.role === "operator") return "moderate";
  const granted = grants && findCovering(grants, topic);
  if (granted) return granted.level;
  if (user.role === "moderator") return "moderate";
  if (user.role === "service") return "none";
  return user.role === "guest" ? rule.guests : rule.users;
}

/** Makes the decisions over the topics' rules and sanctions. */
export function createAccess({ ruleOf, isSilenced }: AccessParts) {
  function rightsIn(who: Identity, topic: string): Rights | undefined {
    const rule = ruleOf(topic);
    if (!rule) return undefined;
    const level = levelIn(who, topic, rule);
    // A muted or banned moderator removes nothing and reads no shadow-banned message there.
    const isSuspended =
      level === "moderate" && who.user.role !== "operator" && isSilenced(topic, who.user.id);
    return rightsOf(isSuspended ? "write" : level, rule);
  }

  return {
    /** The rights of an identity in a topic; undefined when the server has no such topic. */
    rightsIn,

    /** The same rights. Throws `topic-unknown`, and `forbidden` for an identity without `right`. */
    requireRights(who: Identity, topic: string, right: keyof Rights): Rights {
      const rights = rightsIn(who, topic);
      if (!rights) throw new KabarError("topic-unknown", `There is no topic "${topic}" on this server.`);
      if (!rights[right])
        throw new KabarError("forbidden", `You do not have permission to ${VERBS[right]} "${topic}".`);
      return rights;
    },
  };
}
