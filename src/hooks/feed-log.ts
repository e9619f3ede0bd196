/**
 * The feed's topic: a reserved topic whose entries point at what happened, in one order. An entry holds no text: it names an
 * entry of a topic or of the control topic, whose present form is read when the feed is. So nothing that is removed stays here.
 */
import { CONTROL_TOPIC, keyOf, readChange } from "../log/control-changes.ts";
import type { Appended, Entry, MessageLog } from "../log/log.ts";
import { decodeBody } from "../log/message-body.ts";
import type { User } from "../model.ts";
import { presentFields } from "../optional-fields.ts";

/** Reserved: a topic of users begins with a letter or digit. */
export const FEED_TOPIC = "$feed";
/** The author of the feed's entries in the log. */
const FEED_USER = "feed";

/** Kinds of events: what the feed tells of. */
export const FEED_KINDS = [
  "message",
  "change",
  "moderation",
  "held",
  "reported",
  "joined",
  "left",
  "topic",
  "action",
  "alert",
] as const;
export type FeedKind = (typeof FEED_KINDS)[number];

export const isFeedKind = (word: string): word is FeedKind => FEED_KINDS.some((kind) => kind === word);

/** An entry of the feed. */
export interface FeedReference {
  kind: FeedKind;
  /** The topic that the event is about. */
  topic: string;
  /** When it happened, in milliseconds since 1970. */
  at: number;
  /** The entry that it points at: its topic in the log, which may be the control topic, its offset and its tag. */
  source?: string;
  offset?: number;
  tag?: string;
  /** A user who came, left or clicked: nothing else in the log has that. */
  user?: Partial<User> & Pick<User, "id">;
  /** Of a click: the offset of the message, and the place of the button among its actions, from 0. */
  target?: number;
  action?: number;
}

/** Kinds of keys of the control topic that are acts of moderation. */
const MODERATION_KEYS: ReadonlySet<string> = new Set(["act", "mode", "words", "pins", "sentence", "shadow"]);

/** The kind of a key, the topic that it belongs to, and the rest. */
export function partsOfKey(key: string): { kind: string; topic: string; rest: string } {
  const colon = key.indexOf(":");
  const space = key.indexOf(" ");
  const end = space < 0 ? key.length : space;
  return { kind: key.slice(0, colon), topic: key.slice(colon + 1, end), rest: key.slice(end + 1) };
}

/** What a change of the control topic is to the feed; undefined when it is nothing. */
function kindOfChange(entry: Entry): { kind: FeedKind; topic: string } | undefined {
  const { kind, topic, rest } = partsOfKey(keyOf(entry));
  const isModeration = MODERATION_KEYS.has(kind);
  if (!isModeration && kind !== "held" && kind !== "report") return undefined;
  const { change, isMoved } = readChange(entry);
  // Bans of addresses come beside the ban of their user; a compaction changes nothing.
  if (isMoved || rest.startsWith("address ")) return undefined;
  if (isModeration) return { kind: "moderation", topic };
  if (change.value === null) return undefined;
  return { kind: kind === "held" ? "held" : "reported", topic };
}

/** The references to an entry of the log: none for an entry that the feed does not tell of. */
export function referencesTo(entry: Entry): FeedReference[] {
  const { topic, offset, tag, at, body } = entry;
  const source = { source: topic, offset, tag, at };
  if (topic === CONTROL_TOPIC) {
    const change = kindOfChange(entry);
    return change ? [{ ...change, ...source }] : [];
  }
  if (topic.startsWith("$")) return [];
  const kind = decodeBody(body).kind === undefined ? "message" : "change";
  const own: FeedReference = { kind, topic, ...source };
  return offset === 1 ? [{ ...own, kind: "topic" }, own] : [own];
}

/** Kinds beside the one that every entry has: an entry can have a reference of each. */
const SECOND_KINDS: ReadonlySet<FeedKind> = new Set(["topic", "alert"]);

/** The id of a reference in the log: a second one of the same kind to the same entry is a repeat. */
const idOf = ({ kind, source, offset, tag }: FeedReference): string =>
  source === undefined
    ? crypto.randomUUID()
    : `${SECOND_KINDS.has(kind) ? `${kind} ` : ""}${source} ${offset} ${tag}`;

/** Appends references, in order. Those that the feed has already are not added again. */
export async function appendReferences(log: MessageLog, references: readonly FeedReference[]): Promise<void> {
  await Promise.all(
    references.map((reference) =>
      log.append({
        topic: FEED_TOPIC,
        userId: FEED_USER,
        id: idOf(reference),
        body: JSON.stringify(presentFields(reference)),
      }),
    ),
  );
}

/**
 * Records a click of a user. `id` is the user's for this click: a second time it is recorded once. Resolves to whether it was
 * recorded already. Rejects with `log-unavailable`.
 */
export const appendClick = (
  log: MessageLog,
  click: FeedReference & { user: User },
  id: string,
): Promise<Appended> =>
  log.append({
    topic: FEED_TOPIC,
    userId: FEED_USER,
    id: `click ${click.user.id} ${id}`,
    body: JSON.stringify(click),
  });

/** The reference in an entry of the feed's topic. */
export const readReference = ({ body }: Entry): FeedReference => JSON.parse(body) as FeedReference;

/** Removes a user who came, left or clicked from the feed. */
export async function scrubFeed(log: MessageLog, userId: string, nobody: User): Promise<void> {
  const named = await log.offsetsWith(FEED_TOPIC, JSON.stringify(userId));
  await log.scrub(FEED_TOPIC, named, (entry) => {
    const reference = readReference(entry);
    return reference.user?.id === userId ? JSON.stringify({ ...reference, user: nobody }) : undefined;
  });
}
