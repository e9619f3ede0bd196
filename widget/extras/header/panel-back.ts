/**
 * The back button of phones, loaded for panels that fill a small window: it closes the innermost layer, then the panel, and
 * only then leaves the page. Browsers with a `CloseWatcher` have it for this. Elsewhere an open panel adds one entry to the
 * history, with the page's own address and state, and hides its events from the page's router: for the page nothing has
 * changed. The entry goes when the user closes the panel, unless the page has navigated meanwhile.
 */
import type { Kit } from "../../chat/kit.ts";

/** Waits for the back button. `drop` gives up waiting; `byUser`: the user closed the panel otherwise. */
interface Watch {
  drop: (byUser: boolean) => void;
}

interface CloseWatcherLike {
  onclose: (() => void) | null;
  destroy(): void;
}
declare const CloseWatcher: { new (): CloseWatcherLike } | undefined;

/** The layers that the back button closes before the panel. */
const INNER = "[part=menu], [part=settings], .emoji, .desk";
const MARK = "kabarPanel";

const markOf = (state: unknown): unknown => (state as Record<string, unknown> | null)?.[MARK];

/** Watches an open panel on a small screen until the returned function is called. */
export function bindBack({ host, root }: Kit, small: MediaQueryList): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let watch: Watch | undefined;
  let byUser = false;
  /** Our entry of the history: its mark, the address it was added at, and the history's length with it. */
  let entry: { mark: number; address: string; length: number } | undefined;

  /** Closes the innermost layer; returns whether the panel is still open. */
  function goBack(): boolean {
    const inner = root.querySelector(INNER);
    if (inner)
      inner.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
    else host.close("user");
    return host.opened;
  }
  function watchClosing(Watcher: NonNullable<typeof CloseWatcher>): Watch {
    let watcher = start();
    function start(): CloseWatcherLike {
      const one = new Watcher();
      one.onclose = () => {
        if (goBack()) watcher = start();
      };
      return one;
    }
    return { drop: () => watcher.destroy() };
  }
  function watchHistory(): Watch | undefined {
    // Entries that no press has asked for are skipped by browsers, and would surprise everybody else.
    if (navigator.userActivation?.isActive === false) return undefined;
    const { state } = history;
    if (state !== null && typeof state !== "object") return undefined;
    const mark = Math.random();
    const address = location.href;
    history.pushState({ ...(state as object | null), [MARK]: mark }, "");
    entry = { mark, address, length: history.length };
    return {
      drop(byUser) {
        // After what the page does on closing: it may navigate.
        setTimeout(() => {
          if (byUser && markOf(history.state) === mark && location.href === address) history.back();
        });
      },
    };
  }
  /** Hides the step from our entry to the page's own from the page's router, and closes the panel. */
  function onPop(event: PopStateEvent): void {
    if (!entry) return;
    if (markOf(event.state) === entry.mark) {
      entry.length = history.length;
      return;
    }
    const { address, length } = entry;
    entry = undefined;
    // The page has navigated: the step is the page's.
    if (location.href !== address || history.length !== length) return;
    event.stopImmediatePropagation();
    if (!host.opened || !watch) return;
    watch = undefined;
    if (goBack()) update();
  }
  /** A page that has replaced the entry receives every step again. */
  function check(): void {
    if (entry && markOf(history.state) !== entry.mark) entry = undefined;
  }
  function update(): void {
    const isFull = host.opened && small.matches;
    if (isFull && !watch)
      watch = typeof CloseWatcher === "function" ? watchClosing(CloseWatcher) : watchHistory();
    else if (!isFull && watch) {
      watch.drop(byUser);
      watch = undefined;
    }
    byUser = false;
  }
  host.addEventListener(
    "kabar-close",
    (event) => {
      byUser = (event as CustomEvent<{ by: string }>).detail.by !== "api";
    },
    { signal },
  );
  // Before the page's own listeners; Chromium, which has `CloseWatcher`, calls those of a window in the order of their registration.
  addEventListener("popstate", onPop, { capture: true, signal });
  addEventListener("pointerdown", check, { capture: true, signal });
  const observer = new MutationObserver(update);
  observer.observe(host, { attributeFilter: ["open"] });
  small.addEventListener("change", update, { signal });
  update();
  return () => {
    observer.disconnect();
    watch?.drop(false);
    stop.abort();
  };
}
