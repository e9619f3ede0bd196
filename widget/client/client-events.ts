/**
 * Events that a client emits. Types only.
 * Drawing needs `change`; the others become the `kabar-…` events of a page.
 */
import type { Message, User } from "../../src/model.ts";
import type { Sent } from "./outbox.ts";
import type { Connection } from "./state.ts";

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
