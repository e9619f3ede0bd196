/**
 * Typed events of the package's client. A listener that throws disturbs neither the other listeners nor the client: its error is
 * reported as an uncaught one.
 */
import type { ClientEvents } from "./client-types.ts";

/** Every event, for the error of a wrong name. */
const EVENTS: Readonly<Record<keyof ClientEvents, true>> = {
  message: true,
  ephemeral: true,
  append: true,
  change: true,
  gap: true,
  cursor: true,
  update: true,
  connection: true,
  identity: true,
  error: true,
  people: true,
  typing: true,
  rights: true,
  mode: true,
  standing: true,
  pins: true,
  cleared: true,
  rejected: true,
  queue: true,
};

/** Whether this is the name of an event: a newer server may send others. */
export const isEventName = (name: string): name is keyof ClientEvents => Object.hasOwn(EVENTS, name);

/** Throws outside of the client's own calls, so that the runtime reports the error as uncaught. */
const report = (error: unknown): void =>
  queueMicrotask(() => {
    throw error;
  });

export type Emitter = ReturnType<typeof createEmitter>;

/** Creates the events of one client. */
export function createEmitter() {
  const listeners = new Map<keyof ClientEvents, Set<{ call_: object }>>();
  return {
    /** Calls `listener` with each event; returns the function that unsubscribes it. Throws TypeError for a wrong argument. */
    on<E extends keyof ClientEvents>(event: E, listener: (...args: ClientEvents[E]) => void): () => void {
      if (!isEventName(event))
        throw new TypeError(
          `on(event, listener): event is ${JSON.stringify(String(event).slice(0, 60))}, must be one of ${Object.keys(EVENTS).join(", ")}.`,
        );
      if (typeof listener !== "function")
        throw new TypeError("on(event, listener): the listener must be a function.");
      const entry = { call_: listener };
      const ofEvent = listeners.get(event) ?? new Set();
      listeners.set(event, ofEvent.add(entry));
      return () => void ofEvent.delete(entry);
    },
    /** Whether an event has a listener. */
    hasListener_: (event: keyof ClientEvents): boolean => (listeners.get(event)?.size ?? 0) > 0,
    emit_<E extends keyof ClientEvents>(event: E, ...args: ClientEvents[E]): void {
      for (const { call_: call } of [...(listeners.get(event) ?? [])]) {
        try {
          (call as (...args: ClientEvents[E]) => void)(...args);
        } catch (error) {
          report(error);
        }
      }
    },
    /** Removes all listeners. */
    clear_: (): void => listeners.clear(),
  };
}
