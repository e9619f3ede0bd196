/**
 * Types of the package's client: options, calls, events. Types only; docs/CLIENT.md is the same in prose.
 */
import type { Cursor, Message, MessageFields, User } from "../../src/model.ts";
import type {
  AppendEvent,
  ClearedEvent,
  CommandFields,
  CommandResults,
  CommandType,
  GapEvent,
  ModeEvent,
  PeopleEvent,
  PinsEvent,
  QueueEvent,
  RejectedEvent,
  RightsEvent,
  StandingEvent,
  TypingEvent,
} from "../../src/protocol.ts";
import type { Connection } from "../client/client-events.ts";
import type { ClientError } from "./client-error.ts";

/** A class like the browser's `WebSocket`, such as that of the package `ws`. */
export type WebSocketClass = new (url: string, protocol: string) => object;

export interface ClientOptions {
  /** The server's address, such as `https://chat.example`, or `https://example.com/chat` where it is served under a path. */
  server: string;
  /**
   * The user, as `Authorization: Bearer` of the HTTP API takes it: a token that the site's back end signed, an API key, the
   * operator's key, or a guest's credential. A function is asked for a token, and for a fresh one before the last one expires;
   * `undefined` from it is a guest. Default: a guest.
   */
  token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
  /** The name of a guest, or of a back end with a key. Signed users have the name in their token. */
  name?: string | undefined;
  /**
   * Keeps the guest's identity and unsent messages: `localStorage`, or an object that you load and save. Default: memory, so that
   * each client is a new guest.
   */
  storage?: Record<string, string | undefined> | undefined;
  /**
   * The class that opens connections. Default: the runtime's `WebSocket`; where there is none (Node before 22) the client uses
   * streamed HTTP, which needs nothing else. `null` asks for streamed HTTP.
   */
  WebSocket?: WebSocketClass | null | undefined;
}

export interface SubscribeOptions {
  /** Continue from this position: every later message arrives once, or the event `gap` names what is gone. */
  cursor?: Cursor | undefined;
  /** Without a cursor, or when it is of no use any more: so many of the newest messages first. Default: 0; at most 200. */
  last?: number | undefined;
}

/** A subscription that the server has accepted. */
export type Subscription = CommandResults["subscribe"] & {
  /** Ends the subscription. */
  unsubscribe: () => void;
};

/** A message to publish: its text, and what docs/PROTOCOL.md lists under *a message*. */
export interface OutgoingMessage extends MessageFields {
  text: string;
  /** The message's id: publishing it again stores nothing. Default: a random one. */
  id?: string | undefined;
  /** The offset of the message that this one answers. */
  replyTo?: number | undefined;
  /** Ids of users that it addresses. */
  mentions?: string[] | undefined;
}

/** A message that the server has taken. */
export interface Published {
  topic: string;
  id: string;
  /** Its number in the topic; 0 while it is held, and for an ephemeral one. */
  offset: number;
  /** True when it waits for a moderator. */
  held: boolean;
}

/** A message that grows (docs/PROTOCOL.md, `append`). */
export interface GrowingMessage {
  readonly topic: string;
  readonly id: string;
  readonly offset: number;
  /**
   * Adds text. Resolves when the server has stored it, also after reconnects; rejects when the message cannot grow any more. You
   * need not wait: parts are stored in the order of the calls, and `done` rejects where one of them did.
   */
  append(text: string): Promise<void>;
  /** Ends the message, after a last text. Resolves when that is stored. */
  done(text?: string): Promise<void>;
}

export interface MessageInfo {
  /** Whether this client's user wrote it. */
  mine: boolean;
  /** Whether it was stored before the (re)subscription that brought it. */
  replay: boolean;
}

/** Every event with the arguments of its listener. */
export interface ClientEvents {
  /** A message; each one once, in the order of offsets. */
  message: [message: Message, info: MessageInfo];
  /** A growing message has grown: `messages(topic)` has its text. */
  append: [event: AppendEvent];
  /** A message for the readers of the moment, which is never stored; its offset is 0. */
  ephemeral: [message: Message, info: MessageInfo];
  /** An edit, a removal, a reaction or a pin: `entry.kind`, of the message at `entry.target`. */
  change: [entry: Message, info: MessageInfo];
  /** Messages that will not arrive: they are no longer retained, or the topic has another log. */
  gap: [gap: GapEvent];
  /** The position after everything that was delivered: store it to resume from it. */
  cursor: [topic: string, cursor: Cursor];
  /** `messages(topic)` returns another list than before. */
  update: [topic: string];
  connection: [state: Connection, retryInMs: number | undefined];
  /** The client's user is known, or changed its name. */
  identity: [me: User];
  /** The server refused the client, its token or a topic. */
  error: [error: ClientError];
  people: [event: PeopleEvent];
  typing: [event: TypingEvent];
  rights: [event: RightsEvent];
  mode: [event: ModeEvent];
  standing: [event: StandingEvent];
  pins: [event: PinsEvent];
  cleared: [event: ClearedEvent];
  /** A moderator rejected a held message of this user. */
  rejected: [event: RejectedEvent];
  /** For moderators: the size of the review queue. */
  queue: [event: QueueEvent];
}

/** A client of one server. It connects when it is first used, and reconnects until it is closed or denied. */
export interface Client {
  readonly connection: Connection;
  /** The user; undefined before the first connection. */
  readonly me: User | undefined;
  /** Calls `listener` with each event; returns the function that unsubscribes it. */
  on<E extends keyof ClientEvents>(event: E, listener: (...args: ClientEvents[E]) => void): () => void;
  /**
   * Subscribes to a topic. Resolves when the server has accepted it, however late; rejects when it refuses. Register listeners
   * before. Two subscriptions of one topic share the first one's stream.
   */
  subscribe(topic: string, options?: SubscribeOptions): Promise<Subscription>;
  /**
   * Publishes a message. Resolves when the server has stored it, also after reconnects; rejects when the server refuses it.
   * Messages are sent one after the other, in the order of the calls.
   */
  publish(topic: string, message: string | OutgoingMessage): Promise<Published>;
  /**
   * Begins a message that grows, for a moderator or a back end with a key. Resolves when the server has stored its begin, which may be
   * empty.
   */
  begin(topic: string, message?: string | Partial<OutgoingMessage>): Promise<GrowingMessage>;
  /**
   * Runs any other command of `kabar.v1`, such as `history`, `react` or `moderate`, once the client is online. Rejects with
   * `connection-lost` when the connection ends before the reply.
   */
  command<T extends Exclude<CommandType, "hello" | "identify" | "subscribe" | "unsubscribe" | "publish">>(
    type: T,
    fields: CommandFields[T],
  ): Promise<CommandResults[T]>;
  /** The newest messages of a subscribed topic with all changes applied, oldest first. The same array until they change. */
  messages(topic: string): readonly Message[];
  /** The position after everything that was delivered; undefined before the first reply. */
  cursor(topic: string): Cursor | undefined;
  /** Ends the connection and all waiting calls, which reject with `closed`. */
  close(): void;
}
