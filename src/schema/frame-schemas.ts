/** Schemas of the frames of `kabar.v1`: each command with its reply, and each event. The compiler compares them with `protocol`. */
import { z } from "zod";
import { ACT, COMMAND_FIELDS, COMMAND_ID } from "../codec.ts";
import type { Grown, SessionLimits, Stored } from "../model.ts";
import type { CommandResults, CommandType, ErrorEvent, ServerEvent } from "../protocol.ts";
import { CLOSE, type CloseName } from "../protocol.ts";
import {
  COUNT,
  CURSOR,
  ERROR_FIELDS,
  GAP,
  GAP_FIELDS,
  GATE,
  MESSAGE,
  MODE,
  OFFSET,
  PEOPLE,
  QUEUE,
  RIGHTS,
  STANDING,
  STANDING_FIELDS,
  TIME,
  TOPIC,
  typed,
  USER,
} from "./nouns.ts";

const LIMITS = typed<SessionLimits>()(
  z.object({
    textBytes: COUNT,
    frameBytes: COUNT,
    topics: COUNT,
    historyPage: COUNT,
    gate: z.enum(["work", "callback"]).exactOptional(),
  }),
);

const STORED = typed<Stored>()(
  z.object({
    topic: TOPIC,
    offset: COUNT,
    repeated: z.boolean().describe("An earlier attempt stored this message id: nothing was added."),
    held: z.boolean().describe("The message waits for a moderator; its offset is 0.").exactOptional(),
  }),
);

const GROWN = typed<Grown>()(
  z.object({
    topic: TOPIC,
    target: OFFSET,
    sequence: OFFSET,
    repeated: z.boolean().describe("An earlier attempt stored this sequence: nothing was added."),
  }),
);

/** The results of the commands, by their type; `history` and `moderate` are answers over HTTP, too. */
export const RESULTS = {
  hello: typed<CommandResults["hello"]>()(
    z.object({
      session: z.string(),
      user: USER,
      guest: z.string().describe("The guest's credential: send it in the next hello.").exactOptional(),
      limits: LIMITS,
      version: z.string(),
      expiresAt: TIME.exactOptional(),
    }),
  ),
  identify: typed<CommandResults["identify"]>()(z.object({ user: USER, expiresAt: TIME })),
  gate: GATE,
  pass: typed<CommandResults["pass"]>()(z.object({ guest: z.string() })),
  subscribe: typed<CommandResults["subscribe"]>()(
    z.object({
      topic: TOPIC,
      cursor: CURSOR.describe("The position where the stream begins."),
      first: COUNT.describe("The oldest retained offset."),
      top: COUNT.describe("The newest offset: messages up to it are replay."),
      can: RIGHTS,
      recovered: z.boolean().describe("False exactly when `gap` is present."),
      gap: GAP.exactOptional(),
      people: PEOPLE.exactOptional(),
      mode: MODE.exactOptional(),
      standing: STANDING.exactOptional(),
      pins: z.array(OFFSET).exactOptional(),
      title: z.string().exactOptional(),
    }),
  ),
  unsubscribe: typed<CommandResults["unsubscribe"]>()(z.object({ topic: TOPIC })),
  publish: STORED,
  append: GROWN,
  edit: STORED,
  remove: STORED,
  react: STORED,
  typing: z.object({}),
  read: typed<CommandResults["read"]>()(
    z.object({
      topic: TOPIC,
      offset: COUNT.describe("The mark in force; absent without a mark.").exactOptional(),
      top: COUNT.describe(
        "The newest offset. This and the counts answer a command without `offset`.",
      ).exactOptional(),
      unread: COUNT.describe("Messages of others after `offset`, at most 100.").exactOptional(),
      more: z.literal(true).describe("There are more than `unread` says.").exactOptional(),
    }),
  ),
  push: typed<CommandResults["push"]>()(
    z.object({
      key: z.string().describe("The server's public key: `applicationServerKey` of a subscription."),
      text: z.boolean().describe("Push messages have the text of the messages."),
      mode: z.enum(["all", "mentions", "none"]).describe("What this device receives of the topic."),
      quiet: z.object({ from: z.string(), to: z.string(), zone: z.string() }).exactOptional(),
    }),
  ),
  away: z.object({}),
  click: typed<CommandResults["click"]>()(
    z.object({ repeated: z.boolean().describe("An earlier attempt recorded this click.") }),
  ),
  report: z.object({}),
  moderate: typed<CommandResults["moderate"]>()(
    z.object({
      undo: ACT.describe("The act that restores the earlier state.").exactOptional(),
      addresses: COUNT.describe("Of a ban: the number of addresses that it covers.").exactOptional(),
    }),
  ),
  queue: QUEUE,
  history: typed<CommandResults["history"]>()(
    z.object({
      topic: TOPIC,
      epoch: z.string(),
      first: COUNT,
      top: COUNT,
      messages: z.array(MESSAGE).describe("Oldest first."),
      more: z.boolean().describe("The log has more messages in the requested direction."),
    }),
  ),
  search: typed<CommandResults["search"]>()(
    z.object({
      messages: z.array(MESSAGE).describe("Newest first."),
      more: z.boolean().describe("There may be further finds."),
      before: TIME.describe("The time where a search that took too long ended.").exactOptional(),
      incomplete: z.boolean().describe("The index lacks messages: more may be found later.").exactOptional(),
    }),
  ),
  rename: typed<CommandResults["rename"]>()(z.object({ user: USER })),
  ping: typed<CommandResults["ping"]>()(z.object({ at: TIME })),
} satisfies { [T in CommandType]: z.ZodType };

type EventFields<T extends ServerEvent["type"]> = Omit<Extract<ServerEvent, { type: T }>, "type">;

/** The fields of the events without `type`, and the sentence of each. */
const EVENTS = {
  messages: [
    "New messages of a topic, contiguous, oldest first. The cursor is now (epoch, last offset, `tag`).",
    typed<EventFields<"messages">>()(
      z.object({ topic: TOPIC, tag: z.string(), messages: z.array(MESSAGE).min(1) }),
    ),
  ],
  ephemeral: [
    "Messages that are not stored; the cursor stays.",
    typed<EventFields<"ephemeral">>()(z.object({ topic: TOPIC, messages: z.array(MESSAGE).min(1) })),
  ],
  append: [
    "A growing message has grown: `text` follows its append `after`. Not logged.",
    typed<EventFields<"append">>()(
      z.object({ topic: TOPIC, target: OFFSET, after: COUNT, sequence: COUNT, at: TIME, text: z.string() }),
    ),
  ],
  gap: [
    "Retention removed a range while the reader was catching up.",
    typed<EventFields<"gap">>()(z.object({ topic: TOPIC, ...GAP_FIELDS })),
  ],
  people: [
    "The present users of a topic changed.",
    typed<EventFields<"people">>()(
      z.object({
        topic: TOPIC,
        count: COUNT,
        joined: z.array(USER).exactOptional(),
        left: z.array(z.string()).exactOptional(),
      }),
    ),
  ],
  typing: [
    "All users who are typing.",
    typed<EventFields<"typing">>()(z.object({ topic: TOPIC, users: z.array(USER) })),
  ],
  read: [
    "The user has read a topic up to `offset`, on any device.",
    typed<EventFields<"read">>()(z.object({ topic: TOPIC, offset: COUNT })),
  ],
  token: ["The session's token expires in `inMs`.", typed<EventFields<"token">>()(z.object({ inMs: COUNT }))],
  rights: [
    "The rights of the session's user in a topic have changed.",
    typed<EventFields<"rights">>()(z.object({ topic: TOPIC, can: RIGHTS })),
  ],
  mode: [
    "A topic's modes have changed.",
    typed<EventFields<"mode">>()(z.object({ topic: TOPIC, mode: MODE })),
  ],
  standing: [
    "The session's user was muted or banned, or may write again.",
    typed<EventFields<"standing">>()(z.object({ topic: TOPIC, ...STANDING_FIELDS })),
  ],
  pins: [
    "A topic's pinned messages have changed.",
    typed<EventFields<"pins">>()(z.object({ topic: TOPIC, pins: z.array(OFFSET) })),
  ],
  cleared: [
    "A moderator cleared a topic up to an offset.",
    typed<EventFields<"cleared">>()(z.object({ topic: TOPIC, upTo: COUNT })),
  ],
  rejected: [
    "A moderator rejected a held message of the session's user.",
    typed<EventFields<"rejected">>()(
      z.object({ topic: TOPIC, messageId: z.string(), why: z.string().exactOptional() }),
    ),
  ],
  queue: [
    "For moderators: the size of a topic's review queue.",
    typed<EventFields<"queue">>()(z.object({ topic: TOPIC, held: COUNT, reports: COUNT, sentences: COUNT })),
  ],
  goodbye: [
    "The server is about to close the session.",
    typed<EventFields<"goodbye">>()(
      z.object({
        reason: z.enum(Object.keys(CLOSE) as [CloseName, ...CloseName[]]),
        retryAfterMs: z.number().min(0),
      }),
    ),
  ],
} satisfies { [T in ServerEvent["type"]]: [string, z.ZodObject] };

/** A frame with the sentence that describes it. */
export interface Frame {
  name: string;
  about: string;
  schema: z.ZodType;
}

const nameOf = (type: string, kind: string): string => `${type[0]?.toUpperCase()}${type.slice(1)}${kind}`;

/** The commands in words. */
const ABOUT: Record<CommandType, string> = {
  hello: "The first command of a session: names the user.",
  identify: "Gives the session a fresh token, or signs a guest in.",
  gate: "Asks for the check that a new guest must pass before writing.",
  pass: "Passes the gate.",
  subscribe: "Asks for the stream of a topic, after a cursor or live.",
  unsubscribe: "Ends the stream of a topic.",
  publish: "Publishes a message. The reply means: stored.",
  append: "Adds text to one's own growing message, and ends it with `done`.",
  edit: "Changes the text of one's own message.",
  remove: "Removes a message.",
  react: "Adds or removes a reaction.",
  read: "Marks a topic as read up to an offset, on all devices of the user; without an offset, asks for the mark.",
  push: "Asks for, or sets, the push messages of a topic on a device.",
  away: "Says whether nobody looks at the session's page: then push messages are sent.",
  click: "Presses a button of a message.",
  typing: "Marks the user as typing; repeat it every three seconds.",
  report: "Reports a message to the moderators.",
  moderate: "An act of moderation.",
  queue: "The held messages, reports and sanctions of a topic.",
  history: "Messages below, above, or the newest.",
  search: "Finds messages by words, author, topic and time, newest first.",
  rename: "Changes the name for later messages.",
  ping: "Checks the connection.",
};

/** The frames of a command: what the client sends, and the reply. */
export interface CommandFrames {
  type: CommandType;
  command: Frame;
  reply: Frame;
}

export const COMMANDS: readonly CommandFrames[] = (Object.keys(COMMAND_FIELDS) as CommandType[]).map(
  (type) => {
    const head = z.object({ type: z.literal(type), id: COMMAND_ID });
    const fields: z.ZodType = COMMAND_FIELDS[type];
    const reply = z.object({ type: z.literal("ok"), id: COMMAND_ID, ...RESULTS[type].shape });
    return {
      type,
      command: {
        name: nameOf(type, "Command"),
        about: ABOUT[type],
        schema: fields instanceof z.ZodObject ? head.extend(fields.shape) : head.and(fields),
      },
      reply: { name: nameOf(type, "Reply"), about: `The reply to ${type}.`, schema: reply },
    };
  },
);

export const EVENT_FRAMES: readonly Frame[] = Object.entries(EVENTS).map(([type, [about, { shape }]]) => ({
  name: nameOf(type, "Event"),
  about,
  schema: z.object({ type: z.literal(type), ...shape }),
}));

/** The reply to a command that failed, and to a frame that is no command: that has no `id`. */
export const ERROR_FRAME: Frame = {
  name: "ErrorReply",
  about: "The command failed, or the frame was no command.",
  schema: typed<ErrorEvent>()(
    z.object({ type: z.literal("error"), id: COMMAND_ID.exactOptional(), ...ERROR_FIELDS }),
  ),
};
