/**
 * What a client tells those who listen to it. Types only. Whoever draws needs `change`; the others are what a page
 * hears as `kabar-…` events.
 */
import type { Message, User } from "../../src/model.ts";
import type { Sent } from "./outbox.ts";
import type { Connection } from "./state.ts";

/** What happened, for those who listen. `change`: the state is another one. */
export type Notice =
  | { type: "change" }
  | { type: "connection"; connection: Connection; retryInMs: number | undefined }
  | { type: "message"; topic: string; message: Message; mine: boolean; historical: boolean }
  | ({ type: "sent" } & Sent)
  | { type: "send-failed"; topic: string; id: string; reason: string; retryable: boolean }
  | { type: "unread"; topic: string; count: number }
  | { type: "identity"; me: User }
  | { type: "error"; code: string; message: string; topic?: string };
