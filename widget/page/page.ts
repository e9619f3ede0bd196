/**
 * Connects a client to its page: its lifecycle, other tabs, the user's identity, the elements on it.
 * Loads after the first list, or beside it where it is needed (chat/shared-clients.ts).
 */
import type { ServerFrame } from "../../src/protocol.ts";
import type { Clock } from "../client/clock.ts";
import type { Client } from "../client/client.ts";
import type { Growing } from "../client/growing.ts";
import { createAdmission } from "./admission.ts";
import { checkFirstConnection } from "./first-connection.ts";
import { createIdentity, type Identity } from "./identity.ts";
import { followLifecycle } from "./lifecycle.ts";
import { createOfflineChanges } from "./offline-changes.ts";
import type { WebSocketLike } from "../client/socket.ts";
import { createTabs } from "./shared-socket.ts";
import type { Channel } from "./tab-group.ts";
import { createTransport } from "../client/transport.ts";
import { claim } from "./locks.ts";
import type { Shell } from "../loader/contract.ts";
import type { Emit } from "../loader/element-events.ts";
import { markKeys } from "./key-marks.ts";
import { watchTheme } from "./theme-changes.ts";
import { fetchToken, tokenSourceOf } from "./token-source.ts";
import { mayReceiveTokens } from "./trust.ts";

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
  /** Lets go of the lock that makes this tab the leader; nothing when another tab leads, or none was asked for. */
  free_: (() => void) | undefined;
  signal: AbortSignal;
}

/** Asks the site for a token, if it may go to this server. */
async function fetchTrustedToken(url: string, server: string): Promise<string | undefined> {
  // This chunk lies in a folder of the server that the script came from.
  const own = new URL("..", import.meta.url).href;
  const tags = document.querySelectorAll<HTMLScriptElement>("script[src]");
  if (mayReceiveTokens(server, own, location.href, tags)) return fetchToken(url);
  const problem = new Error(`token-url was not asked: ${server} is not the server of the script.`);
  throw Object.assign(problem, { code: "token-server" });
}

/** Tells of ephemeral messages as of others; no list holds them. */
function tellEphemeral({ state, tell }: Client, frame: ServerFrame): void {
  if (frame.type !== "ephemeral" || !state.topics[frame.topic]) return;
  const { topic, messages } = frame;
  for (const message of messages)
    tell({ type: "message", topic, message, mine: message.user.id === state.me?.id, historical: false });
}

/** Takes the frames of growing messages; what that needs is loaded with the first. */
function createGrowthTaker(client: Client, clock: Clock) {
  let growing: Promise<Growing> | undefined;
  return (frame: ServerFrame): void => {
    const isOfGrowing =
      frame.type === "append" ||
      (frame.type === "messages" && frame.messages.some(({ kind, done }) => kind && done !== undefined));
    if (!isOfGrowing) return;
    growing ??= import("../client/growing.ts").then(({ createGrowing }) =>
      createGrowing(client, clock.after),
    );
    growing.then(
      ({ take_ }) => take_(frame),
      () => (growing = undefined),
    );
  };
}

/** Connects a client to this page until `signal` is aborted. */
export function bindPage(
  client: Client,
  { server, clock_: clock, free_: free, signal }: PageParts,
): PageTies {
  /** The elements on the page, each until its chat is removed. */
  const hosts = new Set<Element>();
  /** Whether every element wants its connection only while the page is visible. */
  const isForView = () =>
    hosts.size > 0 &&
    [...hosts].every((host) => !host.isConnected || host.getAttribute("connect") === "view");
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
    loadMarkSync: () => import("./mark-sync.ts"),
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
  const takeGrowth = createGrowthTaker(client, clock);
  client.attach_({
    connect: tabs.connect,
    runCommand_: createOfflineChanges(client, clock.now, clock.after),
    onFrame_(frame) {
      // A message that a moderator rejected is not sent again after a reload.
      if (frame.type === "rejected") client.keeper.removeUnsent(frame.messageId);
      tellEphemeral(client, frame);
      takeGrowth(frame);
      if (frame.type === "read") tabs.mark_(frame.topic, frame.offset);
      identity.onFrame_(frame);
      tabs.tap_(frame);
    },
    onHelloRefused_: identity.onHelloRefused_,
    signOut: identity.signOut,
  });
  followLifecycle(client, clock, signal, {
    sleepsHidden_: isForView,
    onHidden_: tabs.hide_,
    // A page that holds locks or channels is kept out of the back/forward cache, and a frozen one would lead nobody.
    onSleep_: tabs.leave,
    onWake_: identity.wake_,
  });
  addEventListener(
    "storage",
    (event) => {
      if (event.key === client.keeper.recordKey && event.newValue) identity.adopt_();
    },
    { signal },
  );
  const watcher = new MutationObserver(([change]) => {
    if (change) void read(change.target as Element);
  });
  signal.addEventListener("abort", () => {
    watcher.disconnect();
    identity.stop_();
  });
  const admit = createAdmission(client);
  const fetchTrusted = (url: string) => fetchTrustedToken(url, server);
  const read = (host: Element) => identity.use(tokenSourceOf(host, fetchTrusted));

  return {
    identify: identity.identify,
    signOut: identity.signOut,
    watch_({ host, root, launcher }, applyTheme, signal) {
      if (signal.aborted) return;
      hosts.add(host);
      signal.addEventListener("abort", () => hosts.delete(host));
      watchTheme(host, applyTheme, signal);
      markKeys(root.getRootNode(), [root, launcher], signal);
    },
    async report_(code, message, emit, topic) {
      const { report } = await import("./diagnosis.ts");
      report(code, message, server, emit, topic);
    },
    async follow(host) {
      // The work is done by the time that the first message is written.
      host.addEventListener("focusin", admit, { signal });
      watcher.observe(host, { attributeFilter: ["token", "token-url"] });
      // An element without attributes about the user changes nothing.
      if (tokenSourceOf(host, fetchTrusted)) await read(host);
    },
  };
}
