/**
 * The protocol in types: commands, results, events, error codes, close codes.
 * Shared by server and widget (with `model` and `formats`): types, constants and pure functions only. docs/PROTOCOL.md is the same in
 * prose, with examples that a test runs.
 */

import type {
  Cursor,
  Gap,
  Gate,
  GateProof,
  Grown,
  Growth,
  HistoryPage,
  Message,
  MessageFields,
  ModerationAct,
  People,
  PushRequest,
  PushState,
  Queue,
  Rights,
  SessionLimits,
  Standing,
  Stored,
  TopicMode,
  User,
} from "./model.ts";

/** The WebSocket subprotocol (RFC 6455 section 1.9) that a client offers to speak JSON instead of plain lines. */
export const PROTOCOL = "kabar.v1";

// ── Client → server ──────────────────────────────────────────────────────────────────────────────────

/** Chosen by the client and repeated in the reply. */
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
  gate: unknown;
  pass: GateProof;
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
    growing?: boolean | undefined;
  } & { [K in keyof MessageFields]?: MessageFields[K] | undefined };
  append: { topic: string; target: number; sequence: number; text: string; done?: boolean | undefined };
  edit: { topic: string; messageId: string; target: number; text: string };
  remove: { topic: string; messageId: string; target: number };
  react: { topic: string; messageId: string; target: number; emoji: string; on: boolean };
  click: { topic: string; messageId: string; target: number; action: number };
  typing: { topic: string };
  read: { topic: string; offset?: number | undefined };
  push: PushRequest;
  away: { on: boolean };
  report: { topic: string; target: number; why?: string | undefined };
  moderate: { topic: string } & ModerationAct;
  queue: { topic: string };
  history: {
    topic: string;
    before?: number | undefined;
    after?: number | undefined;
    limit?: number | undefined;
  };
  search: {
    q?: string | undefined;
    topic?: string | undefined;
    user?: string | undefined;
    before?: number | string | undefined;
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

/** The result of each successful command, by its type. The frame also has `type: "ok"` and `id`. */
export interface CommandResults {
  hello: {
    session: string;
    user: User;
    /** The guest's credential: send it in the next `hello` to be the same guest. Absent after a key or a token. */
    guest?: string;
    limits: SessionLimits;
    version: string;
    /** When the token expires, in milliseconds since 1970; send a fresh one with `identify` before. */
    expiresAt?: number;
  };
  identify: { user: User; expiresAt: number };
  gate: Gate;
  /** The guest's new credential, which proves that the guest has passed the gate. Replaces the earlier one. */
  pass: { guest: string };
  subscribe: {
    topic: string;
    /** The position where the stream begins: the first message has the offset `cursor.offset + 1`. */
    cursor: Cursor;
    /** The oldest retained offset; `top + 1` when no entry is retained. */
    first: number;
    /** The newest offset. Messages up to it are replay, later ones are live. */
    top: number;
    can: Rights;
    /** False exactly when `gap` is present. */
    recovered: boolean;
    gap?: Gap;
    /** The present users, if the command asked for `people`. */
    people?: People;
    /** Absent when no mode is set. */
    mode?: TopicMode;
    standing?: Standing;
    /** Offsets of pinned messages. */
    pins?: number[];
    /** The topic's name in words, if its rule has one. */
    title?: string;
  };
  unsubscribe: { topic: string };
  publish: Stored;
  append: Grown;
  edit: Stored;
  remove: Stored;
  react: Stored;
  /** `repeated`: an earlier attempt recorded this click. */
  click: { repeated: boolean };
  /** The mark in force; without a mark only the topic. The counts come with a question, and `more` when there are more. */
  read: { topic: string; offset?: number; top?: number; unread?: number; more?: true };
  push: PushState;
  away: Record<string, never>;
  typing: Record<string, never>;
  report: Record<string, never>;
  /** `undo`: the act that reverses this one, if there is one. */
  moderate: {
    undo?: ModerationAct;
    /** For a ban by address: the number of addresses that it covers. */ addresses?: number;
  };
  queue: Queue;
  history: HistoryPage;
  search: {
    /** Newest first. */
    messages: Message[];
    /** True when there may be further finds: ask again with `before`, or before the last message. */
    more: boolean;
    /** The time where a search that took too long ended. */
    before?: number;
    /** True when the index lacks messages: more may be found later. */
    incomplete?: boolean;
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
  /** Whether the same command can succeed later. */
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

/** Messages that are delivered and not stored: their offset is 0, and the reader's cursor stays. */
export interface EphemeralEvent {
  type: "ephemeral";
  topic: string;
  messages: Message[];
}

/** A growing message has grown: `text` follows the append `after`, and ends with the append `sequence`. Not logged. */
export interface AppendEvent extends Growth {
  type: "append";
  topic: string;
  target: number;
  after: number;
  text: string;
}

/** The user has read a topic up to `offset`, on any device. Goes to all sessions of the user. */
export interface ReadEvent {
  type: "read";
  topic: string;
  offset: number;
}

/** Retention removed a range while the reader was catching up. Messages continue after `to`. */
export interface GapEvent extends Gap {
  type: "gap";
  topic: string;
}

/** The server is about to close this session. Reconnect after `retryAfterMs`, if the close code allows it. */
export interface GoodbyeEvent {
  type: "goodbye";
  reason: CloseName;
  retryAfterMs: number;
}

/** The present users of a topic changed. At most one such event a second. Large topics send only the count. */
export interface PeopleEvent {
  type: "people";
  topic: string;
  count: number;
  /** Users who arrived or changed their name. */
  joined?: User[];
  /** Ids of users who left. */
  left?: string[];
}

/** Users who are typing; an empty list when none is. At most one such event a second. */
export interface TypingEvent {
  type: "typing";
  topic: string;
  users: User[];
}

/** The session's token expires in `inMs`: send a fresh one with `identify`. With 0 it has expired. */
export interface TokenEvent {
  type: "token";
  inMs: number;
}

/** A topic's modes have changed. */
export interface ModeEvent {
  type: "mode";
  topic: string;
  mode: TopicMode;
}

/** This session's user was muted or banned, or may write again. */
export interface StandingEvent extends Standing {
  type: "standing";
  topic: string;
}

/** A topic's pinned messages have changed. `pins`: the offsets of all pinned messages. */
export interface PinsEvent {
  type: "pins";
  topic: string;
  pins: number[];
}

/** A moderator cleared a topic: messages up to the offset `upTo` are gone. */
export interface ClearedEvent {
  type: "cleared";
  topic: string;
  upTo: number;
}

/** A moderator rejected a held message of this session's user. */
export interface RejectedEvent {
  type: "rejected";
  topic: string;
  messageId: string;
  why?: string;
}

/** For moderators: the size of the topic's review queue. */
export interface QueueEvent {
  type: "queue";
  topic: string;
  held: number;
  reports: number;
  /** The number of sanctions in force. */
  sentences: number;
}

/** The rights of this session's user in a topic have changed. Without `can.read`, the session is unsubscribed. */
export interface RightsEvent {
  type: "rights";
  topic: string;
  can: Rights;
}

/** An event that does not answer a command: it has no `id`. Ignore unknown types. */
export type ServerEvent =
  | MessagesEvent
  | EphemeralEvent
  | AppendEvent
  | GapEvent
  | ReadEvent
  | PeopleEvent
  | TypingEvent
  | TokenEvent
  | RightsEvent
  | ModeEvent
  | StandingEvent
  | PinsEvent
  | RejectedEvent
  | ClearedEvent
  | QueueEvent
  | GoodbyeEvent;

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
  | "keys-unavailable"
  | "bad-request"
  | "bad-topic"
  | "bad-name"
  | "name-taken"
  | "bad-message-id"
  | "message-id-conflict"
  | "message-unknown"
  | "sequence-gap"
  | "not-growing"
  | "still-growing"
  | "bad-emoji"
  | "too-many-edits"
  | "too-many-reactions"
  | "gate-required"
  | "gate-refused"
  | "banned"
  | "muted"
  | "slow-mode"
  | "read-only"
  | "emoji-only"
  | "text-blocked"
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
  | "search-off"
  | "push-off"
  | "not-found"
  | "method-not-allowed"
  | "log-unavailable"
  | "shutting-down"
  | "internal";

/** Close codes: after 4000–4499 a client reconnects, after 4500–4999 it does not. Test the range with `mayComeBack`. */
export const CLOSE = {
  "shutting-down": 4000,
  "hello-timeout": 4001,
  internal: 4002,
  "bad-client": 4500,
  "bad-credential": 4501,
  revoked: 4502,
  "origin-denied": 4503,
} as const;

export type CloseName = keyof typeof CLOSE;
/** The first close code after which a client does not reconnect (RFC 6455 section 7.4.2: 4000–4999 are private). */
export const STAY_AWAY_FROM = 4500;

/** Whether a client should reconnect after this close code. */
export const mayComeBack = (closeCode: number): boolean => closeCode < STAY_AWAY_FROM;
