/**
 * Headless client: one session to one server, with any number of topics.
 * Resumes every topic from its cursor, sends through the outbox, and keeps the guest's identity. Usable alone as an SDK (it runs in
 * Bun, too): no DOM; the WebSocket, the clock, chance and storage are passed in. `reduce` alone changes `state`; listeners
 * receive events.
 */
import { MAX_NAME_CHARS } from "../../src/formats.ts";
import { PROTOCOL, type ServerEvent, type ServerFrame, type SessionLimits } from "../../src/protocol.ts";
import type { User } from "../../src/model.ts";
import { type CommandError, createCalls, failure, LOST } from "./requests.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Notice } from "./client-events.ts";
import { createOutbox, type Sent } from "./outbox.ts";
import { createSocket, type SocketStatus, type WebSocketLike } from "./socket.ts";
import { initialState, reduce, type Refusal, type State, type StateEvent } from "./state.ts";
import type { Keeper, Unsent } from "./storage.ts";
import type { Credentials, PageHooks, RunCommand } from "./page-hooks.ts";
import { createTopics } from "./subscriptions.ts";

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
  /** Opens a connection; by default the page's hook, or a WebSocket. */
  connect?: (url: string, protocol: string) => WebSocketLike;
}

const openWebSocket = (url: string, protocol: string): WebSocketLike =>
  new WebSocket(url, protocol) as WebSocketLike;

export type Client = ReturnType<typeof createClient>;

export function createClient({
  server,
  keeper,
  name: suggestedName = "",
  credentials: given,
  clock = systemClock,
  random = Math.random,
  connect,
}: ClientOptions) {
  let state: State = initialState;
  let credentials: Credentials = { ...given, guest: keeper.record.guest };
  let hooks: PageHooks = {};
  const listeners = new Set<(notice: Notice) => void>();

  function setCredentials(change: Credentials): void {
    credentials = { ...credentials, ...change };
  }
  function tell(notice: Notice): void {
    for (const listener of [...listeners]) listener(notice);
  }
  function dispatch(event: StateEvent): void {
    const before = state;
    state = reduce(state, event);
    if (state === before) return;
    const { connection, retryAt } = state;
    if (before.connection !== connection || before.retryAt !== retryAt) {
      tell({ type: "connection", connection, retryInMs: retryAt && retryAt - clock.now() });
    }
    if ("topic" in event) {
      const { topic } = event;
      const then = before.topics[topic];
      const now = state.topics[topic];
      if (then && now && then.unread !== now.unread) tell({ type: "unread", topic, count: now.unread });
      if (then?.readTo !== now?.readTo) topics.noteMarks_();
    }
    tell({ type: "change" });
  }

  // ── The session ──────────────────────────────────────────────────────────────────────────────────

  const socket = createSocket({
    clock_: clock,
    random,
    connect: () =>
      (connect ?? hooks.connect ?? openWebSocket)(`${server.replace(/^http/, "ws")}/websocket`, PROTOCOL),
    pingFrame_: '{"type":"ping","id":"ping"}',
    onOpen_: () => void begin(),
    onText_: receive,
    onStatus_: follow,
    onImpossible_: () => deny({ code: "insecure", message: "The browser refused to open the connection." }),
  });
  const calls = createCalls(socket.send);
  const { command_: command } = calls;
  const outbox = createOutbox({
    clock_: clock,
    keeper_: keeper,
    dispatch_: dispatch,
    // Only the signed user who wrote an unsent message may send it.
    publish: ({ id, topic, text, more, by }) =>
      by && by !== state.me?.id
        ? Promise.reject(failure("signed-out"))
        : command("publish", { topic, messageId: id, text, ...more }),
    onSent_: (sent) => tell({ type: "sent", ...sent }),
    onFailed_: ({ id, topic }, { code, retry }) =>
      tell({ type: "send-failed", topic, id, reason: code, retryable: retry }),
  });

  const topics = createTopics({
    clock_: clock,
    keeper_: keeper,
    command_: command,
    state: () => state,
    dispatch_: dispatch,
    tell_: tell,
    unsentOf_: outbox.of,
    onOpened_() {
      const isUp = socket.status.phase_ === "open";
      if (!isUp && state.connection !== "denied") socket.start_();
      return isUp;
    },
  });

  function follow(status: SocketStatus): void {
    const { phase_: phase } = status;
    if (phase === "open") return;
    outbox.setUp_(false);
    calls.lose_();
    if (phase === "ended") {
      if (status.code)
        deny({ code: `closed-${status.code}`, message: "The server closed the connection for good." });
    } else if (phase === "waiting") {
      dispatch({ type: "connection", connection: "reconnecting", retryAt: status.retryAt_ });
    } else {
      const isAgain = phase === "connecting" && !/^(idle|connecting)$/.test(state.connection);
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
    const hello = command("hello", token ? { token } : { guest: credentials.guest, name });
    const subscribed = topics.subscribeAll_();
    try {
      const { user, limits, guest = credentials.guest } = await hello;
      setCredentials({ guest });
      if (keeper.consented && guest !== keeper.record.guest) keeper.save({ guest });
      meet(user, limits);
      await subscribed;
      if (socket.status.phase_ !== "open") return;
      socket.settle_();
      dispatch({ type: "connection", connection: "online" });
      outbox.setUp_(!credentials.isLapsed_);
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

  /** Sets the user of this session. */
  function meet(me: User, limits?: SessionLimits): void {
    const isNews = state.me?.id !== me.id || state.me.name !== me.name;
    dispatch({ type: "me", me, limits, isLapsed: credentials.isLapsed_ });
    if (isNews) tell({ type: "identity", me });
  }

  function receive(text: string): void {
    let frame: ServerFrame;
    try {
      frame = Object(JSON.parse(text));
    } catch {
      return;
    }
    if (frame.type === "ok" || frame.type === "error") calls.settle_(frame);
    else handle(frame);
    hooks.onFrame_?.(frame);
  }

  function handle(event: ServerEvent): void {
    if (event.type === "goodbye") socket.comeBackAfter_(event.retryAfterMs);
    if (!("topic" in event)) return;
    const { topic } = event;
    if (event.type === "messages") topics.receive(event);
    else
      dispatch(
        event.type === "gap" ? { type: "gap", topic, gap: event } : { type: "told", topic, news: event },
      );
    topics.mend_(topic);
  }

  /** The next hello carries the name if this command does not arrive. */
  function sendName(name: string): Promise<string | undefined> {
    return command("rename", { name }).then(
      ({ user }) => void meet(user),
      ({ code, message }: CommandError) => (code === LOST ? undefined : message),
    );
  }

  return {
    keeper,
    get state(): State {
      return state;
    },
    /** Calls `listener` with every event; returns a function that unsubscribes. */
    listen(listener: (notice: Notice) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    open: topics.open,
    /** Sends a text. Resolves when the server has stored the text; rejects when the text is refused for good or deleted. */
    send(topic: string, text: string, more?: Unsent["more"]): Promise<Sent> {
      if (!text.trim()) return Promise.reject(failure("text-empty"));
      if (outbox.isFull_()) return Promise.reject(failure("too-many-unsent", true));
      keeper.consent();
      keeper.save({ guest: credentials.guest });
      return outbox.add(topic, text, more, state.me?.role === "guest" ? undefined : state.me?.id);
    },
    dispatch,
    tell,
    meet,
    restart: socket.restart_,
    /** Stops for good: another attempt would fail, too. */
    deny,
    /** Sends any other command. Without a connection it fails at once, unless the page's hook keeps it. */
    command: ((type, fields) => (hooks.runCommand_ ?? command)(type, fields)) as RunCommand,
    /** Sends a command past the page's hook; fails at once without a connection. */
    sendNow_: command,
    /** Adds the page's hooks; a hook of the same name replaces the earlier one. */
    attach_(added: PageHooks): void {
      hooks = { ...hooks, ...added };
    },
    /** The credentials for the next `hello`. */
    get credentials_(): Readonly<Credentials> {
      return credentials;
    },
    setCredentials_: setCredentials,
    /** Whether the outbox is full. */
    isFull: outbox.isFull_,
    retry: outbox.retry,
    discard: outbox.discard,
    /** Sets the name, or resolves to the refusal: "" for a bad length, else the server's message. Offline, any valid name is accepted. */
    async rename(raw: string): Promise<string | undefined> {
      const name = asName(raw);
      if (!name) return "";
      const { me } = state;
      const before = keeper.record.name;
      keeper.consent();
      keeper.save({ guest: credentials.guest, name });
      if (me) meet({ ...me, name });
      const refused = await sendName(name);
      if (refused) {
        keeper.save({ name: before });
        if (me) meet(me);
      }
      return refused;
    },
    sendName,
    /** Becomes a new guest; `forget` erases everything on the device. */
    signOut: (options: { forget?: boolean; isRemote?: boolean }): void => hooks.signOut?.(options),
    loadOlder: topics.loadOlder,
    markRead: (topic: string): void => dispatch({ type: "read", topic }),
    /** Checks the connection, or connects at once: after a user's request, or when the page becomes visible. */
    wake: socket.wake_,
    setOnline: socket.setOnline_,
    /** Closes the connection and keeps the state, for a page that goes to sleep. */
    pause(): void {
      topics.saveMarks();
      socket.stop_();
    },
    resume(): void {
      const [topic] = topics.names_();
      if (topic && !state.refusal) socket.start_();
    },
    /** Ends the client for good. */
    stop(): void {
      topics.saveMarks();
      listeners.clear();
      outbox.stop_();
      socket.stop_();
    },
  };
}
