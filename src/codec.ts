/**
 * Parses frames into commands and encodes events. No frame makes it throw.
 * `parseCommand` turns every frame into a command or an error to answer with. Encoders write each message's JSON once and wrap it by
 * string concatenation. Ids and topics need no escaping: their rules allow no character that would.
 */
import { z } from "zod";
import { KabarError } from "./errors.ts";
import type { Command, CommandId, CommandResults, CommandType, ErrorCode, GoodbyeEvent } from "./protocol.ts";
import type { Cursor, Gap } from "./model.ts";
import { isEmoji } from "./emoji.ts";
import {
  formatCursor,
  MAX_MENTIONS,
  MESSAGE_ID_PATTERN,
  MESSAGE_ID_RULE,
  NAME_RULE,
  TOPIC_PATTERN,
  TOPIC_RULE,
} from "./formats.ts";
import { MESSAGE_FIELDS } from "./message-fields.ts";
import { describeFirst, firstRule, nameRule, refuse, textLike, wholeNumber, withAllowed } from "./parsing.ts";

/** Longest string of a command, texts and names aside: credentials are far shorter. */
const MAX_WORD_CHARS = 8192;
/** The handlers cut `last`, `limit` and offsets to the configured bounds; here they only have to be numbers. */
const offset = wholeNumber(0, Number.MAX_SAFE_INTEGER);

const topic = textLike(TOPIC_PATTERN, nameRule(TOPIC_RULE, { must: "topic" }));
const word = z
  .string("must be a string")
  .max(MAX_WORD_CHARS, `must be at most ${MAX_WORD_CHARS} characters long`);
const text = z.string("must be a string");
const name = text.meta({ allowed: NAME_RULE });
const messageId = textLike(MESSAGE_ID_PATTERN, MESSAGE_ID_RULE);
const target = wholeNumber(1, Number.MAX_SAFE_INTEGER);
const emoji = withAllowed(z.string(refuse("one emoji")).refine(isEmoji, refuse("one emoji")), "one emoji");
const flag = z.boolean("must be true or false");
const user = textLike(/^[^\s\p{C}"\\]{1,130}$/u, "the id of a user");
/** An id as this server gives it: any other word would be a text that no rule for texts has checked. */
const mention = textLike(
  /^(?:[ag]-[A-Za-z0-9_-]{1,12}|u:[^\s\p{C}"\\]{1,128}|(?:key|hook):[0-9a-f]{12}|operator)$/u,
  "the id of a user",
);
const mentions = z
  .array(mention, "must be a list of user ids")
  .max(MAX_MENTIONS, `must be at most ${MAX_MENTIONS} user ids`);
const cursor = z.object(
  {
    epoch: textLike(/^[A-Za-z0-9_-]{1,32}$/, "an epoch as the server gave it"),
    offset,
    tag: textLike(/^[A-Za-z0-9_-]{0,16}$/, "a tag as the server gave it"),
  },
  "must be an object with epoch, offset and tag",
);

const PUSH_FIELDS = {
  endpoint: textLike(/^[!-~]{1,1024}$/, "an address of at most 1024 characters").optional(),
  // A point of P-256 and 16 bytes, in base64url: 65 bytes are 87 characters.
  p256dh: textLike(/^[\w-]{87}=?$/, "the key p256dh of a subscription").optional(),
  auth: textLike(/^[\w-]{22}(==)?$/, "the secret auth of a subscription").optional(),
  mode: z.enum(["all", "mentions", "none"], "must be one of all, mentions, none").optional(),
  quiet: z
    .object(
      {
        from: textLike(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of the day such as 22:00"),
        to: textLike(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of the day such as 07:00"),
        zone: textLike(/^[\w+/-]{1,64}$/, "a time zone such as Europe/Berlin"),
      },
      "must be an object with from, to and zone, or null",
    )
    .nullable()
    .optional(),
  page: textLike(/^https?:\/\/[!-~]{1,1000}$/, "an address that begins with https:// or http://").optional(),
  language: textLike(/^[A-Za-z0-9-]{2,35}$/, "a language tag such as en or pt-BR").optional(),
};

/** Characters of a reason (`why`): the audit log keeps it, and the moderator's desk shows it in a line or two. */
const MAX_REASON_CHARS = 500;
/** The optional reason of an act, a report or a change through the admin API. */
export const REASON = {
  why: z
    .string("must be a string")
    .max(
      MAX_REASON_CHARS,
      refuse(
        nameRule(`at most ${MAX_REASON_CHARS} characters`, {
          must: "characters",
          min: 0,
          max: MAX_REASON_CHARS,
        }),
      ),
    )
    .optional(),
};
const seconds = wholeNumber(1, 315_360_000);

/** The modes and the word rules of an act: moderation has their rules. */
export const MODE_FIELD = z.record(z.string(), z.unknown(), "must be an object");
export const WORDS_FIELD = z.record(z.string(), z.unknown(), "must be an object");

/** An act of moderation, by its `action`. */
export const ACT = z.discriminatedUnion(
  "action",
  [
    z.object({ action: z.literal("remove"), target, ...REASON }),
    z.object({ action: z.literal("remove-all"), user, ...REASON }),
    z.object({ action: z.literal("timeout"), user, seconds, ...REASON }),
    z.object({
      action: z.literal("ban"),
      user,
      seconds: seconds.optional(),
      address: flag.optional(),
      ...REASON,
    }),
    z.object({ action: z.literal("unban"), user, ...REASON }),
    z.object({ action: z.literal("shadow"), user, on: flag, seconds: seconds.optional(), ...REASON }),
    z.object({
      action: z.literal("mode"),
      mode: MODE_FIELD,
      ...REASON,
    }),
    z.object({
      action: z.literal("words"),
      words: WORDS_FIELD,
      ...REASON,
    }),
    z.object({ action: z.literal("pin"), target, on: flag, ...REASON }),
    z.object({ action: z.literal("approve"), user, messageId, ...REASON }),
    z.object({ action: z.literal("reject"), user, messageId, ...REASON }),
    z.object({ action: z.literal("dismiss"), target, ...REASON }),
    z.object({ action: z.literal("clear"), ...REASON }),
  ],
  "must be one of remove, remove-all, timeout, ban, unban, shadow, mode, words, pin, approve, reject, dismiss, clear",
);

/** The fields of an append to a growing message. */
const APPEND_FIELDS = { sequence: target, text, done: flag.optional() };

/** The fields of each command. A command without a row here does not compile. */
export const COMMAND_FIELDS = {
  hello: z.object({
    guest: word.optional(),
    key: word.optional(),
    token: word.optional(),
    name: name.optional(),
  }),
  identify: z.object({ token: word }),
  gate: z.object({}),
  pass: z.object({ challenge: word.optional(), nonce: word.optional(), proof: word.optional() }),
  subscribe: z.object({ topic, cursor: cursor.optional(), last: offset.optional(), people: flag.optional() }),
  unsubscribe: z.object({ topic }),
  publish: z.object({
    topic,
    messageId,
    text,
    replyTo: target.optional(),
    mentions: mentions.optional(),
    growing: flag.optional(),
    ...MESSAGE_FIELDS,
  }),
  append: z.object({ topic, target, ...APPEND_FIELDS }),
  edit: z.object({ topic, messageId, target, text }),
  remove: z.object({ topic, messageId, target }),
  react: z.object({ topic, messageId, target, emoji, on: flag }),
  click: z.object({ topic, messageId, target, action: offset }),
  typing: z.object({ topic }),
  read: z.object({ topic, offset: offset.optional() }),
  push: z.object({ topic, ...PUSH_FIELDS }),
  away: z.object({ on: flag }),
  report: z.object({ topic, target, ...REASON }),
  moderate: z.object({ topic }).and(ACT),
  queue: z.object({ topic }),
  history: z.object({ topic, before: offset.optional(), after: offset.optional(), limit: offset.optional() }),
  search: z.object({
    q: text.optional(),
    topic: topic.optional(),
    user: text.optional(),
    before: z.union([offset, text], "must be an offset, a time, or a message as topic/offset").optional(),
    limit: offset.optional(),
  }),
  rename: z.object({ name }),
  ping: z.object({}),
} satisfies { [T in CommandType]: z.ZodType<Omit<Extract<Command, { type: T }>, "type" | "id">> };

/** A message without optional fields, as most are: its rule passes over none of them. */
const PLAIN_PUBLISH = COMMAND_FIELDS.publish.pick({ topic: true, messageId: true, text: true });
/** With `type` and `id`. */
const PLAIN_PUBLISH_KEYS = 5;

/** Applies the rule of a command. */
function parseFields(type: CommandType, raw: Record<string, unknown>) {
  if (type === "publish" && Object.keys(raw).length === PLAIN_PUBLISH_KEYS) {
    const plain = PLAIN_PUBLISH.safeParse(raw);
    if (plain.success) return plain;
  }
  return COMMAND_FIELDS[type].safeParse(raw);
}

const isCommandType = (type: unknown): type is CommandType =>
  typeof type === "string" && Object.hasOwn(COMMAND_FIELDS, type);

/** Fields whose rules have an error code of their own. */
const CODE_OF_FIELD: Record<string, ErrorCode> = {
  topic: "bad-topic",
  messageId: "bad-message-id",
  id: "bad-message-id",
  name: "bad-name",
  emoji: "bad-emoji",
};

/** The error for an input that breaks a rule: the code of its field, or `otherwise`, and a sentence. */
export function ruleError(error: z.ZodError, input: unknown, otherwise: ErrorCode): KabarError {
  const field = String(error.issues[0]?.path[0] ?? "");
  const code = Object.hasOwn(CODE_OF_FIELD, field) ? CODE_OF_FIELD[field] : undefined;
  return new KabarError(code ?? otherwise, describeFirst(error, input), undefined, firstRule(error));
}

/** Parses a JSON object. Undefined for any other text. */
export function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // Invalid, or nested deeper than the parser's stack.
    return undefined;
  }
}

/** The id of a command as documents describe it; `isCommandId` is the same rule without the cost of a parser. */
export const COMMAND_ID = z.union([z.string().max(64), z.number()]);

const isCommandId = (id: unknown): id is CommandId =>
  (typeof id === "string" && id.length <= 64) || (typeof id === "number" && Number.isFinite(id));

/** The result of parsing a frame. */
export type Parsed = { command: Command } | { error: KabarError; id?: CommandId };

/** Parses one text frame of `kabar.v1`. */
export function parseCommand(frame: string): Parsed {
  const raw = parseObject(frame);
  if (!raw) return { error: new KabarError("bad-json") };
  const { id, type } = raw;
  if (!isCommandId(id)) {
    return {
      error: new KabarError("bad-command", "id: must be a string of up to 64 characters, or a number."),
    };
  }
  if (!isCommandType(type)) {
    const allowed = Object.keys(COMMAND_FIELDS).join(", ");
    return { id, error: new KabarError("unknown-command", `type: must be one of ${allowed}.`) };
  }
  const fields = parseFields(type, raw);
  if (!fields.success) return { id, error: ruleError(fields.error, raw, "bad-command") };
  return { command: Object.assign(fields.data, { type, id }) as Command };
}

export const PUBLISH_BODY = z.object({
  text,
  id: textLike(MESSAGE_ID_PATTERN, MESSAGE_ID_RULE).optional(),
  name: name.optional(),
  replyTo: target.optional(),
  mentions: mentions.optional(),
  growing: flag.optional(),
  ...MESSAGE_FIELDS,
});

/** The JSON body of an append over HTTP. */
export const APPEND_BODY = z.object(APPEND_FIELDS);

/** Parses the JSON body of an HTTP publish. Throws KabarError. */
export function parsePublishBody(json: string): z.output<typeof PUBLISH_BODY> {
  const raw = parseObject(json);
  if (!raw) throw new KabarError("bad-json");
  const body = PUBLISH_BODY.safeParse(raw);
  if (!body.success) throw ruleError(body.error, raw, "bad-request");
  return body.data;
}

// ── Encoding ─────────────────────────────────────────────────────────────────────────────────────────

/** A `messages` event around encoded messages; `tag` is the tag of the last one. */
export const encodeMessages = (topic: string, tag: string, messages: readonly string[]): string =>
  `{"type":"messages","topic":"${topic}","tag":"${tag}","messages":[${messages.join(",")}]}`;

/** An `ephemeral` event around an encoded message. */
export const encodeEphemeral = (topic: string, message: string): string =>
  `{"type":"ephemeral","topic":"${topic}","messages":[${message}]}`;

/** The JSON of `value` with encoded messages as its last field, `messages`. */
export const encodeWithMessages = (value: object, messages: readonly string[]): string =>
  `${JSON.stringify(value).slice(0, -1)},"messages":[${messages.join(",")}]}`;

/** An encoded message as a server-sent event (WHATWG HTML section 9.2) with its cursor as the id. JSON has no raw line breaks. */
export const encodeSse = (cursor: Cursor, message: string): string =>
  `id: ${formatCursor(cursor)}\ndata: ${message}\n\n`;

/** An encoded message that is not stored as a server-sent event: without an id, so that the reader keeps its cursor. */
export const encodeSseEphemeral = (message: string): string => `data: ${message}\n\n`;

/** An append to a growing message as a server-sent event of type `append`, without an id: the reader's cursor stays. */
export const encodeSseAppend = (event: string): string => `event: append\ndata: ${event}\n\n`;

/** The reply to a successful command. */
export function encodeOk(id: CommandId, result: CommandResults[CommandType]): string {
  const head = `{"type":"ok","id":${typeof id === "number" ? id : JSON.stringify(id)}`;
  const fields = JSON.stringify(result);
  return fields === "{}" ? `${head}}` : `${head},${fields.slice(1)}`;
}

/** A gap as a server-sent event of type `gap`. */
export const encodeSseGap = (gap: Gap): string => `event: gap\ndata: ${JSON.stringify(gap)}\n\n`;

/** The event before the server closes a session. */
export const encodeGoodbye = (goodbye: Omit<GoodbyeEvent, "type">): string =>
  JSON.stringify({ type: "goodbye", ...goodbye } satisfies GoodbyeEvent);
