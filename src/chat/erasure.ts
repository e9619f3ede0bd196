/**
 * Removal of a user's id and texts from stored JSON of others: mentions and reactions of a message, changes of the audit log.
 * Pure. Sanctions and revocations keep the user's id, because they could not be enforced without it.
 */
import type { ControlEntry } from "../log/control.ts";
import type { User } from "../model.ts";

/** Fields of a change that hold a user's own words or name. */
const TEXT_FIELDS = new Set([
  "text",
  "title",
  "link",
  "icon",
  "tags",
  "data",
  "why",
  "name",
  "byName",
  "mentions",
  "proof",
]);
/** Kinds of keys that keep the user's id, so that they can be enforced. */
const ENFORCED_KINDS = new Set(["sentence", "shadow", "revoked"]);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A JSON value without a user: removed from lists, replaced by `nobody` elsewhere. Lists and objects that this empties are dropped. */
export function withoutUser(value: unknown, userId: string, nobody: User): unknown {
  if (value === userId) return nobody.id;
  if (Array.isArray(value))
    return value.filter((item) => item !== userId).map((item) => withoutUser(item, userId, nobody));
  if (!isObject(value)) return value;
  if (value.id === userId) return nobody;
  const fields = Object.entries(value).flatMap(([name, field]) => {
    const rest = withoutUser(field, userId, nobody);
    const isEmptied = rest !== field && isEmpty(rest) && !isEmpty(field);
    return isEmptied ? [] : [[name, rest] as const];
  });
  return Object.fromEntries(fields);
}

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;

/** The parts of a key `kind:topic subject …`. */
function partsOf(key: string): { kind: string; topic: string; subjects: string[] } {
  const colon = key.indexOf(":");
  const [topic = "", ...subjects] = key.slice(colon + 1).split(" ");
  return { kind: key.slice(0, colon), topic, subjects };
}

/** The message that a report or an act of moderation is about; undefined for other changes. */
export function messageOf({ key, value }: ControlEntry): { topic: string; offset: number } | undefined {
  const { kind, topic, subjects } = partsOf(key);
  if (kind === "report") return { topic, offset: Number(subjects[0]) };
  if (kind !== "act" || !isObject(value) || typeof value.target !== "number") return undefined;
  return { topic, offset: value.target };
}

/** Whether a change names a user as its subject, as the author of its message, or as the reporter. */
function isAboutUser({ key, value }: ControlEntry, userId: string): boolean {
  const { kind, topic, subjects } = partsOf(key);
  // `revoked:u:7` has no topic.
  if (subjects.includes(userId) || (kind === "revoked" && topic === userId)) return true;
  if (!isObject(value)) return false;
  const { user, of } = value;
  return user === userId || of === userId || (isObject(user) && user.id === userId);
}

/** A value without the fields that hold words. */
const withoutTexts = (value: unknown): unknown =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).filter(([name]) => !TEXT_FIELDS.has(name)))
    : value;

/**
 * A change of the audit log without a user; undefined when the user is not in it. `isOfMessage` tells that the change is about
 * a message of the user.
 */
export function scrubChange(
  entry: ControlEntry,
  userId: string,
  nobody: User,
  isOfMessage: boolean,
): ControlEntry | undefined {
  const { key, value, by, why, ...place } = entry;
  const { kind, topic, subjects } = partsOf(key);
  const isAbout = isOfMessage || isAboutUser(entry, userId);
  const isOwn = by === userId;
  const isEnforced = ENFORCED_KINDS.has(kind);
  const kept = isAbout ? withoutTexts(value) : value;
  // Lifting a ban needs to know the user of each banned address.
  const of = isEnforced && isObject(value) && value.of === userId ? { of: userId } : undefined;
  const rest = withoutUser(kept, userId, nobody);
  const next: ControlEntry = {
    ...place,
    key: isEnforced
      ? key
      : [`${kind}:${topic}`, ...subjects.map((word) => (word === userId ? nobody.id : word))].join(" "),
    value: of && isObject(rest) ? { ...rest, ...of } : rest,
    by: isOwn ? nobody.id : by,
    ...(why === undefined || isAbout || isOwn ? {} : { why }),
  };
  return JSON.stringify({ ...next }) === JSON.stringify({ ...place, key, value, by, why }) ? undefined : next;
}
