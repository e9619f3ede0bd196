/** Types of the domain: messages, users, cursors, gaps, modes, moderation acts. Shared with the widget. */

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
  /** Offsets of the entries that changed it. */
  edits?: number[];
  pinned?: boolean;
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
  /** For moderators: nobody but its author and they are served it. */
  hidden?: boolean;
}

/**
 * `edit`: `text` is the target's new text. `remove`: the target is gone. `react`: `emoji` was put on it, or taken off.
 * `hidden`: stands where something is kept from this reader.
 */
export type ChangeKind = "edit" | "remove" | "react" | "pin" | "hidden";

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

/** Who is in a topic: the number of users, and up to a size who they are. */
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
  /** Whose messages wait for a moderator. */
  hold: "none" | "guests" | "all";
}

/** How this session's user stands in a topic. `until` is in milliseconds since 1970; absent is for good. */
export interface Standing {
  state: "ok" | "muted" | "banned";
  until?: number;
  why?: string;
}

/** What a new guest has to do before they may write. */
export interface Gate {
  /** `work`: find a nonce, below. `callback`: the site's back end is asked. */
  kind: "none" | "work" | "callback";
  /** With `work`: SHA-256 of `challenge:nonce` has to begin with so many zero bits. */
  challenge?: string;
  bits?: number;
}

/** What a guest brings to the gate: a challenge with its nonce, or what the site's back end wants to see. */
export interface GateProof {
  challenge?: string | undefined;
  nonce?: string | undefined;
  proof?: string | undefined;
}

/** A message that waits for a moderator. */
export interface HeldMessage {
  topic: string;
  messageId: string;
  user: User;
  text: string;
  replyTo?: number;
  mentions?: string[];
  /** When it was sent, in milliseconds since 1970. */
  at: number;
  heldFor: "review" | "words" | "links";
}

/** A visitor's report of a message. */
export interface Report {
  offset: number;
  /** Who reported it: an id, and the name at that time. */
  by: string;
  byName?: string;
  why?: string;
  at: number;
  /** The message in its present form, while it is retained. */
  message?: Message;
}

/** What moderators laid on a user, while it holds. */
export interface Sanction {
  /** The user's id, and the name that was last seen. */
  user: string;
  name?: string;
  kind: "mute" | "ban" | "shadow";
  /** In milliseconds since 1970; absent is for good. */
  until?: number;
  why?: string;
  /** Who laid it on, and when. */
  by: string;
  at: number;
  /** Whether it holds for addresses of that user, too. */
  address?: boolean;
}

/** What a topic's moderators have to look at, and what they can take back. */
export interface Queue {
  held: HeldMessage[];
  reports: Report[];
  sentences: Sanction[];
}

/** Every act of moderation, by its `action`, with the reason that the audit log keeps. */
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
