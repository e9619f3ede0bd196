/**
 * The identity of a session or a request: its user, and facts about the user that no other client receives. Types and pure
 * functions; auth makes identities, access decides their rights.
 */
import { KabarError } from "../errors.ts";
import type { User } from "../model.ts";
import { cleanName, MAX_NAME_CHARS, NAME_RULE } from "../formats.ts";
import type { Grant } from "../rights.ts";

/** A user, and facts about the user that no other client receives. */
export interface Identity {
  user: User;
  /** Rights by topic or pattern, above or below those of the role. */
  grants?: readonly Grant[];
  /** A guest's credential, with which the guest can come back. */
  credential?: string;
  /** Whether a guest has passed the gate. */
  hasPassedGate?: boolean;
  /** Whether the gate has refused a guest. */
  isRefusedByGate?: boolean;
  /** The hash of the user's IP address, where the door knows it. */
  address?: string;
  /** Whether the identity may use the admin API. */
  isAdmin?: boolean;
  /** The topics and patterns whose events the identity may receive from the feed; absent when it may not. */
  feedTopics?: readonly string[];
  /** Whether the identity is the operator's own. */
  isOperator?: boolean;
  /** When a signed user's token was issued and expires, in milliseconds since 1970. */
  issuedAtMs?: number;
  expiresAtMs?: number;
}

/** Whether rate limits apply: to guests and signed users, not to moderators, back ends and the operator. */
export const isRateLimited = ({ user }: Identity): boolean => user.role === "guest" || user.role === "user";

/** Whether an identity moderates some topic or other. */
export const moderatesAny = ({ user, grants }: Identity): boolean =>
  user.role === "operator" ||
  user.role === "moderator" ||
  (grants?.some(({ level }) => level === "moderate") ?? false);

/** The name as it may be shown: cleaned and within the rule of names. Throws `bad-name`. */
export function requireName(raw: string): string {
  const name = cleanName(raw);
  if (name === undefined) throw new KabarError("bad-name", `name: must be ${NAME_RULE}.`);
  return name;
}

const OPERATOR_ID = "operator";
const OPERATOR_NAME = "Operator";

/** The operator's identity, for the key and for sessions of the console. Throws `bad-name`. */
export const operatorIdentity = (name?: string): Identity => ({
  user: { id: OPERATOR_ID, name: name === undefined ? OPERATOR_NAME : requireName(name), role: "operator" },
  isAdmin: true,
  isOperator: true,
  feedTopics: ["*"],
});

/** The identity of a named owner of the console: the operator's rights under a name of their own, which the audit log records. */
export const ownerIdentity = (name: string): Identity => ({
  ...operatorIdentity(),
  user: {
    id: `owner:${name.toLowerCase()}`,
    name: cleanName([...name].slice(0, MAX_NAME_CHARS).join("")) ?? OPERATOR_NAME,
    role: "operator",
  },
});
