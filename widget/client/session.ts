/**
 * Session of the client: sends `hello` over each new connection, matches replies to commands and passes events on.
 * Keeps the credentials. Stops for good when the server refuses the user; otherwise the socket reconnects. Does not know topics
 * or messages.
 */
import { MAX_NAME_CHARS } from "../../src/formats.ts";
import { PROTOCOL, type ServerEvent, type ServerFrame } from "../../src/protocol.ts";
import type { SessionLimits, User } from "../../src/model.ts";
import type { Clock } from "./clock.ts";
import type { Credentials, PageHooks } from "./page-hooks.ts";
import { type CommandError, createCalls, LOST } from "./requests.ts";
import { createSocket, type SocketStatus, type WebSocketLike } from "./socket.ts";
import type { Refusal } from "./state.ts";
import type { Keeper } from "./storage.ts";
import type { Store } from "./store.ts";

/** Returns the name if its length is allowed; the server checks everything else. */
export const asName = (raw: string): string | undefined =>
  raw.trim() && [...raw.trim()].length <= MAX_NAME_CHARS ? raw.trim() : undefined;

export interface ClientOptions {
  /** The server's address, such as `https://chat.example`. */
  server: string;
  keeper: Keeper;
  /** The guest's name until the guest chooses one. */
  name?: string | undefined;
  /** Credentials of the first `hello`, besides the stored guest's. */
  credentials?: Credentials;
  clock?: Clock;
  random?: () => number;
  /** Returns a connection that is open already, or will be soon; in place of the first one. */
  takeOpened_?: () => WebSocketLike | undefined;
  /** Opens a connection; by default the page's hook, or a WebSocket. */
  connect?: (url: string, protocol: string) => WebSocketLike;
}

/** Options with the clock and chance that a client has in any case. */
type SessionOptions = ClientOptions & Required<Pick<ClientOptions, "clock" | "random">>;

/** Parts of the client that use the session. */
export interface SessionUsers {
  /** Subscribes every topic of a new session. Resolves when the server has answered each. */
  subscribeAll_: () => Promise<unknown>;
  /** Messages can be sent, or no longer. */
  onUp_: (isUp: boolean) => void;
  onEvent_: (event: ServerEvent) => void;
}

const openWebSocket = (url: string, protocol: string): WebSocketLike =>
  new WebSocket(url, protocol) as WebSocketLike;

/** Reads a text from the server; undefined when it is not JSON. */
function parseFrame(text: string): ServerFrame | undefined {
  try {
    return Object(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Creates a session, which connects when `socket_` is started. It reads the page's `hooks` anew at each use. */
export function createSession(options: SessionOptions, hooks: PageHooks, store: Store, users: SessionUsers) {
  const { server, keeper, name: suggestedName = "", clock, random, connect } = options;
  const { dispatch, tell } = store;
  let credentials: Credentials = { ...options.credentials, guest: keeper.record.guest };

  const open = () =>
    options.takeOpened_?.() ??
    (connect ?? hooks.connect ?? openWebSocket)(`${server.replace(/^http/, "ws")}/websocket`, PROTOCOL);
  const socket = createSocket(clock, random, open, {
    onOpen_: () => void begin(),
    onText_: receive,
    onStatus_: follow,
    onImpossible_: () => deny({ code: "insecure", message: "The browser refused to open the connection." }),
  });
  const calls = createCalls(socket.send);
  const { command_: command } = calls;

  function setCredentials(change: Credentials): void {
    credentials = { ...credentials, ...change };
  }

  function follow(status: SocketStatus): void {
    const { phase_: phase } = status;
    if (phase === "open") return;
    users.onUp_(false);
    calls.lose_();
    if (phase === "ended") {
      if (status.code)
        deny({ code: `closed-${status.code}`, message: "The server closed the connection for good." });
    } else if (phase === "waiting") {
      dispatch({ type: "connection", connection: "reconnecting", retryAt: status.retryAt_ });
    } else {
      const isAgain = phase === "connecting" && !/^(idle|connecting)$/.test(store.state.connection);
      dispatch({ type: "connection", connection: isAgain ? "reconnecting" : phase });
    }
  }

  function deny(refusal: Refusal): void {
    socket.stop_();
    dispatch({ type: "denied", refusal });
    tell({ type: "error", ...refusal });
  }

  async function begin(): Promise<void> {
    // Sends `hello` and the subscriptions together: the server runs commands in order, so one round trip brings the first messages.
    const { token } = credentials;
    const name = asName(keeper.record.name ?? credentials.name ?? suggestedName);
    const hello = command(
      "hello",
      token ? { token } : { guest: credentials.guest, key: credentials.key, name },
    );
    const subscribed = users.subscribeAll_();
    try {
      const { user, limits, guest = credentials.guest } = await hello;
      setCredentials({ guest });
      if (keeper.consented && guest !== keeper.record.guest) keeper.save({ guest });
      meet(user, limits);
      await subscribed;
      if (!socket.isOpen_()) return;
      socket.settle_();
      dispatch({ type: "connection", connection: "online" });
      users.onUp_(!credentials.isLapsed_);
    } catch (cause) {
      notAdmitted(cause as CommandError);
    }
  }

  function notAdmitted(error: CommandError): void {
    const { code, retry, retryAfterMs } = error;
    if (code === LOST) return;
    if (hooks.onHelloRefused_?.(error)) return;
    if (!retry && code !== "bad-name") deny(error);
    else {
      if (!retry) keeper.save({ name: "" });
      socket.comeBackAfter_(retryAfterMs);
      socket.fail_();
    }
  }

  function meet(me: User, limits?: SessionLimits): void {
    const { me: before } = store.state;
    dispatch({ type: "me", me, limits, isLapsed: credentials.isLapsed_ });
    if (before?.id !== me.id || before.name !== me.name) tell({ type: "identity", me });
  }

  function receive(text: string): void {
    const frame = parseFrame(text);
    if (!frame) return;
    if (frame.type === "ok" || frame.type === "error") calls.settle_(frame);
    else {
      if (frame.type === "goodbye") socket.comeBackAfter_(frame.retryAfterMs);
      users.onEvent_(frame);
    }
    hooks.onFrame_?.(frame);
  }

  return {
    socket_: socket,
    /** Sends a command; fails at once without a connection. */
    sendNow_: command,
    /** Stops for good: another attempt would fail, too. */
    deny,
    /** Sets the user of this session. */
    meet,
    /** The credentials for the next `hello`. */
    credentials_: (): Readonly<Credentials> => credentials,
    setCredentials_: setCredentials,
    /** Closes and connects anew at once, as another user for instance. */
    restart: socket.restart_,
    /** Checks the connection, or connects at once: after a user's request, or when the page becomes visible. */
    wake: socket.wake_,
    setOnline: socket.setOnline_,
  };
}
