/**
 * Reports of a page with push messages on: that nobody looks at it, and that the subscription is still used. page/mark-sync.ts
 * reports what is read. Notifications of a topic disappear when the user looks at it. Loaded only where push messages are on.
 */
import type { Kit } from "../chat/kit.ts";
import { installed, pushState, setPush } from "./push-device.ts";

/** The clients of the page that are watched: two chats may share one. */
const watched = new WeakSet<Kit["client"]>();

/** Starts, unless the client is watched already; returns the function that ends it. */
export function watchPush(kit: Kit): () => void {
  const { client, server } = kit;
  if (watched.has(client)) return () => undefined;
  watched.add(client);
  const stop = new AbortController();
  const lockName = `kabar-looks ${server}`;
  let letGo: (() => void) | undefined;
  const ignore = () => undefined;

  /** Holds a lock while the page is seen, so that the tabs that share a connection know of each other. */
  function hold(): void {
    if (letGo || document.hidden) return;
    const seen = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    void navigator.locks?.request(lockName, { mode: "shared" }, () => seen).catch(ignore);
  }
  async function isSeen(): Promise<boolean> {
    if (!document.hidden) return true;
    const { held = [] } = (await navigator.locks?.query()) ?? {};
    return held.some(({ name }) => name === lockName);
  }
  async function tell(): Promise<void> {
    await client.command("away", { on: !(await isSeen()) }).catch(ignore);
  }
  /** Removes the notifications of the topic, which is seen now. */
  async function clear(): Promise<void> {
    const topic = kit.topic()?.topic;
    if (document.hidden || !topic) return;
    const shown = await (await installed(kit))?.getNotifications({ tag: `kabar-${topic}` });
    for (const notification of shown ?? []) notification.close();
  }
  function onVisibility(): void {
    if (document.hidden) {
      letGo?.();
      letGo = undefined;
    } else hold();
    // A lock that was let go is gone a moment later.
    setTimeout(() => void tell(), 50);
    void clear().catch(ignore);
  }
  /**
   * A guest with push messages has read marks, though the guest may not have written: what is read is taken back elsewhere. Markers
   * that another user has stored here stay that user's: page/mark-sync.ts drops them.
   */
  function beReader(): void {
    const { keeper, state } = client;
    if (state.me?.role === "guest" && !keeper.record.reader) keeper.save({ reader: state.me.id });
  }
  /** Gives the server the subscription again: it forgets devices that nobody uses. */
  async function renew(): Promise<void> {
    const state = await pushState(kit);
    if (state && state.mode !== "none" && Notification.permission === "granted")
      await setPush(kit, state.mode);
  }

  const unlisten = client.listen((notice) => {
    if (notice.type !== "connection" || notice.connection !== "online") return;
    void tell();
    beReader();
  });
  document.addEventListener("visibilitychange", onVisibility, { signal: stop.signal });
  hold();
  void renew().catch(ignore);
  void tell();
  void clear().catch(ignore);
  beReader();

  return () => {
    watched.delete(client);
    stop.abort();
    unlisten();
    letGo?.();
  };
}
