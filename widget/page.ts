/**
 * What a page tells a client: that the network came or went, that it is looked at again, that it goes to sleep in
 * the back/forward cache and wakes, that another tab spoke. Never
 * `unload` or `beforeunload`: those keep a page out of that cache.
 */
import type { Client } from "./client.ts";

/** A page hidden for longer than this asks whether its connection is still there. */
const LONG_HIDDEN_MS = 30_000;

/** Ties a client to this page until `signal` is aborted. */
export function bindPage(client: Client, signal: AbortSignal): void {
  let hiddenAt = 0;
  const options = { signal };
  addEventListener("online", () => client.setOnline(true), options);
  addEventListener("offline", () => client.setOnline(false), options);
  if (!navigator.onLine) client.setOnline(false);
  addEventListener("pagehide", () => client.pause(), options);
  addEventListener("pageshow", (event) => event.persisted && client.resume(), options);
  document.addEventListener(
    "visibilitychange",
    () => {
      if (document.hidden) hiddenAt = Date.now();
      else if (hiddenAt && Date.now() - hiddenAt > LONG_HIDDEN_MS) client.wake();
    },
    options,
  );
  addEventListener(
    "storage",
    (event) => {
      if (event.key === client.keeper.recordKey && event.newValue) client.adopt();
    },
    options,
  );
}
