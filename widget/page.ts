/**
 * What a page adds to a client, loaded beside the first messages: that the network came or went, that the page is looked at
 * again, sleeps in the back/forward cache and wakes, that another tab spoke; and who the visitor is for the site. Never
 * `unload` or `beforeunload`: those keep a page out of that cache.
 */
import type { CommandError } from "./calls.ts";
import type { Client } from "./client.ts";
import { createIdentity, fetchToken, type Identity, sourceOf } from "./identity.ts";
import type { Ties } from "./ties.ts";

/** A page hidden for longer than this asks whether its connection is still there. */
const LONG_HIDDEN_MS = 30_000;

/** What elements ask of it. */
export interface PageTies extends Pick<Identity, "identify" | "signOut"> {
  /** Does what an element's attributes say of the visitor, now and later. */
  follow(host: Element): Promise<void>;
}

/** Ties a client to this page until `signal` is aborted. */
export function bindPage(client: Client, ties: Ties, signal: AbortSignal): PageTies {
  let hiddenAt = 0;
  const options = { signal };
  const clock = {
    now: () => Date.now(),
    after: (ms: number, run: () => void) => setTimeout(run, ms),
    cancel: (timer: ReturnType<typeof setTimeout> | undefined) => clearTimeout(timer),
  };
  const identity = createIdentity({ client, ties, clock });
  ties.tap = identity.hear;
  ties.signOut = identity.signOut;
  addEventListener(
    "online",
    () => {
      client.setOnline(true);
      identity.wake();
    },
    options,
  );
  addEventListener("offline", () => client.setOnline(false), options);
  if (!navigator.onLine) client.setOnline(false);
  addEventListener("pagehide", () => client.pause(), options);
  addEventListener("pageshow", (event) => event.persisted && client.resume(), options);
  document.addEventListener(
    "visibilitychange",
    () => {
      if (document.hidden) hiddenAt = Date.now();
      else {
        identity.wake();
        if (hiddenAt && Date.now() - hiddenAt > LONG_HIDDEN_MS) client.wake();
      }
    },
    options,
  );
  addEventListener(
    "storage",
    (event) => {
      if (event.key === client.keeper.recordKey && event.newValue) identity.adopt();
    },
    options,
  );
  const watcher = new MutationObserver(([change]) => {
    if (change) void read(change.target as Element);
  });
  signal.addEventListener("abort", () => {
    watcher.disconnect();
    identity.stop();
  });
  let isPassing = false;
  let isRefused = false;
  /** A new guest whom the server lets only read begins to write. */
  async function admit(): Promise<void> {
    if (isPassing || isRefused || !client.state.limits.gate) return;
    isPassing = true;
    try {
      const { passGate } = await import("./gate.ts");
      await passGate(client, ties);
    } catch (cause) {
      const { code, message } = cause as CommandError;
      isRefused = code === "gate-refused";
      if (isRefused) client.tell({ type: "error", code, message });
    }
    isPassing = false;
  }
  client.listen(({ type }) => {
    if (type === "change" && Object.values(client.state.topics).some(({ pending }) => pending[0]))
      void admit();
  });
  const read = (host: Element) => identity.use(sourceOf(host, fetchToken));

  return {
    identify: identity.identify,
    signOut: identity.signOut,
    async follow(host) {
      // The work is done by the time that the first message is written.
      host.addEventListener("focusin", admit, options);
      watcher.observe(host, { attributeFilter: ["token", "token-url"] });
      // An element that says nothing of the visitor changes nothing.
      if (sourceOf(host, fetchToken)) await read(host);
    },
  };
}
