/** Types of the domain: messages, users, cursors, gaps, modes, moderation acts. Shared with the widget. */
import type { LogWarning, TroubleCode } from "./named-sentences.ts";

/**
 * The role of a user: a guest has no account, users and moderators have a token of the site, a service is a back end with an
 * API key, the operator has the operator's key. Show unknown roles as plain users.
 */
export type Role = "guest" | "user" | "moderator" | "service" | "operator";

/** The author of a message. `id` is stable; `name` is the author's name when the message was written. */
export interface User {
  id: string;
  name: string;
  role: Role;
  /** An https address of a picture. */
  avatar?: string;
}

/**
 * A button under a message. `view` opens an address; `http` tells back ends of a click, as the feed's event `action` and by
 * webhooks. `value` is for programs.
 */
export type MessageAction =
  { type: "view"; label: string; url: string } | { type: "http"; label: string; value?: string };

/** What a message may have beside its text. */
export interface MessageFields {
  /** One line above the text. */
  title?: string;
  /** An https address that the message is about. */
  link?: string;
  /** One emoji, or an https address of a picture. */
  icon?: string;
  /** From 1 (lowest) to 5 (urgent); 3 is usual. */
  priority?: number;
  tags?: string[];
  /** Up to three buttons. */
  actions?: MessageAction[];
  /** When the server removes the message, in milliseconds since 1970. */
  expiresAt?: number;
  /** Any JSON, for programs. Not shown to readers. */
  data?: unknown;
  /** Delivered to the readers of the moment and never stored; its offset is 0. */
  ephemeral?: boolean;
}

/** A message: the same object in history, in server-sent events and in `kabar.v1`. */
export interface Message extends MessageFields {
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
  /** When the text was last changed, in milliseconds since 1970. */
  edited?: number | undefined;
  /** Offsets of the entries that changed the message. */
  edits?: number[];
  pinned?: boolean;
  /** Present while the message grows (the command `append`): the text so far is in `text`. */
  growing?: Growth | undefined;
  /** Of a message that has grown, and of the `edit` that ended it: the number of its appends. */
  done?: number | undefined;
  /** With `done`: the server ended the message, because its author was silent. */
  stopped?: boolean | undefined;
  /** Present when the message was removed, by its author or a moderator. The text is then gone, also from the log. */
  removed?: "author" | "moderator";
  /** Ids of the users who reacted, by emoji. */
  reactions?: Record<string, string[]>;
  /**
   * Present on entries that change an earlier message, `target`. The message itself is served in its new form from then on;
   * the entry updates readers who have the old form. Skip unknown kinds; their offsets count.
   */
  kind?: ChangeKind;
  target?: number;
  emoji?: string;
  on?: boolean;
  /** For moderators: a message of a shadow-banned author. Only the author and moderators receive it. */
  hidden?: boolean;
}

/** How far a message has grown. */
export interface Growth {
  /** The number of appends that are in the text. */
  sequence: number;
  /** The time of the last append, or of the begin, in milliseconds since 1970. */
  at: number;
}

/**
 * `edit`: `text` is the target's new text. `remove`: the target was removed. `react`: `emoji` was added to the target, or
 * removed (`on`). `pin`: the target was pinned or unpinned. `hidden`: the place of an entry that this reader may not see.
 */
export type ChangeKind = "edit" | "remove" | "react" | "pin" | "hidden";

/** A position in a topic's log: the reader has received everything up to and including `offset`. */
export interface Cursor {
  /** Identifies the log: changes when the topic gets another log. */
  epoch: string;
  offset: number;
  /** The tag of the entry at `offset`: differs in a fork of the log that has the same offsets. */
  tag: string;
}

/** A range of offsets that the reader has not received and will not receive. Includes both ends. */
export interface Gap {
  from: number;
  to: number;
  /**
   * `trimmed`: retention removed the range. `epoch`: the topic has another log than the cursor's.
   * `tag`: the log has another entry at the cursor's offset, or none (a restored backup).
   */
  reason: "trimmed" | "epoch" | "tag";
}

/** The rights of a user in a topic. */
export interface Rights {
  read: boolean;
  write: boolean;
  /** Add reactions to messages. */
  react: boolean;
  /** See the present users. */
  people: boolean;
  /** Remove and pin messages of others, impose sanctions, set modes and word rules. */
  moderate: boolean;
}

/** The present users of a topic. Large topics have only the number. */
export interface People {
  count: number;
  users?: User[];
}

/** A topic's present modes, set by its moderators, who are exempt. */
export interface TopicMode {
  /** Seconds between two messages of a user; 0 is off. */
  slowS: number;
  readOnly: boolean;
  emojiOnly: boolean;
  /** The authors whose messages wait for a moderator. */
  hold: "none" | "guests" | "all";
}

/** The sanction of this session's user in a topic, or `ok`. `until`: its end, in milliseconds since 1970; absent: no end. */
export interface Standing {
  state: "ok" | "muted" | "banned";
  until?: number;
  why?: string;
}

/** The check that a new guest must pass before writing. */
export interface Gate {
  /** `work`: a proof of work. `callback`: the site's back end decides. */
  kind: "none" | "work" | "callback";
  /** With `work`: SHA-256 of `challenge:nonce` must begin with `bits` zero bits. */
  challenge?: string;
  bits?: number;
}

/** A guest's proof for the gate: a challenge with its nonce, or a `proof` for the site's back end. */
export interface GateProof {
  challenge?: string | undefined;
  nonce?: string | undefined;
  proof?: string | undefined;
}

/** A message that waits for a moderator. */
export interface HeldMessage extends MessageFields {
  topic: string;
  messageId: string;
  user: User;
  text: string;
  replyTo?: number;
  mentions?: string[];
  /** When it was sent, in milliseconds since 1970. */
  at: number;
  /** `first`: the author has no message in the topic yet. */
  heldFor: "review" | "words" | "links" | "first";
}

/** A user's report of a message. */
export interface Report {
  offset: number;
  /** The id of the user who reported the message, and the user's name at that time. */
  by: string;
  byName?: string;
  why?: string;
  at: number;
  /** The message in its present form; absent when it is no longer retained. */
  message?: Message;
}

/** A message that waits for a moderator in the inbox, with the sanction that its author already has in the topic, or `ok`. */
export type InboxCase = { topic: string; at: number; standing: string } & (
  | { kind: "held"; held: HeldMessage }
  | { kind: "reported"; offset: number; reports: Report[]; message?: Message }
  | { kind: "first"; offset: number; message?: Message }
);

/** A sanction in force: a mute, ban or shadow ban of a user. */
export interface Sanction {
  /** The user's id, and the user's last known name. */
  user: string;
  name?: string;
  kind: "mute" | "ban" | "shadow";
  /** The end, in milliseconds since 1970; absent: no end. */
  until?: number;
  why?: string;
  /** The moderator who imposed the sanction, and the time. */
  by: string;
  at: number;
  /** Whether the sanction also covers the user's addresses. */
  address?: boolean;
}

/** The review queue of a topic, with the sanctions in force. */
export interface Queue {
  held: HeldMessage[];
  reports: Report[];
  sentences: Sanction[];
}

/** An act of moderation, by its `action`, with an optional reason for the audit log. */
export type ModerationAct = (
  | { action: "remove"; target: number }
  | { action: "remove-all"; user: string }
  | { action: "timeout"; user: string; seconds: number }
  | { action: "ban"; user: string; seconds?: number | undefined; address?: boolean | undefined }
  | { action: "unban"; user: string }
  | { action: "shadow"; user: string; on: boolean; seconds?: number | undefined }
  | { action: "mode"; mode: Partial<TopicMode> }
  | { action: "words"; words: Record<string, unknown> }
  | { action: "pin"; target: number; on: boolean }
  | { action: "approve"; user: string; messageId: string }
  | { action: "reject"; user: string; messageId: string }
  | { action: "dismiss"; target: number }
  | { action: "clear" }
) & { why?: string | undefined };

/** Limits of this session, so that a client can check before it sends. */
export interface SessionLimits {
  textBytes: number;
  frameBytes: number;
  topics: number;
  historyPage: number;
  /** The gate that a new guest must pass before writing; absent for other users. */
  gate?: "work" | "callback";
}

/** The result of every command that adds an entry. */
export interface Stored {
  topic: string;
  offset: number;
  /** True when an earlier attempt stored this message id: nothing was added. */
  repeated: boolean;
  /** True when the message waits for a moderator: it has no offset yet (0) and is not published. */
  held?: boolean;
}

/** The result of an append to a growing message. `repeated`: an earlier attempt stored this sequence. */
export interface Grown {
  topic: string;
  target: number;
  sequence: number;
  repeated: boolean;
}

/** Messages of a topic that a device receives as push messages. */
export type PushMode = "all" | "mentions" | "none";

/** No push messages from one time of the day to another, such as 22:00 and 07:00, in a time zone of the IANA database. */
export interface QuietHours {
  from: string;
  to: string;
  zone: string;
}

/** Push messages of a topic on a device, which is a browser's subscription. Without `mode` nothing is set. */
export type PushRequest = {
  topic: string;
  mode?: PushMode | undefined;
  quiet?: QuietHours | null | undefined;
} & { [K in "endpoint" | "p256dh" | "auth" | "page" | "language"]?: string | undefined };

/** What a device receives of a topic. */
export interface PushState {
  /** The server's public key: `applicationServerKey` of a subscription. */
  key: string;
  /** Whether push messages have the text of the messages. */
  text: boolean;
  mode: PushMode;
  quiet?: QuietHours;
}

/** A page of a history, oldest message first. */
export interface HistoryPage {
  topic: string;
  epoch: string;
  first: number;
  top: number;
  messages: Message[];
  /** True when the log has more messages in the requested direction. */
  more: boolean;
}

/** A passkey of a named owner of the console, as it may be shown. Times are in milliseconds since 1970. */
export interface Passkey {
  id: string;
  owner: string;
  name: string;
  /** The address at which it works. */
  origin: string;
  madeAt: number;
  usedAt?: number;
  /** When an answer was refused because its count of uses was an old one: the passkey may have been copied. */
  copiedAt?: number;
}

/** A warning of the server: its kind, which the console has its own words for, and the whole of it in English. */
export interface HealthWarning {
  kind: "cannot-store" | "no-file" | "disk-full" | "little-room" | "versions" | "old-backup" | "log";
  text: string;
  /** Of `cannot-store`: the cause, half a sentence, and its name where it has one. */
  cause?: string;
  causeCode?: TroubleCode;
  /** Of `log`. */
  warning?: Omit<LogWarning, "text">;
  /** Of warnings of the disk. */
  freeBytes?: number;
  /** Of `versions`: those of the nodes. */
  versions?: string[];
  /** Of `old-backup`: when the newest was made, in milliseconds since 1970. */
  at?: number;
}

/** A sample of the vital signs of a server, for plots. Rates are means since the sample before. */
export interface Vital {
  /** In milliseconds since 1970. */
  at: number;
  sessions: number;
  messagesPerS: number;
  deliveriesPerS: number;
  errorsPerMin: number;
  /** The mean time of a commit, in milliseconds; 0 without commits. */
  commitMs: number;
  memoryBytes: number;
  /** The size of the log's files, or of its databases; 0 while it is not known. */
  logBytes: number;
}
