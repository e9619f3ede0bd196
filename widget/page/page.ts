/**
 * Connects a client to its page: network changes, visibility, the back/forward cache, other tabs, identity.
 * Loads beside the first messages. Never uses `unload` or `beforeunload`: those keep a page out of that cache.
 */
import type { CommandError } from "../client/requests.ts";
import type { Clock, Timer } from "../client/clock.ts";
import type { Client } from "../client/client.ts";
import { checkFirstConnection } from "./first-connection.ts";
import { createIdentity, fetchToken, type Identity, tokenSourceOf } from "./identity.ts";
import { createOfflineChanges } from "./offline-changes.ts";
import type { WebSocketLike } from "../client/socket.ts";
import { createTabs } from "./shared-socket.ts";
import type { Channel } from "./tab-group.ts";
import { createTransport } from "../client/transport.ts";
import type { Claim } from "../client/page-hooks.ts";
import type { Shell } from "../loader/contract.ts";
import type { Emit } from "../loader/element-events.ts";
import { markKeys } from "./key-marks.ts";
import { watchTheme } from "./theme-changes.ts";
import { mayReceiveTokens } from "./trust.ts";

/** A page hidden for longer than this asks whether its connection is still there. */
const LONG_HIDDEN_MS = 30_000;
/** With `connect="view"`, a page hidden for longer than this closes its connection. */
const SLEEP_MS = 60_000;

/** The page's interface for elements. */
export interface PageTies extends Pick<Identity, "identify" | "signOut"> {
  /** Applies an element's attributes about the user, now and after each change. */
  follow(host: Element): Promise<void>;
  /** Watches the page's theme for an element, and marks its boxes while keys are in use. */
  watch_(shell: Shell, applyTheme: () => void, signal: AbortSignal): void;
  /** Reports an error to the page, with a hint for the site's owner. */
  report_(code: string, message: string, emit: Emit, topic?: string): Promise<void>;
}

export interface PageParts {
  server: string;
  clock_: Clock;
  claim: Claim;
  /** Lets go of the lock that makes this tab the leader; nothing when another tab leads, or none was asked for. */
  free_: (() => void) | undefined;
  signal: AbortSignal;
}

/** Connects a client to this page until `signal` is aborted. */
export function bindPage(
  client: Client,
  { server, clock_: clock, claim, free_: free, signal }: PageParts,
): PageTies {
  let hiddenAt = 0;
  let bedtime: Timer | undefined;
  const hosts = new Set<Element>();
  /** Whether every element wants its connection only while the page is visible. */
  const isForView = () =>
    [...hosts].every((host) => !host.isConnected || host.getAttribute("connect") === "view");
  const options = { signal };
  const tabs = createTabs({
    client,
    clock_: clock,
    server,
    claim,
    signal,
    openChannel: (name) => new BroadcastChannel(name) as Channel,
    openSocket: createTransport({
      openSocket: (...where) => new WebSocket(...where) as WebSocketLike,
      loadStreamed: async () => (await import("../client/streamed.ts")).openStreamed,
      server,
      hasFailed: () => client.state.connection === "reconnecting" && !client.state.me,
      onStreamed: () =>
        console.info(
          `kabar: WebSocket connections to ${server} are blocked here; the chat uses server-sent events instead.`,
        ),
    }),
    makeId: () => `${Date.now()}-${Math.random()}`,
  });
  if (free) tabs.begin(free);
  const identity = createIdentity({
    client,
    clock_: clock,
    onChange: tabs.move,
    onSignOut: tabs.signedOut_,
  });
  checkFirstConnection(client, async (topic) => (await import("./diagnosis.ts")).diagnose(server, topic));
  client.attach_({
    connect: tabs.connect,
    runCommand_: createOfflineChanges(client, clock.now, clock.after),
    onFrame_(frame) {
      // A message that a moderator rejected is not sent again after a reload.
      if (frame.type === "rejected") client.keeper.removeUnsent(frame.messageId);
      identity.onFrame_(frame);
      tabs.tap_(frame);
    },
    onHelloRefused_: identity.onHelloRefused_,
    signOut: identity.signOut,
  });
  addEventListener(
    "online",
    () => {
      client.setOnline(true);
      identity.wake_();
    },
    options,
  );
  addEventListener("offline", () => client.setOnline(false), options);
  if (!navigator.onLine) client.setOnline(false);
  const sleep = () => {
    client.pause();
    // A page that holds locks or channels is kept out of the back/forward cache, and a frozen one would lead nobody.
    tabs.leave();
  };
  addEventListener("pagehide", sleep, options);
  document.addEventListener("freeze", sleep, options);
  document.addEventListener("resume", () => client.resume(), options);
  addEventListener("pageshow", (event) => event.persisted && client.resume(), options);
  document.addEventListener(
    "visibilitychange",
    () => {
      clock.cancel(bedtime);
      if (document.hidden) {
        hiddenAt = Date.now();
        if (isForView()) bedtime = clock.after(SLEEP_MS, sleep);
      } else {
        client.resume();
        identity.wake_();
        if (hiddenAt && Date.now() - hiddenAt > LONG_HIDDEN_MS) client.wake();
      }
    },
    options,
  );
  addEventListener(
    "storage",
    (event) => {
      if (event.key === client.keeper.recordKey && event.newValue) identity.adopt_();
    },
    options,
  );
  const watcher = new MutationObserver(([change]) => {
    if (change) void read(change.target as Element);
  });
  signal.addEventListener("abort", () => {
    watcher.disconnect();
    clock.cancel(bedtime);
    identity.stop_();
  });
  let isPassing = false;
  let isRefused = false;
  /** Lets a new guest with read-only rights begin to write. */
  async function admit(): Promise<void> {
    if (isPassing || isRefused || !client.state.limits.gate) return;
    isPassing = true;
    try {
      const { passGate } = await import("./gate.ts");
      await passGate(client);
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
  /** Asks the site only for a token that may go to this server. */
  async function fetchTrusted(url: string): Promise<string | undefined> {
    // This chunk lies in a folder of the server that the script came from.
    const own = new URL("..", import.meta.url).href;
    const tags = document.querySelectorAll<HTMLScriptElement>("script[src]");
    if (mayReceiveTokens(server, own, location.href, tags)) return fetchToken(url);
    const problem = new Error(`token-url was not asked: ${server} is not the server of the script.`);
    throw Object.assign(problem, { code: "token-server" });
  }
  const read = (host: Element) => identity.use(tokenSourceOf(host, fetchTrusted));

  return {
    identify: identity.identify,
    signOut: identity.signOut,
    watch_({ host, root, launcher }, applyTheme, signal) {
      watchTheme(host, applyTheme, signal);
      markKeys(root.getRootNode(), [root, launcher], signal);
    },
    async report_(code, message, emit, topic) {
      const { report } = await import("./diagnosis.ts");
      report(code, message, server, emit, topic);
    },
    async follow(host) {
      hosts.add(host);
      // The work is done by the time that the first message is written.
      host.addEventListener("focusin", admit, options);
      watcher.observe(host, { attributeFilter: ["token", "token-url"] });
      // An element without attributes about the user changes nothing.
      if (tokenSourceOf(host, fetchTrusted)) await read(host);
    },
  };
}
