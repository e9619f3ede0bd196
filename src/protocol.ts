/**
 * The wire: commands, events, error codes, close ranges, limits and name rules.
 * The only file that server and widget share, so: types and constants, pure functions, nothing of
 * Bun's and nothing of the DOM's. docs/PROTOCOL.md says the same in prose, with examples that a test runs.
 */

/** The WebSocket subprotocol (RFC 6455 section 1.9) that a client offers to speak JSON instead of plain lines. */
export const PROTOCOL = "kabar.v1";

// ── Things ───────────────────────────────────────────────────────────────────────────────────────────

/**
 * How a user is known to the server: a guest has no account, a user and a moderator are signed by the site's token, a
 * service is a back end with an API key, the operator holds the operator's key. Show roles you don't know as plain users.
 */
export type Role = "guest" | "user" | "moderator" | "service" | "operator";

/** Who wrote a message. `id` is stable, `name` is what that user was called when the message was written. */
export interface User {
  id: string;
  name: string;
  role: Role;
  /** An https address of a picture. */
  avatar?: string;
}

/** A message is this same object in history, in server-sent events and in `kabar.v1`. */
export interface Message {
  topic: string;
  /** The message's number in its topic, from 1, without holes. */
  offset: number;
  /** Chosen by its publisher; unique per (topic, user). */
  id: string;
  user: User;
  text: string;
  /** When the server stored it, in milliseconds since 1970. Never decreases within a topic. */
  at: number;
  /** The offset of the message that this one answers. */
  replyTo?: number;
  /** Ids of users that the text addresses. */
  mentions?: string[];
  /** When its text was last changed. */
  edited?: number;
  /** Who took it back. Its text is gone then, here and in the log. */
  removed?: "author" | "moderator";
  /** Ids of the users who reacted, by emoji. */
  reactions?: Record<string, string[]>;
  /**
   * Present on entries that change an earlier message, `target`: the message itself is served in its new form from then
   * on; the entry tells those who have the old one. Skip the kinds you don't know; their offsets count all the same.
   */
  kind?: ChangeKind;
  target?: number;
  emoji?: string;
  on?: boolean;
}

/** `edit`: `text` is the target's new text. `remove`: the target is gone. `react`: `emoji` was put on it, or taken off. */
export type ChangeKind = "edit" | "remove" | "react";

/** A position in a topic's log: everything up to and including `offset` has been seen. */
export interface Cursor {
  /** Which log: changes when the log behind the topic is another one. */
  epoch: string;
  offset: number;
  /** Characters that belong to the entry at `offset`: they tell a fork with the same numbers apart. */
  tag: string;
}

/** A range of offsets that the reader was not, and will not be, handed by itself. Both ends count. */
export interface Gap {
  from: number;
  to: number;
  /**
   * `trimmed`: retention removed the range. `epoch`: the topic has another log than the cursor's.
   * `tag`: the log has another entry at the cursor's offset, or none (a restored backup).
   */
  reason: "trimmed" | "epoch" | "tag";
}

// ── Client → server ──────────────────────────────────────────────────────────────────────────────────

/** Chosen by the client, echoed in the reply. */
export type CommandId = string | number;

/** Every command by its `type`, without `type` and `id`. */
export interface CommandFields {
  hello: {
    guest?: string | undefined;
    key?: string | undefined;
    token?: string | undefined;
    name?: string | undefined;
  };
  identify: { token: string };
  subscribe: {
    topic: string;
    cursor?: Cursor | undefined;
    last?: number | undefined;
    people?: boolean | undefined;
  };
  unsubscribe: { topic: string };
  publish: {
    topic: string;
    messageId: string;
    text: string;
    replyTo?: number | undefined;
    mentions?: string[] | undefined;
  };
  edit: { topic: string; messageId: string; target: number; text: string };
  remove: { topic: string; messageId: string; target: number };
  react: { topic: string; messageId: string; target: number; emoji: string; on: boolean };
  typing: { topic: string };
  history: {
    topic: string;
    before?: number | undefined;
    after?: number | undefined;
    limit?: number | undefined;
  };
  rename: { name: string };
  ping: unknown;
}

export type CommandType = keyof CommandFields;

/** A frame from client to server. */
export type Command = {
  [T in CommandType]: { type: T; id: CommandId } & CommandFields[T];
}[CommandType];

// ── Server → client ──────────────────────────────────────────────────────────────────────────────────

/** What the server allows, so that a client can check before it sends. */
export interface SessionLimits {
  textBytes: number;
  frameBytes: number;
  topics: number;
  historyPage: number;
}

/** What a user may do in a topic. */
export interface Rights {
  read: boolean;
  write: boolean;
  /** Put reactions on messages. */
  react: boolean;
  /** See who is here. */
  people: boolean;
  /** Change others' messages and what others may do. */
  moderate: boolean;
}

/** The answer to everything that adds an entry. */
export interface Stored {
  topic: string;
  offset: number;
  /** True when this message id was stored by an earlier attempt: nothing was added. */
  repeated: boolean;
}

/** Who is in a topic: the number of users, and up to a size who they are. */
export interface People {
  count: number;
  users?: User[];
}

/** What a successful command is answered with, by its type; `type: "ok"` and `id` come with it. */
export interface CommandResults {
  hello: {
    session: string;
    user: User;
    /** The guest's credential: send it in the next `hello` to be the same guest. Absent for those who sent a key. */
    guest?: string;
    limits: SessionLimits;
    version: string;
    /** When the token ends, in milliseconds since 1970; send a fresh one with `identify` before. */
    expiresAt?: number;
  };
  identify: { user: User; expiresAt: number };
  subscribe: {
    topic: string;
    /** Where the stream begins: the first message handed over next is `cursor.offset + 1`. */
    cursor: Cursor;
    /** The oldest offset still retained; `top + 1` when nothing is. */
    first: number;
    /** The newest offset. Messages up to here are replay, later ones are live. */
    top: number;
    can: Rights;
    /** False exactly when `gap` is there. */
    recovered: boolean;
    gap?: Gap;
    /** Who is here, for those who asked for `people`. */
    people?: People;
  };
  unsubscribe: { topic: string };
  publish: Stored;
  edit: Stored;
  remove: Stored;
  react: Stored;
  typing: Record<string, never>;
  history: {
    topic: string;
    epoch: string;
    first: number;
    top: number;
    messages: Message[];
    /** True when there is more in the direction asked for. */
    more: boolean;
  };
  rename: { user: User };
  ping: { at: number };
}

export type Ok<T extends CommandType = CommandType> = { type: "ok"; id: CommandId } & CommandResults[T];

export interface ErrorEvent {
  type: "error";
  /** The command's id; absent when the frame was too broken to have one. */
  id?: CommandId;
  code: ErrorCode;
  message: string;
  /** Whether sending the same thing again, later, can succeed. */
  retry: boolean;
  retryAfterMs?: number;
}

/** New messages of a topic, contiguous, oldest first. The reader's cursor is now (epoch, last offset, `tag`). */
export interface MessagesEvent {
  type: "messages";
  topic: string;
  tag: string;
  messages: Message[];
}

/** A range is gone while the reader was catching up. `messages` go on after `to`. */
export interface GapEvent extends Gap {
  type: "gap";
  topic: string;
}

/** The server will close this session; come back after `retryAfterMs`. */
export interface GoodbyeEvent {
  type: "goodbye";
  reason: CloseName;
  retryAfterMs: number;
}

/** The people of a topic changed; at most one such event a second. In large topics only the count is said. */
export interface PeopleEvent {
  type: "people";
  topic: string;
  count: number;
  /** Users who came, or changed their name. */
  joined?: User[];
  /** Ids of users who went. */
  left?: string[];
}

/** Who is writing just now; an empty list when nobody is any longer. At most one such event a second. */
export interface TypingEvent {
  type: "typing";
  topic: string;
  users: User[];
}

/** The session's token ends after `inMs`: send a fresh one with `identify`. With 0 it has ended. */
export interface TokenEvent {
  type: "token";
  inMs: number;
}

/** What this session may do in a topic has changed. Without `can.read` it is unsubscribed. */
export interface RightsEvent {
  type: "rights";
  topic: string;
  can: Rights;
}

/** Frames that nobody asked for have no `id`. Ignore the types you don't know. */
export type ServerEvent =
  MessagesEvent | GapEvent | PeopleEvent | TypingEvent | TokenEvent | RightsEvent | GoodbyeEvent;

export type ServerFrame = Ok | ErrorEvent | ServerEvent;

// ── Errors and closes ────────────────────────────────────────────────────────────────────────────────

/** Every error code; src/errors.ts has the row behind each. */
export type ErrorCode =
  | "bad-json"
  | "bad-command"
  | "unknown-command"
  | "hello-required"
  | "hello-repeated"
  | "bad-credential"
  | "bad-token"
  | "token-expired"
  | "bad-request"
  | "bad-topic"
  | "bad-name"
  | "bad-message-id"
  | "message-id-conflict"
  | "message-unknown"
  | "bad-emoji"
  | "too-many-reactions"
  | "text-empty"
  | "text-too-long"
  | "topic-unknown"
  | "forbidden"
  | "already-subscribed"
  | "not-subscribed"
  | "too-many-topics"
  | "too-many-sessions"
  | "rate-limited"
  | "origin-denied"
  | "too-large"
  | "unsupported-type"
  | "upgrade-required"
  | "not-found"
  | "method-not-allowed"
  | "log-unavailable"
  | "shutting-down"
  | "internal";

/** Close codes: 4000–4499 mean "come back", 4500–4999 "do not come back". Test the range with `mayComeBack`. */
export const CLOSE = {
  "shutting-down": 4000,
  "hello-timeout": 4001,
  internal: 4002,
  "bad-client": 4500,
  "bad-credential": 4501,
  revoked: 4502,
} as const;

export type CloseName = keyof typeof CLOSE;

/** The first close code of the range that means "do not come back" (RFC 6455 section 7.4.2: 4000–4999 are private). */
export const STAY_AWAY_FROM = 4500;

/** Whether a client whose socket ended with this close code should connect again. */
export const mayComeBack = (closeCode: number): boolean => closeCode < STAY_AWAY_FROM;

// ── Rules for names ──────────────────────────────────────────────────────────────────────────────────

/** Topic names: safe in a URL path, an attribute and a metric label. `$…` is reserved for the server itself. */
export const TOPIC_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
export const TOPIC_RULE = "1 to 64 of A–Z a–z 0–9 . _ : - and begins with a letter or digit";

/** Message ids: a UUID fits, and so does `deploy-1234`. */
export const MESSAGE_ID_PATTERN = /^[A-Za-z0-9._:-]{1,64}$/;
export const MESSAGE_ID_RULE = "1 to 64 of A–Z a–z 0–9 . _ : -";

/** One emoji of Unicode's recommended set (UTS #51), as reactions use. */
export const EMOJI_PATTERN = /^\p{RGI_Emoji}$/v;
/** Users one message may address by `mentions`. */
export const MAX_MENTIONS = 20;

export const MAX_NAME_CHARS = 40;
export const NAME_RULE = `1 to ${MAX_NAME_CHARS} visible characters`;

/**
 * Bidi overrides and isolates can rewrite the line around a name (CVE-2021-42574), zero-width characters and
 * fillers forge twins. ZWJ and ZWNJ stay: emoji, Persian and Hindi need them.
 */
const INVISIBLE =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it removes
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\udfff]/gu;

/**
 * The name as it will be shown: NFC, without control and direction-changing characters, white space folded.
 * Undefined when nothing visible is left or it is longer than MAX_NAME_CHARS characters.
 */
export function cleanName(raw: string): string | undefined {
  if (raw.length > MAX_NAME_CHARS * 8) return undefined;
  const name = raw.normalize("NFC").replace(INVISIBLE, "").replace(/\s+/gu, " ").replace(CONTROL, "").trim();
  const visible = /[\p{L}\p{N}\p{P}\p{S}]/u.test(name);
  return visible && [...name].length <= MAX_NAME_CHARS ? name : undefined;
}

/**
 * The text as it will be stored: well-formed Unicode, `\n` line ends, no control characters but tab and
 * newline (an escape sequence would run in the terminal of a reader in plain mode), no blank lines around it.
 * May come out empty.
 */
export function cleanText(raw: string): string {
  return raw
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(CONTROL, "")
    .replace(/^(?:[^\S\n]*\n)+|\s+$/g, "");
}

/** A cursor as one word, for URLs, `Last-Event-ID` and storage: `offset.epoch.tag`. */
export const formatCursor = (c: Cursor): string => `${c.offset}.${c.epoch}.${c.tag}`;

/** Reads what formatCursor wrote; undefined for anything else. */
export function parseCursor(word: string): Cursor | undefined {
  const match = /^(0|[1-9]\d{0,14})\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{0,16})$/.exec(word);
  return match ? { offset: Number(match[1]), epoch: match[2] ?? "", tag: match[3] ?? "" } : undefined;
}
