/**
 * The chat without a page: one session to one server, any number of topics on it. Resumes every topic from its
 * cursor, sends through the outbox, keeps the guest the visitor is. Usable alone as an SDK (it runs in Bun, too):
 * no DOM, and the WebSocket, the clock, chance and storage are passed in. What it knows is `state`, which
 * only `reduce` changes; what happened is told to those who `listen`.
 */
import { PROTOCOL, type ServerEvent } from "../src/protocol.ts";
import type { Message, User } from "../src/model.ts";
import { type CommandError, createCalls, failure, LOST } from "./calls.ts";
import { type Clock, systemClock, type Timer } from "./clock.ts";
import type { Notice } from "./notices.ts";
import { createOutbox, type Sent } from "./outbox.ts";
import { createSocket, type SocketStatus, type WebSocketLike } from "./socket.ts";
import {
  hasOlder,
  initialState,
  oldestOffset,
  reduce,
  type Refusal,
  type State,
  type StateEvent,
  type TopicState,
} from "./state.ts";
import type { Keeper, Unsent } from "./storage.ts";
import { asName } from "./text.ts";

export interface ClientOptions {
  /** The server's address, such as `https://chat.example`. */
  server: string;
  keeper: Keeper;
  /** What the visitor is called until they choose. */
  name?: string | undefined;
  clock?: Clock;
  random?: () => number;
  connect?: (url: string, protocol: string) => WebSocketLike;
  /** Asked once, when the very first connection fails: whether there is no point in trying again. */
  diagnose?: (server: string, topic: string) => Promise<Refusal | undefined>;
}

export type Client = ReturnType<typeof createClient>;

/** How many older messages are asked for at a time. */
const OLDER_PAGE = 50;
/** The pause before a refused subscription that may pass is tried again, and between two repairs of a hole. */
const RESUBSCRIBE_MS = 2_000;
/** Read marks are written down at most this often. */
const SAVE_MARKS_MS = 2_000;

/** A topic in use: by how many, how many of them are watching, and its next repair. */
interface Use {
  uses: number;
  watchers: number;
  last: number;
  repairedAt: number;
  timer?: Timer | undefined;
}

export function createClient({
  server,
  keeper,
  name: suggestedName = "",
  clock = systemClock,
  random = Math.random,
  connect = (url, protocol) => new WebSocket(url, protocol) as WebSocketLike,
  diagnose,
}: ClientOptions) {
  let state: State = initialState;
  let { guest } = keeper.record;
  let wasOnline = false;
  let hasAsked = false;
  let marksTimer: Timer | undefined;
  const listeners = new Set<(notice: Notice) => void>();
  const topics = new Map<string, Use>();

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
      if (then?.readTo !== now?.readTo) marksTimer ??= clock.after(SAVE_MARKS_MS, saveMarks);
    }
    tell({ type: "change" });
  }

  // ── The session ──────────────────────────────────────────────────────────────────────────────────

  const socket = createSocket({
    clock,
    random,
    connect: () => connect(`${server.replace(/^http/, "ws")}/websocket`, PROTOCOL),
    pingFrame: '{"type":"ping","id":"ping"}',
    onOpen: () => void begin(),
    onText: receive,
    onStatus: follow,
    onImpossible: () => deny({ code: "insecure", message: "The browser refused to open the connection." }),
  });
  const calls = createCalls(socket.send);
  const { command } = calls;
  const outbox = createOutbox({
    clock,
    keeper,
    dispatch,
    publish: ({ id, topic, text, more }) => command("publish", { topic, messageId: id, text, ...more }),
    onSent: (sent) => tell({ type: "sent", ...sent }),
    onFailed: ({ id, topic }, { code, retry }) =>
      tell({ type: "send-failed", topic, id, reason: code, retryable: retry }),
  });

  function follow(status: SocketStatus): void {
    const { phase } = status;
    if (phase === "open") return;
    outbox.setUp(false);
    calls.lose();
    if (phase === "ended") {
      if (status.code)
        deny({ code: `closed-${status.code}`, message: "The server closed the connection for good." });
    } else if (phase === "waiting") {
      dispatch({ type: "connection", connection: "reconnecting", retryAt: status.retryAt });
      void askWhy();
    } else {
      const isAgain = phase === "connecting" && !/^(idle|connecting)$/.test(state.connection);
      dispatch({ type: "connection", connection: isAgain ? "reconnecting" : phase });
    }
  }

  function deny(refusal: Refusal): void {
    socket.stop();
    dispatch({ type: "denied", refusal });
    tell({ type: "error", ...refusal });
  }

  async function askWhy(): Promise<void> {
    const [topic] = topics.keys();
    if (wasOnline || hasAsked || !topic) return;
    hasAsked = true;
    const refusal = await diagnose?.(server, topic);
    if (refusal && !wasOnline) deny(refusal);
  }

  async function begin(): Promise<void> {
    // Written in one go: the server takes commands in order, so the first messages are one round trip away.
    const hello = command("hello", { guest, name: asName(keeper.record.name ?? suggestedName) });
    const subscriptions = [...topics.keys()].map(subscribe);
    try {
      const { user, limits, guest: credential } = await hello;
      guest = credential ?? guest;
      if (keeper.consented && guest !== keeper.record.guest) keeper.save({ guest });
      meet(user);
      dispatch({ type: "me", me: user, limits });
      await Promise.all(subscriptions);
      if (socket.status.phase !== "open") return;
      wasOnline = true;
      socket.settle();
      dispatch({ type: "connection", connection: "online" });
      outbox.setUp(true);
    } catch (cause) {
      const error = cause as CommandError;
      if (error.code === LOST) return;
      if (error.code === "bad-name") keeper.save({ name: "" });
      else if (!error.retry) return deny(error);
      socket.comeBackAfter(error.retryAfterMs);
      socket.fail();
    }
  }

  /** This is who we are now. */
  function meet(me: User): void {
    const isNews = state.me?.id !== me.id || state.me.name !== me.name;
    dispatch({ type: "me", me });
    if (isNews) tell({ type: "identity", me });
  }

  function receive(text: string): void {
    let frame: { type?: unknown };
    try {
      frame = Object(JSON.parse(text));
    } catch {
      return;
    }
    if (frame.type === "ok" || frame.type === "error") calls.settle(frame);
    else handle(frame as ServerEvent);
  }

  function handle(event: ServerEvent): void {
    if (event.type === "goodbye") socket.comeBackAfter(event.retryAfterMs);
    if (!("topic" in event)) return;
    const { topic } = event;
    if (event.type !== "messages" && event.type !== "gap") {
      dispatch({ type: "told", topic, news: event });
      return;
    }
    const before = state.topics[topic];
    dispatch(event.type === "gap" ? { type: "gap", topic, gap: event } : event);
    const after = state.topics[topic];
    if (after?.hole) repair(topic);
    if (before && after && event.type === "messages") tellMessages(before.last, after, event.messages);
  }

  function tellMessages(
    seen: number,
    { topic, last, liveFrom }: TopicState,
    messages: readonly Message[],
  ): void {
    for (const message of messages) {
      const { offset, kind, user } = message;
      if (offset <= seen || offset > last || kind) continue;
      tell({
        type: "message",
        topic,
        message,
        mine: user.id === state.me?.id,
        historical: offset <= liveFrom,
      });
    }
  }

  // ── Topics ───────────────────────────────────────────────────────────────────────────────────────

  async function subscribe(topic: string): Promise<void> {
    const use = topics.get(topic);
    if (!use) return;
    clock.cancel(use.timer);
    use.timer = undefined;
    try {
      const fields = { topic, cursor: state.topics[topic]?.cursor, last: use.last, people: true };
      await command("subscribe", fields, (reply) =>
        dispatch({ type: "subscribed", topic, reply, mark: keeper.record.read?.[topic] }),
      );
    } catch (cause) {
      const { code, message, retry, retryAfterMs } = cause as CommandError;
      if (code === LOST) return;
      if (retry) later(topic, retryAfterMs);
      else {
        dispatch({ type: "refused", topic, refusal: { code, message } });
        tell({ type: "error", code, message, topic });
      }
    }
  }
  function later(topic: string, ms = RESUBSCRIBE_MS): void {
    const use = topics.get(topic);
    if (use) use.timer ??= clock.after(ms, () => void subscribe(topic));
  }
  const unsubscribe = (topic: string) => command("unsubscribe", { topic }).catch(() => undefined);

  /** What came does not continue what we have: we ask again from where we are. */
  function repair(topic: string): void {
    const use = topics.get(topic);
    if (!use || use.timer) return;
    void unsubscribe(topic);
    later(topic, Math.max(0, use.repairedAt + RESUBSCRIBE_MS - clock.now()));
    use.repairedAt = clock.now();
  }

  function saveMarks(): void {
    clock.cancel(marksTimer);
    marksTimer = undefined;
    if (!keeper.consented) return;
    const read = { ...keeper.record.read };
    for (const { topic, cursor, readTo } of Object.values(state.topics)) {
      if (cursor) read[topic] = [cursor.epoch, readTo];
    }
    keeper.save({ read });
  }

  /** The next hello carries the name if this command does not arrive. */
  function sendName(name: string): void {
    command("rename", { name }).then(
      ({ user }) => meet(user),
      () => undefined,
    );
  }

  return {
    keeper,
    get state(): State {
      return state;
    },
    /** Hears of everything that happens; returns how to stop it. */
    listen(listener: (notice: Notice) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /**
     * Begins to follow a topic, with its `last` newest messages. Several uses share one subscription. `watch` says
     * whether this use shows the newest messages to somebody: those then count as read.
     */
    open(topic: string, last = 30): { watch: (seeing: boolean) => void; close: () => void } {
      const use: Use = topics.get(topic) ?? { uses: 0, watchers: 0, last, repairedAt: 0 };
      topics.set(topic, use);
      let isOpen = true;
      let isWatching = false;
      function watch(seeing: boolean): void {
        if (seeing === isWatching) return;
        isWatching = seeing;
        use.watchers += seeing ? 1 : -1;
        dispatch({ type: "seeing", topic, seeing: use.watchers > 0 });
      }
      if (use.uses++ === 0) {
        dispatch({ type: "opened", topic, pending: outbox.of(topic) });
        if (socket.status.phase === "open") void subscribe(topic);
        else if (state.connection !== "denied") socket.start();
      }
      function close(): void {
        if (!isOpen) return;
        isOpen = false;
        watch(false);
        if (--use.uses > 0) return;
        clock.cancel(use.timer);
        topics.delete(topic);
        void unsubscribe(topic);
        dispatch({ type: "closed", topic });
      }
      return { watch, close };
    },
    /** Sends a text. Kept when it is stored; broken when it is refused for good or deleted. */
    send(topic: string, text: string, more?: Unsent["more"]): Promise<Sent> {
      if (!text.trim()) return Promise.reject(failure("text-empty"));
      if (outbox.isFull()) return Promise.reject(failure("too-many-unsent", true));
      keeper.consent();
      keeper.save({ guest });
      return outbox.add(topic, text, more);
    },
    /** Any other command; fails at once without a connection. */
    command,
    /** Whether there is no room for another unsent message. */
    isFull: outbox.isFull,
    retry: outbox.retry,
    discard: outbox.discard,
    /** Takes a name; false when it is none. */
    rename(raw: string): boolean {
      const name = asName(raw);
      if (!name) return false;
      keeper.consent();
      keeper.save({ guest, name });
      if (state.me) meet({ ...state.me, name });
      sendName(name);
      return true;
    },
    /** Another tab wrote its record: a guest who has not spoken becomes the one who spoke there. */
    adopt(): void {
      const hasSpoken = keeper.record.guest === guest && keeper.consented;
      const record = keeper.reload();
      if (record.guest && record.guest !== guest && !hasSpoken) {
        guest = record.guest;
        socket.restart();
      } else if (record.name && record.name !== state.me?.name) sendName(record.name);
    },
    /** Becomes a new guest; with `forget`, everything kept on this device is erased. */
    signOut({ forget = false } = {}): void {
      outbox.clear();
      if (forget) keeper.forget();
      else if (keeper.consented) keeper.save({ guest: undefined, name: undefined });
      guest = undefined;
      socket.restart();
    },
    /** Asks for messages before the oldest one held. */
    async loadOlder(topic: string): Promise<void> {
      const t = state.topics[topic];
      if (!t || t.loadingOlder || !hasOlder(t)) return;
      dispatch({ type: "older-asked", topic });
      const limit = Math.min(OLDER_PAGE, state.limits.historyPage);
      const asked = command("history", { topic, before: oldestOffset(t), limit });
      const reply = await asked.catch(() => undefined);
      dispatch({ type: "older", topic, reply });
    },
    markRead: (topic: string): void => dispatch({ type: "read", topic }),
    /** The visitor asks, or the page became visible: looks whether the connection lives, or connects now. */
    wake: socket.wake,
    setOnline: socket.setOnline,
    /** The page goes to sleep: lets the connection go without forgetting anything. */
    pause(): void {
      saveMarks();
      socket.stop();
    },
    resume(): void {
      if (topics.size && !state.refusal) socket.start();
    },
    /** Ends everything. */
    stop(): void {
      saveMarks();
      listeners.clear();
      outbox.stop();
      socket.stop();
    },
  };
}
