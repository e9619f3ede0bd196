/**
 * What a page adds to a client when the code for it has come (page.ts): who the visitor is for the site, and the other
 * tabs. Types only. A client that runs without a page has none of it.
 */
import type { ServerFrame } from "../../src/protocol.ts";
import type { CommandError } from "./requests.ts";
import type { WebSocketLike } from "./socket.ts";

/** What a page says of the visitor. */
export interface Claims {
  /** What the site's back end signed, or how to ask for it. */
  token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
  /** What to call a guest who has chosen no name. */
  name?: string | undefined;
}

/** Asks the browser for a lock (locks.ts). */
export type Claim = (name: string, options: LockOptions) => Promise<(() => void) | undefined>;

export interface Ties {
  /** The guest's credential, once there is one. */
  guest?: string | undefined;
  /** A signed user's token, held here and nowhere else; guests have none. */
  token?: string | undefined;
  /** What the page calls a guest who has chosen no name. */
  name?: string | undefined;
  /** The visitor was signed in and is not any longer: reads as a guest, and does not write. */
  isLapsed_?: boolean;
  /** The server did not take the token. */
  onRefused_?: (error: CommandError) => void;
  /** Becomes a new guest. `isTold`: another tab said so. */
  signOut?: (options: { forget?: boolean; isTold?: boolean }) => void;
  /** Hears every frame when the client has taken it. */
  tap_?: (frame: ServerFrame) => void;
  /** How to connect, when not by a WebSocket of one's own. */
  connect?: (url: string, protocol: string) => WebSocketLike;
}
