/**
 * The interface between the headless client and the page around it: what `client.attach` takes once the code of the page
 * has loaded. Types only. A client without a page (the SDK, a test) attaches nothing and works by itself.
 */
import type { CommandFields, CommandResults, CommandType, ServerFrame } from "../../src/protocol.ts";
import type { CommandError } from "./requests.ts";
import type { WebSocketLike } from "./socket.ts";

/** Acquires a lock of the browser (page/locks.ts). Resolves to the function that releases it. */
export type Claim = (name: string, options: LockOptions) => Promise<(() => void) | undefined>;

/** The client's credentials for its next `hello`. They live in memory; storage keeps the guest's alone. */
export interface Credentials {
  /** The guest's credential, once the server has issued one. */
  guest?: string | undefined;
  /** A signed user's token; guests have none. */
  token?: string | undefined;
  /** An API key or the operator's key, of a back end. */
  key?: string | undefined;
  /** The page's name for a guest who has chosen none. */
  name?: string | undefined;
  /** A signed user's token has ended: the session reads as a guest and does not write. */
  isLapsed_?: boolean;
}

/** Runs a command; resolves to its reply, rejects with a `CommandError`. */
export type RunCommand = <T extends CommandType>(
  type: T,
  fields: CommandFields[T],
) => Promise<CommandResults[T]>;

/** Called by the client at fixed points; each is optional. */
export interface PageHooks {
  /** Opens a connection in place of the client's own WebSocket. */
  connect?: (url: string, protocol: string) => WebSocketLike;
  /** Runs the commands of `client.command`, by means of `client.sendNow`. */
  runCommand_?: RunCommand;
  /** Receives each frame of the server after the client has applied it. */
  onFrame_?: (frame: ServerFrame) => void;
  /** The server refused the `hello`. True when the hook takes care of it; otherwise the client tries again or stops. */
  onHelloRefused_?: (error: CommandError) => boolean;
  /** Starts over as a new guest. `isRemote`: another tab signed out. */
  signOut?: (options: { forget?: boolean; isRemote?: boolean }) => void;
}
