/**
 * Outbox of unsent messages: sends one at a time, in the order in which they were written.
 * Each message keeps its id across attempts and reloads, so that the server stores it once. A message without an answer is sent
 * again after a reconnect. `rate-limited` waits as long as the server asks; any other refusal is for the user to decide.
 * client/storage.ts keeps messages until the server has them.
 */
import type { Sent } from "./client-events.ts";
import { type CommandError, failure, LOST } from "./requests.ts";
import { type Clock, makeId, type Timer } from "./clock.ts";
import type { Keeper, Unsent } from "./storage.ts";
import type { Store } from "./store.ts";

export type Outbox = ReturnType<typeof createOutbox>;

/** Most unsent messages: no real conversation has more. */
export const MAX_UNSENT = 50;
/** The pause after a refusal that may pass, when the server names none. */
const PAUSE_MS = 3_000;
/** Refusals that pass in time, but not while the user waits: the message fails and the user decides. */
const FINAL: ReadonlySet<string> = new Set(["muted", "read-only"]);

interface Entry {
  item_: Unsent;
  resolve?: (sent: Sent) => void;
  reject?: (error: Error) => void;
}

/** Creates the outbox of one client with the messages that storage kept; `publish` sends one to the server. */
export function createOutbox(
  clock: Clock,
  keeper: Keeper,
  { dispatch, tell }: Store,
  publish: (item: Unsent) => Promise<{ offset: number }>,
) {
  const entries = new Map<string, Entry>(
    keeper.unsent().map((item): [string, Entry] => [item.id, { item_: item }]),
  );
  let isUp = false;
  let isBusy = false;
  let pause: Timer | undefined;

  async function flush(): Promise<void> {
    const entry = [...entries.values()].find(({ item_: item }) => !item.failed);
    if (!isUp || isBusy || !entry) return;
    isBusy = true;
    const pauseMs = await publish(entry.item_).then(
      ({ offset }) => finish(entry, offset),
      (error: CommandError) => refuse(entry, error),
    );
    pause = clock.after(pauseMs, () => {
      isBusy = false;
      void flush();
    });
  }

  function finish({ item_: { id, topic }, resolve }: Entry, offset: number): number {
    entries.delete(id);
    // Messages that wait for a moderator are sent again after a reload, to learn their state.
    if (offset) keeper.removeUnsent(id);
    dispatch({ type: "acked", topic, id, offset });
    const sent = { id, topic, offset };
    resolve?.(sent);
    tell({ type: "sent", ...sent });
    return 0;
  }

  /** Returns the wait before the next attempt, in ms. */
  function refuse(entry: Entry, error: CommandError): number {
    const { item_: item, reject } = entry;
    const { id, topic } = item;
    const { code } = error;
    // The user deleted it meanwhile, or the connection is gone and the next one sends it again.
    if (!entries.has(id) || code === LOST) return 0;
    if (error.retry && !FINAL.has(code)) {
      dispatch({ type: "pending", topic, id, change: { slowed: code } });
      return error.retryAfterMs || PAUSE_MS;
    }
    dispatch({ type: "pending", topic, id, change: { slowed: false, failed: code } });
    entry.item_ = { ...item, failed: code };
    keeper.putUnsent(entry.item_);
    reject?.(error);
    tell({ type: "send-failed", topic, id, reason: code, retryable: error.retry });
    return 0;
  }

  /** Also discards a message that a moderator rejected, which has no entry now. */
  function discard(id: string, topic: string): void {
    const entry = entries.get(id);
    entries.delete(id);
    keeper.removeUnsent(id);
    dispatch({ type: "discarded", topic, id });
    entry?.reject?.(failure("discarded"));
  }

  return {
    isFull_: (): boolean => entries.size >= MAX_UNSENT,
    /** Returns a topic's unsent messages in the order in which they were written. */
    of: (topic: string): Unsent[] =>
      [...entries.values()].map(({ item_: item }) => item).filter((item) => item.topic === topic),
    /** Queues a message. Resolves when the server has stored it, however late. */
    add: (topic: string, text: string, more?: Unsent["more"], by?: string, id = makeId()): Promise<Sent> =>
      new Promise((resolve, reject) => {
        const item = { id, topic, text, at: clock.now(), more, by };
        entries.set(item.id, { item_: item, resolve, reject });
        keeper.putUnsent(item);
        dispatch({ type: "queued", topic, item });
        void flush();
      }),
    /** Sends a refused message again, after the messages written since, as the present user. */
    retry(id: string): void {
      const entry = entries.get(id);
      if (!entry) return;
      const item = { ...entry.item_, failed: undefined, by: undefined };
      entries.delete(id);
      entries.set(id, { item_: item });
      keeper.putUnsent(item);
      dispatch({ type: "pending", topic: item.topic, id, change: item });
      void flush();
    },
    discard,
    /** Whether there is a session to send on. */
    setUp_(value: boolean): void {
      isUp = value;
      void flush();
    },
    /** Stops sending for good. */
    stop_(): void {
      isUp = false;
      clock.cancel(pause);
    },
  };
}
