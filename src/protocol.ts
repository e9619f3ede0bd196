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
  Message,
  ModerationAct,
  People,
  Queue,
  Rights,
  Standing,
  TopicMode,
  User,
} from "./model.ts";

/** The WebSocket subprotocol (RFC 6455 section 1.9) that a client offers to speak JSON instead of plain lines. */
export const PROTOCOL = "kabar.v1";

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
  };
  edit: { topic: string; messageId: string; target: number; text: string };
  remove: { topic: string; messageId: string; target: number };
  react: { topic: string; messageId: string; target: number; emoji: string; on: boolean };
  typing: { topic: string };
  report: { topic: string; target: number; why?: string | undefined };
  moderate: { topic: string } & ModerationAct;
  queue: { topic: string };
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
  /** What a new guest has to pass before they may write; absent for everybody else. */
  gate?: "work" | "callback";
}

/** The answer to everything that adds an entry. */
export interface Stored {
  topic: string;
  offset: number;
  /** True when this message id was stored by an earlier attempt: nothing was added. */
  repeated: boolean;
  /** True when the message waits for a moderator: it has no offset yet (0) and is not published. */
  held?: boolean;
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
  gate: Gate;
  /** The guest's new credential, which says that they have passed; in place of the earlier one. */
  pass: { guest: string };
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
    /** Absent where nothing is special. */
    mode?: TopicMode;
    standing?: Standing;
    /** Offsets of pinned messages. */
    pins?: number[];
  };
  unsubscribe: { topic: string };
  publish: Stored;
  edit: Stored;
  remove: Stored;
  react: Stored;
  typing: Record<string, never>;
  report: Record<string, never>;
  /** `undo` is the act that takes this one back, where that is possible. */
  moderate: {
    undo?: ModerationAct;
    /** For a ban by address: how many addresses it holds for. */ addresses?: number;
  };
  queue: Queue;
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

/** Users who are typing; an empty list when none is. At most one such event a second. */
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

/** A topic's modes changed. */
export interface ModeEvent {
  type: "mode";
  topic: string;
  mode: TopicMode;
}

/** This session's user was muted, banned, or may write again. */
export interface StandingEvent extends Standing {
  type: "standing";
  topic: string;
}

/** A topic's pinned messages are now these. */
export interface PinsEvent {
  type: "pins";
  topic: string;
  pins: number[];
}

/** The moderators cleared a topic: messages up to `upTo` are gone. */
export interface ClearedEvent {
  type: "cleared";
  topic: string;
  upTo: number;
}

/** A message of this session's user that waited for review was turned down. */
export interface RejectedEvent {
  type: "rejected";
  topic: string;
  messageId: string;
  why?: string;
}

/** For moderators: how much waits for them. */
export interface QueueEvent {
  type: "queue";
  topic: string;
  held: number;
  reports: number;
  /** Users who are muted, banned or hidden now. */
  sentences: number;
}

/** What this session may do in a topic has changed. Without `can.read` it is unsubscribed. */
export interface RightsEvent {
  type: "rights";
  topic: string;
  can: Rights;
}

/** Frames that nobody asked for have no `id`. Ignore the types you don't know. */
export type ServerEvent =
  | MessagesEvent
  | GapEvent
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
