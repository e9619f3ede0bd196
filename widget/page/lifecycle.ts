/**
 * Lifecycle of the page: network changes, visibility and the back/forward cache, passed on to the client.
 * Never uses `unload` or `beforeunload`: those keep a page out of that cache.
 */
import type { Client } from "../client/client.ts";
import type { Clock, Timer } from "../client/clock.ts";

/** A page hidden for longer than this asks whether its connection is still there. */
const LONG_HIDDEN_MS = 30_000;
/** With `connect="view"`, a page hidden for longer than this closes its connection. */
const SLEEP_MS = 60_000;

/** Functions that the lifecycle calls. */
export interface LifecycleEvents {
  /** Whether a hidden page closes its connection after a while. */
  sleepsHidden_: () => boolean;
  /** Nobody sees the page any more, and the connection is still open. */
  onHidden_: () => void;
  /** The client has closed its connection. */
  onSleep_: () => void;
  /** The page is visible again, or the network is back. */
  onWake_: () => void;
}

/** Follows the page until `signal` is aborted. */
export function followLifecycle(
  client: Client,
  clock: Clock,
  signal: AbortSignal,
  { sleepsHidden_: sleepsHidden, onHidden_: onHidden, onSleep_: onSleep, onWake_: onWake }: LifecycleEvents,
): void {
  const options = { signal };
  let hiddenAt = 0;
  let bedtime: Timer | undefined;

  function sleep(): void {
    client.pause();
    onSleep();
  }
  function onVisibility(): void {
    clock.cancel(bedtime);
    if (document.hidden) {
      hiddenAt = Date.now();
      onHidden();
      if (sleepsHidden()) bedtime = clock.after(SLEEP_MS, sleep);
    } else {
      client.resume();
      onWake();
      if (hiddenAt && Date.now() - hiddenAt > LONG_HIDDEN_MS) client.wake();
    }
  }
  function onOnline(): void {
    client.setOnline(true);
    onWake();
  }

  addEventListener("online", onOnline, options);
  addEventListener("offline", () => client.setOnline(false), options);
  if (!navigator.onLine) client.setOnline(false);
  addEventListener("pagehide", sleep, options);
  document.addEventListener("freeze", sleep, options);
  document.addEventListener("resume", () => client.resume(), options);
  addEventListener("pageshow", (event) => event.persisted && client.resume(), options);
  document.addEventListener("visibilitychange", onVisibility, options);
  signal.addEventListener("abort", () => clock.cancel(bedtime));
}
