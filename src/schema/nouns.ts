/**
 * Schemas of what the server sends: messages, users, cursors and the other nouns of `model`. Only described and tested by them,
 * never parsed: the server trusts itself. The compiler compares each with its type.
 */
import { z } from "zod";
import { ACT } from "../codec.ts";
import { MESSAGE_ID_PATTERN, TOPIC_PATTERN } from "../formats.ts";
import type { MESSAGE_FIELDS } from "../message-fields.ts";
import { ERRORS } from "../errors.ts";
import type {
  Cursor,
  Gap,
  Gate,
  HeldMessage,
  Message,
  People,
  Queue,
  Report,
  Rights,
  Sanction,
  Standing,
  TopicMode,
  User,
} from "../model.ts";
import type { ErrorCode } from "../protocol.ts";

/** Takes a schema that has every field of a type, and no value of another type. */
export const typed =
  <T>() =>
  <S extends z.ZodType<T>>(schema: keyof T extends keyof z.output<S> ? S : never): S =>
    schema;

export const TOPIC = z.string().regex(TOPIC_PATTERN);
const MESSAGE_ID = z.string().regex(MESSAGE_ID_PATTERN);
export const COUNT = z.int().min(0);
export const TIME = z.int().min(0).describe("Milliseconds since 1970.");
export const OFFSET = z.int().min(1).describe("The offset of an entry.");
const MILLISECONDS = z.number().min(0);
const optional = <S extends z.ZodType>(schema: S) => schema.exactOptional();

export const USER = typed<User>()(
  z.object({
    id: z.string().describe("Stable."),
    name: z.string().describe("The name at the time of writing."),
    role: z.enum(["guest", "user", "moderator", "service", "operator"]),
    avatar: optional(z.string().describe("An https address of a picture.")),
  }),
);

const ACTION = z.discriminatedUnion("type", [
  z.object({ type: z.literal("view"), label: z.string(), url: z.string() }),
  z.object({ type: z.literal("http"), label: z.string(), value: optional(z.string()) }),
]);

/** The fields of a structured message, as readers receive them. */
const FIELDS = {
  title: optional(z.string().describe("One line above the text.")),
  link: optional(z.string().describe("An https address that the message is about.")),
  icon: optional(z.string().describe("One emoji, or an https address of a picture.")),
  priority: optional(z.int().min(1).max(5).describe("1 (lowest) to 5 (urgent); 3 is usual.")),
  tags: optional(z.array(z.string())),
  actions: optional(z.array(ACTION).describe("Up to three buttons.")),
  expiresAt: optional(TIME),
  data: optional(z.unknown().describe("Any JSON, for programs.")),
  ephemeral: optional(z.boolean().describe("Delivered to the readers of the moment, never stored.")),
} satisfies Record<keyof typeof MESSAGE_FIELDS, z.ZodType>;

export const MESSAGE = typed<Message>()(
  z.object({
    topic: TOPIC,
    offset: COUNT.describe("The number in its topic, from 1, without holes; 0 when it is not stored."),
    id: MESSAGE_ID.describe("Chosen by its publisher; unique per topic and user."),
    user: USER,
    text: z.string().describe("Empty when the message was removed."),
    at: TIME,
    replyTo: optional(OFFSET),
    mentions: optional(z.array(z.string()).describe("Ids of users.")),
    ...FIELDS,
    edited: optional(TIME),
    edits: optional(z.array(OFFSET).describe("Offsets of the entries that changed the message.")),
    pinned: optional(z.boolean()),
    growing: optional(
      z
        .object({ sequence: COUNT.describe("The appends that are in the text."), at: TIME })
        .describe("Only while the message grows."),
    ),
    done: optional(COUNT.describe("Of a message that has grown: the number of its appends.")),
    stopped: optional(z.boolean().describe("The server ended the message, because its author was silent.")),
    removed: optional(z.enum(["author", "moderator"])),
    reactions: optional(
      z.record(z.string(), z.array(z.string())).describe("Ids of the users who reacted, by emoji."),
    ),
    kind: optional(
      z
        .enum(["edit", "remove", "react", "pin", "hidden"])
        .describe("Only on an entry that changes the message at `target`. Skip unknown kinds; count them."),
    ),
    target: optional(OFFSET),
    emoji: optional(z.string()),
    on: optional(z.boolean()),
    hidden: optional(z.boolean().describe("For moderators: the author is shadow-banned.")),
  }),
);

export const CURSOR = typed<Cursor>()(z.object({ epoch: z.string(), offset: COUNT, tag: z.string() }));

export const GAP_FIELDS = {
  from: COUNT,
  to: COUNT,
  reason: z.enum(["trimmed", "epoch", "tag"]),
};
export const GAP = typed<Gap>()(z.object(GAP_FIELDS));

export const RIGHTS = typed<Rights>()(
  z.object({
    read: z.boolean(),
    write: z.boolean(),
    react: z.boolean(),
    people: z.boolean(),
    moderate: z.boolean(),
  }),
);

export const PEOPLE = typed<People>()(z.object({ count: COUNT, users: optional(z.array(USER)) }));

export const MODE = typed<TopicMode>()(
  z.object({
    slowS: COUNT.describe("Seconds between two messages of a user; 0 is off."),
    readOnly: z.boolean(),
    emojiOnly: z.boolean(),
    hold: z.enum(["none", "guests", "all"]),
  }),
);

export const STANDING_FIELDS = {
  state: z.enum(["ok", "muted", "banned"]),
  until: optional(TIME),
  why: optional(z.string()),
};
export const STANDING = typed<Standing>()(z.object(STANDING_FIELDS));

export const GATE = typed<Gate>()(
  z.object({
    kind: z.enum(["none", "work", "callback"]),
    challenge: optional(z.string()),
    bits: optional(COUNT),
  }),
);

export const HELD_MESSAGE = typed<HeldMessage>()(
  z.object({
    topic: TOPIC,
    messageId: MESSAGE_ID,
    user: USER,
    text: z.string(),
    replyTo: optional(OFFSET),
    mentions: optional(z.array(z.string())),
    ...FIELDS,
    at: TIME,
    heldFor: z.enum(["review", "words", "links", "first"]),
  }),
);

export const REPORT = typed<Report>()(
  z.object({
    offset: OFFSET,
    by: z.string(),
    byName: optional(z.string()),
    why: optional(z.string()),
    at: TIME,
    message: optional(MESSAGE),
  }),
);

export const SANCTION = typed<Sanction>()(
  z.object({
    user: z.string(),
    name: optional(z.string()),
    kind: z.enum(["mute", "ban", "shadow"]),
    until: optional(TIME),
    why: optional(z.string()),
    by: z.string(),
    at: TIME,
    address: optional(z.boolean()),
  }),
);

export const QUEUE = typed<Queue>()(
  z.object({
    held: z.array(HELD_MESSAGE),
    reports: z.array(REPORT),
    sentences: z.array(SANCTION).describe("Sanctions in force."),
  }),
);

/** The name of an act of moderation. */
export const ACT_NAME = z.enum(ACT.options.map(({ shape }) => shape.action.value));

const ERROR_CODE = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);

/** The fields of an error, over HTTP and in a frame. */
export const ERROR_FIELDS = {
  code: ERROR_CODE,
  message: z.string().describe("A sentence that names what was wrong and what is allowed."),
  retry: z.boolean().describe("Whether the same request can succeed later."),
  retryAfterMs: optional(MILLISECONDS),
};

/** The schemas that both documents share, by their names in them. */
export const NOUNS: Readonly<Record<string, z.ZodType>> = {
  Message: MESSAGE,
  User: USER,
  Cursor: CURSOR,
  Gap: GAP,
  Rights: RIGHTS,
  People: PEOPLE,
  TopicMode: MODE,
  Standing: STANDING,
  HeldMessage: HELD_MESSAGE,
  Report: REPORT,
  Sanction: SANCTION,
  Queue: QUEUE,
  ModerationAct: ACT,
  ErrorCode: ERROR_CODE,
};
