/**
 * A topic in which more is written than can be read: drawn a few times a second, closer together, and held still while
 * somebody points at it, has the keyboard in it or selects text, so that what they read does not run away. The policy is
 * pace.ts; here it meets the page.
 */
import type { Clock } from "../../client/clock.ts";
import css from "./busy.css";
import type { Kit } from "../../chat/kit.ts";
import { createPace } from "./pace.ts";

type Reason = "hover" | "focus" | "selection";

/** Moved by less than this, the list is where it was held. */
const NEAR_PX = 32;

export function createCrowd(
  { root, wear, timeline_: timeline, redraw_: redraw, topic, words }: Kit,
  clock: Clock,
) {
  const stop = new AbortController();
  const reasons = new Set<Reason>();
  const shadow = root.getRootNode() as ShadowRoot;
  const pace = createPace({ clock_: clock, draw: redraw, onCrowd: look });
  let followed: string | undefined;
  let seen = 0;
  let isPaused = false;
  /** The list has said that it is held. (It says so a moment after it was told.) */
  let wasHeld = false;
  /** The reader has gone to the newest although there is a reason to pause: no more pause until the reasons are gone. */
  let isDismissed = false;
  let heldAt = 0;

  const scrollTop = (): number => root.querySelector("[part=log]")?.scrollTop ?? 0;

  /** Brings list and looks in line with what is the case. */
  function look(): void {
    const list = timeline();
    if (!list) return;
    const isHeld = list.state.span_ !== undefined;
    if (reasons.size === 0) isDismissed = false;
    if (isPaused && wasHeld && !isHeld) {
      isPaused = false;
      isDismissed = reasons.size > 0;
    }
    wasHeld = isHeld;
    if (!isPaused && !isHeld && !isDismissed && reasons.size > 0 && pace.isCrowd()) {
      isPaused = true;
      heldAt = scrollTop();
      list.hold();
    } else if (isPaused && reasons.size === 0) {
      isPaused = false;
      // Who scrolled meanwhile goes on reading there.
      if (Math.abs(scrollTop() - heldAt) < NEAR_PX) list.toLatest_();
      else redraw();
    }
    // Rows change their height with it: not under the eyes of somebody who reads.
    if (!isHeld && !isPaused && pace.isCrowd() !== root.classList.contains("crowd")) {
      wear(css);
      root.classList.toggle("crowd");
      redraw();
    }
  }
  function set(reason: Reason, isSo: boolean): void {
    if (isSo === reasons.has(reason)) return;
    if (isSo) reasons.add(reason);
    else reasons.delete(reason);
    look();
  }
  /** In the list or on the button over it. */
  const isInside = (target: EventTarget | null): boolean =>
    target instanceof Element && target.closest(".middle") !== null;
  function hasSelection(): boolean {
    // A shadow root's own selection is Chromium's; elsewhere the document's says what is selected inside.
    const { getSelection } = shadow as { getSelection?: () => Selection | null };
    const selection = getSelection ? getSelection.call(shadow) : document.getSelection();
    return (
      !!selection && !selection.isCollapsed && !!root.querySelector("ol")?.contains(selection.anchorNode)
    );
  }

  const { signal } = stop;
  root.addEventListener(
    "pointerover",
    ({ target, pointerType }) => set("hover", pointerType !== "touch" && isInside(target)),
    { signal },
  );
  root.addEventListener("pointerleave", () => set("hover", false), { signal });
  // A click leaves the focus where it was made; only a keyboard reads with it.
  root.addEventListener(
    "focusin",
    ({ target }) => set("focus", isInside(target) && (target as Element).matches(":focus-visible")),
    { signal },
  );
  root.addEventListener("focusout", ({ relatedTarget }) => set("focus", isInside(relatedTarget)), { signal });
  document.addEventListener("selectionchange", () => set("selection", hasSelection()), { signal });

  return {
    /** Whether what has just changed is to be drawn now. Asked at every change, so that it knows what came. */
    mayDraw_(): boolean {
      const t = topic();
      const name = `${t?.topic} ${t?.cursor?.epoch}`;
      if (t) {
        // What is replayed after a pause is no crowd.
        if (name === followed) pace.add(t.last - Math.max(seen, t.liveFrom));
        followed = name;
        seen = t.last;
        look();
      }
      return pace.mayDraw_();
    },
    /** What the button over the list says while it is paused. */
    paused: (waiting: number): string | undefined => (isPaused ? words.paused(waiting) : undefined),
    stop_(): void {
      stop.abort();
      pace.stop_();
      root.classList.remove("crowd");
    },
  };
}
