/**
 * Events that a client emits, and the types that its users share. Types only, which need no other file of this folder.
 * Drawing needs `change`; the others become the `kabar-…` events of a page.
 */
import type { Message, User } from "../../src/model.ts";

/**
 * State of the connection. `idle`: nothing was asked yet, or the client is stopped. `denied`: the server refused this client for good.
 */
export type Connection = "idle" | "connecting" | "online" | "reconnecting" | "offline" | "denied";

/** The outcome of a message. */
export interface Sent {
  id: string;
  topic: string;
  offset: number;
}

/** The user's identity as the page gives it: the argument of `identify()`. */
export interface Claims {
  /** A token that the site's back end signed, or a function that returns one. */
  token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
  /** A name for a guest who has chosen none. */
  name?: string | undefined;
}

/** Events for listeners. `change`: the client has a new state. */
export type Notice =
  | { type: "change" }
  | { type: "connection"; connection: Connection; retryInMs: number | undefined }
  | { type: "message"; topic: string; message: Message; mine: boolean; historical: boolean }
  | ({ type: "sent" } & Sent)
  | { type: "send-failed"; topic: string; id: string; reason: string; retryable: boolean }
  | { type: "unread"; topic: string; count: number }
  | { type: "identity"; me: User }
  | { type: "error"; code: string; message: string; topic?: string };
