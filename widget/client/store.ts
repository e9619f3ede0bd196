/**
 * State of a client and its listeners. `dispatch` is the only way to change the state, and `reduce` computes every change.
 * Emits `connection`, `unread` and `change` when an event has changed something.
 */
import type { Notice } from "./client-events.ts";
import type { Clock } from "./clock.ts";
import { initialState, reduce, type State, type StateEvent } from "./state.ts";

export type Store = ReturnType<typeof createStore>;

/** Creates the store of one client; `onMarked` is called when a topic's read marker has moved. */
export function createStore(clock: Clock, onMarked: () => void) {
  let state: State = initialState;
  const listeners = new Set<(notice: Notice) => void>();

  function tell(notice: Notice): void {
    for (const listener of [...listeners]) listener(notice);
  }
  return {
    get state(): State {
      return state;
    },
    tell,
    dispatch(event: StateEvent): void {
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
        if (then?.readTo !== now?.readTo) onMarked();
      }
      tell({ type: "change" });
    },
    /** Calls `listener` with every event; returns a function that unsubscribes. */
    listen(listener: (notice: Notice) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Removes all listeners. */
    silence_: (): void => listeners.clear(),
  };
}
