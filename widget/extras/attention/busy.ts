/**
 * Limits drawing to four times a second in busy topics and pauses scrolling while the reader hovers, focuses or selects. Rows
 * that come while a topic is busy stand closer together; those that are there stay as they are, so that none is laid out again. `pace` holds the policy; this file applies it to the page.
 */
import type { Message } from "../../../src/model.ts";
import type { Clock } from "../../client/clock.ts";
import css from "./busy.css";
import type { Kit } from "../../chat/kit.ts";
import { createPace } from "./pace.ts";

type Reason = "hover" | "focus" | "selection";

/** Spans of busy time whose rows are remembered as dense; longer ago they look as usual. */
const MAX_SPANS = 20;
/** A list that was scrolled by less than this has not moved. */
const NEAR_PX = 32;

/** Creates the behaviour of one chat in busy topics. */
export function createBusyTopic(
  { root, wear, timeline_: timeline, redraw_: redraw, topic, words }: Kit,
  clock: Clock,
) {
  const stop = new AbortController();
  const reasons = new Set<Reason>();
  const shadow = root.getRootNode() as ShadowRoot;
  /** Offsets of the messages that came in busy times. */
  const dense: { topic: string; from: number; to: number }[] = [];
  const pace = createPace({ clock_: clock, draw: redraw, onBusy: update });
  let countedTopic: string | undefined;
  let countedUpTo = 0;
  let isPaused = false;
  /** The list was held at the last look; it reports that a moment after `hold`. */
  let wasHeld = false;
  /** The reader went to the newest messages during a pause: no new pause until its reasons are gone. */
  let isDismissed = false;
  let heldAt = 0;

  const scrollTop = (): number => root.querySelector("[part=log]")?.scrollTop ?? 0;

  /** Pauses or resumes the list and sets the looks of a busy topic. */
  function update(): void {
    const list = timeline();
    if (!list) return;
    const isHeld = list.state.span_ !== undefined;
    if (reasons.size === 0) isDismissed = false;
    if (isPaused && wasHeld && !isHeld) {
      isPaused = false;
      isDismissed = reasons.size > 0;
    }
    wasHeld = isHeld;
    if (!isPaused && !isHeld && !isDismissed && reasons.size > 0 && pace.isBusy()) {
      isPaused = true;
      heldAt = scrollTop();
      list.hold();
    } else if (isPaused && reasons.size === 0) {
      isPaused = false;
      // A reader who has scrolled meanwhile stays there.
      if (Math.abs(scrollTop() - heldAt) < NEAR_PX) list.toLatest_();
      else redraw();
    }
    markSpan();
  }
  /** Notes the message with which a busy time begins or ends. */
  function markSpan(): void {
    const t = topic();
    if (!t || pace.isBusy() === root.classList.contains("crowd")) return;
    wear(css);
    if (root.classList.toggle("crowd")) dense.push({ topic: t.topic, from: t.last + 1, to: Infinity });
    else for (const span of dense) span.to = Math.min(span.to, t.last);
    dense.splice(0, dense.length - MAX_SPANS);
  }
  function set(reason: Reason, isOn: boolean): void {
    if (isOn === reasons.has(reason)) return;
    if (isOn) reasons.add(reason);
    else reasons.delete(reason);
    update();
  }
  /** Returns whether a target is in the list or on the button over it. */
  const isInside = (target: EventTarget | null): boolean =>
    target instanceof Element && target.closest(".middle") !== null;
  function hasSelection(): boolean {
    // Chromium has a selection for each shadow root; elsewhere the document's selection reaches inside.
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
  // A click leaves the focus behind; only a keyboard user reads with it.
  root.addEventListener(
    "focusin",
    ({ target }) => set("focus", isInside(target) && (target as Element).matches(":focus-visible")),
    { signal },
  );
  root.addEventListener("focusout", ({ relatedTarget }) => set("focus", isInside(relatedTarget)), { signal });
  document.addEventListener("selectionchange", () => set("selection", hasSelection()), { signal });

  return {
    /** Returns whether a change may be drawn now. Must be called at every change, because it counts the messages. */
    mayDraw_(): boolean {
      const t = topic();
      const name = `${t?.topic} ${t?.cursor?.epoch}`;
      if (t) {
        // Messages replayed after a lost connection do not count.
        if (name === countedTopic) pace.add(t.last - Math.max(countedUpTo, t.liveFrom));
        countedTopic = name;
        countedUpTo = t.last;
        update();
      }
      return pace.mayDraw_();
    },
    /** Whether a message came while its topic was busy. */
    isDense: ({ offset }: Message): boolean => {
      const shown = topic()?.topic;
      return dense.some((span) => span.topic === shown && offset >= span.from && offset <= span.to);
    },
    /** Returns the label of the button over a paused list. */
    pausedLabel_: (waiting: number): string | undefined => (isPaused ? words.paused(waiting) : undefined),
    stop_(): void {
      stop.abort();
      pace.stop_();
      root.classList.remove("crowd");
    },
  };
}
