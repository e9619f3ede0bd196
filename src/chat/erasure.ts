/**
 * A user taken out of what others stored: out of a body's mentions and reactions, out of a change in the audit log. Pure. What
 * stays of a user is that something was laid on them, or that their tokens are refused: without that it would not hold.
 */
import type { ControlEntry } from "../log/control.ts";
import type { User } from "../model.ts";

/** Fields of a change about a user that say something of them in words. */
const WORDS = new Set(["text", "why", "name", "byName", "mentions", "proof"]);
/** Kinds of keys whose subject stays a user's id: it has to hold for them. */
const HOLDS = new Set(["sentence", "shadow", "revoked"]);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A JSON value without a user: lists do without them, `nobody` stands where they stood, empty lists go. */
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

/** What a key names: `kind:topic subject …`. */
function partsOf(key: string): { kind: string; topic: string; subjects: string[] } {
  const colon = key.indexOf(":");
  const [topic = "", ...subjects] = key.slice(colon + 1).split(" ");
  return { kind: key.slice(0, colon), topic, subjects };
}

/** The message that a report or an act of a moderator speaks of. */
export function messageOf({ key, value }: ControlEntry): { topic: string; offset: number } | undefined {
  const { kind, topic, subjects } = partsOf(key);
  if (kind === "report") return { topic, offset: Number(subjects[0]) };
  if (kind !== "act" || !isObject(value) || typeof value.target !== "number") return undefined;
  return { topic, offset: value.target };
}

/** Whether a change is about a user: it is of their message, holds for them, or came from them as a visitor. */
function isAboutUser({ key, value }: ControlEntry, userId: string): boolean {
  const { kind, topic, subjects } = partsOf(key);
  // `revoked:u:7` has no topic.
  if (subjects.includes(userId) || (kind === "revoked" && topic === userId)) return true;
  if (!isObject(value)) return false;
  const { user, of } = value;
  return user === userId || of === userId || (isObject(user) && user.id === userId);
}

const wordless = (value: unknown): unknown =>
  isObject(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => !WORDS.has(name))) : value;

/**
 * A change of the audit log without a user; undefined where there is nothing of them. `isOfMessage` says that it speaks of
 * a message of theirs.
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
  const holds = HOLDS.has(kind);
  const said = isAbout ? wordless(value) : value;
  // Whose an address's sentence is has to be known when it is lifted.
  const of = holds && isObject(value) && value.of === userId ? { of: userId } : undefined;
  const rest = withoutUser(said, userId, nobody);
  const next: ControlEntry = {
    ...place,
    key: holds
      ? key
      : [`${kind}:${topic}`, ...subjects.map((word) => (word === userId ? nobody.id : word))].join(" "),
    value: of && isObject(rest) ? { ...rest, ...of } : rest,
    by: isOwn ? nobody.id : by,
    ...(why === undefined || isAbout || isOwn ? {} : { why }),
  };
  return JSON.stringify({ ...next }) === JSON.stringify({ ...place, key, value, by, why }) ? undefined : next;
}
