/**
 * Subscriptions of the client: one per topic, from its cursor, however often it is used.
 * Subscribes again when messages have a hole. Keeps read markers and emits what happened to messages. Does not know the socket.
 */
import type { Cursor, Message } from "../../src/model.ts";
import type { ServerEvent } from "../../src/protocol.ts";
import { type Calls, type CommandError, LOST } from "./requests.ts";
import type { Clock, Timer } from "./clock.ts";
import type { Notice } from "./client-events.ts";
import { hasOlder, oldestOffset, type TopicState } from "./state.ts";
import type { Keeper, Unsent } from "./storage.ts";
import type { Store } from "./store.ts";

export type Topics = ReturnType<typeof createTopics>;

/** Older messages per request. */
const OLDER_PAGE = 50;
/** The pause before a refused subscription that may pass is tried again, and between two repairs of a hole. */
const RESUBSCRIBE_MS = 2_000;
/** Shortest time between two writes of the read markers. */
const SAVE_MARKS_MS = 2_000;

/** A topic in use: by how many, how many of them are watching, and its next repair. */
interface Use {
  uses_: number;
  watchers_: number;
  last: number;
  repairedAt_: number;
  timer?: Timer | undefined;
}

/** Returns the notices about messages that a topic has received after the offset `seen`, but for those that grow. `me` is the user's id. */
const newMessages = (
  seen: number,
  { topic, last, liveFrom }: TopicState,
  messages: readonly Message[],
  me: string | undefined,
): Notice[] =>
  messages
    .filter(({ offset, kind, growing }) => offset > seen && offset <= last && !kind && !growing)
    .map((message) => ({
      type: "message",
      topic,
      message,
      mine: message.user.id === me,
      historical: message.offset <= liveFrom,
    }));

/**
 * Creates the subscriptions of one client. `unsentOf` returns a topic's unsent messages; `connect` is called when a topic
 * is opened and returns whether there is a session to subscribe it in.
 */
export function createTopics(
  clock: Clock,
  keeper: Keeper,
  store: Store,
  command: Calls["command_"],
  unsentOf: (topic: string) => Unsent[],
  connect: () => boolean,
) {
  const { dispatch, tell } = store;
  const topics = new Map<string, Use>();
  let marksTimer: Timer | undefined;
  const now = (topic: string): TopicState | undefined => store.state.topics[topic];

  async function subscribe(topic: string): Promise<void> {
    const use = topics.get(topic);
    if (!use) return;
    clock.cancel(use.timer);
    use.timer = undefined;
    try {
      const fields = { topic, cursor: now(topic)?.cursor, last: use.last, people: true };
      await command("subscribe", fields, (reply) =>
        dispatch({ type: "subscribed", topic, reply, mark: keeper.record.read?.[topic] }),
      );
    } catch (cause) {
      const { code, message, retry, retryAfterMs } = cause as CommandError;
      // Without a session there is no topic: the next hello subscribes it.
      if (code === LOST || code === "hello-required") return;
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

  /** Subscribes again from the cursor, because received messages do not continue the list. */
  function repair(topic: string): void {
    const use = topics.get(topic);
    if (!use || use.timer) return;
    void unsubscribe(topic);
    later(topic, Math.max(0, use.repairedAt_ + RESUBSCRIBE_MS - clock.now()));
    use.repairedAt_ = clock.now();
  }

  function saveMarks(): void {
    clock.cancel(marksTimer);
    marksTimer = undefined;
    if (!keeper.consented) return;
    const read = { ...keeper.record.read };
    for (const { topic, cursor, readTo } of Object.values(store.state.topics)) {
      if (cursor) read[topic] = [cursor.epoch, readTo];
    }
    keeper.save({ read });
  }

  return {
    /** Whether any topic is open. */
    isUsed_: (): boolean => topics.size > 0,
    /** Subscribes every topic of a new session. Resolves when the server has answered each. */
    subscribeAll_: () => Promise.all([...topics.keys()].map(subscribe)),
    saveMarks,
    /** Schedules a write of the read markers. */
    noteMarks_(): void {
      marksTimer ??= clock.after(SAVE_MARKS_MS, saveMarks);
    },
    /** Applies an event of the server, and subscribes again if its messages do not continue the list. */
    receive(event: ServerEvent): void {
      if (!("topic" in event)) return;
      const { topic } = event;
      const before = now(topic);
      if (event.type === "messages") {
        dispatch(event);
        const after = now(topic);
        if (before && after)
          for (const notice of newMessages(before.last, after, event.messages, store.state.me?.id))
            tell(notice);
      } else if (event.type === "gap") dispatch({ type: "gap", topic, gap: event });
      else dispatch({ type: "told", topic, news: event });
      if (now(topic)?.hole) repair(topic);
    },
    /**
     * Begins to follow a topic, with its `last` newest messages. Several uses share one subscription. `watch` says
     * whether this use shows the newest messages to the user: those then count as read. The first use may continue from a
     * `cursor` of an earlier client.
     */
    open(
      topic: string,
      last = 30,
      cursor?: Cursor,
    ): { watch_: (seeing: boolean) => void; close: () => void } {
      const use: Use = topics.get(topic) ?? { uses_: 0, watchers_: 0, last, repairedAt_: 0 };
      topics.set(topic, use);
      let isOpen = true;
      let isWatching = false;
      function watch(seeing: boolean): void {
        if (seeing === isWatching) return;
        isWatching = seeing;
        use.watchers_ += seeing ? 1 : -1;
        dispatch({ type: "seeing", topic, seeing: use.watchers_ > 0 });
      }
      if (use.uses_++ === 0) {
        dispatch({ type: "opened", topic, pending: unsentOf(topic), cursor });
        if (connect()) void subscribe(topic);
      }
      function close(): void {
        if (!isOpen) return;
        isOpen = false;
        watch(false);
        if (--use.uses_ > 0) return;
        clock.cancel(use.timer);
        topics.delete(topic);
        void unsubscribe(topic);
        dispatch({ type: "closed", topic });
      }
      return { watch_: watch, close };
    },
    /** Asks for messages before the oldest one held. */
    async loadOlder(topic: string): Promise<void> {
      const t = now(topic);
      if (!t || t.loadingOlder || !hasOlder(t)) return;
      dispatch({ type: "set", topic, fields: { loadingOlder: true } });
      const limit = Math.min(OLDER_PAGE, store.state.limits.historyPage);
      const asked = command("history", { topic, before: oldestOffset(t), limit });
      const reply = await asked.catch(() => undefined);
      dispatch({ type: "older", topic, reply });
    },
  };
}
