/**
 * Modes of a topic at the composer: slow mode with its countdown, emoji only, review before messages appear, and the reason
 * why the user cannot write. Moderators are exempt.
 */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { TopicState } from "../../client/state.ts";
import { h } from "../extras-jsx.ts";

/** Creates the modes of one chat; `isMine` returns whether the user wrote a message. */
export function createTopicModes(kit: Kit, isMine: (message: Message) => boolean) {
  const {
    host,
    root,
    state,
    times_: times,
    strings_: strings,
    words,
    redraw_: redraw,
    refresh_: refresh,
  } = kit;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const formats = new Map<string, Intl.NumberFormat>();

  /** Says a span of time in its largest unit, rounded up: "45 seconds", "9 minutes". */
  function sayWait(seconds: number): string {
    const [unit, s] = seconds < 60 ? ["second", 1] : seconds < 3_600 ? ["minute", 60] : ["hour", 3_600];
    const format =
      formats.get(unit) ?? new Intl.NumberFormat(strings.lang, { style: "unit", unit, unitDisplay: "long" });
    formats.set(unit, format);
    return format.format(Math.ceil(seconds / s));
  }

  /** Returns the seconds until slow mode lets the user write again. */
  function remainingS({ messages }: TopicState, slowS: number): number {
    const mine = messages.findLast((m) => isMine(m));
    return mine ? Math.max(0, Math.ceil((mine.at + slowS * 1_000 - Date.now()) / 1_000)) : 0;
  }

  /** Says the end of a sanction: today, the time alone. */
  function sayUntil(until: number | undefined): string {
    if (!until) return "";
    const isToday = new Date(until).toDateString() === new Date().toDateString();
    return words.until(isToday ? times.clock_(until) : times.full_(until));
  }

  return {
    drawModes(t: TopicState): ComponentChildren {
      const { slowS = Number(host.getAttribute("slow")) || 0, emojiOnly, hold = "none" } = t.facts.mode ?? {};
      if (t.can.moderate) return undefined;
      const remaining = slowS ? remainingS(t, slowS) : 0;
      clearTimeout(timer);
      if (remaining) timer = setTimeout(redraw, 1_000);
      // The line on the send button.
      root.style.setProperty("--_wait", `${remaining && Math.min(1, remaining / slowS)}`);
      const isHeld = hold === "all" || (hold === "guests" && state().me?.role === "guest");
      return [
        slowS > 0 && <p class="mode">{words.slow(sayWait(remaining || slowS))}</p>,
        emojiOnly && <p class="mode">{words.emojiOnly}</p>,
        isHeld && <p class="mode">{words.holding}</p>,
      ];
    },
    /** Returns the reason why the user cannot write now; nothing if they can. */
    closedReason_({ facts: { mode, standing }, can }: TopicState): string | undefined {
      if (state().isLapsed) return words.signedOut;
      if (can.moderate) return undefined;
      const { state: sanction = "ok", until, why } = standing ?? {};
      if (sanction !== "ok" && (!until || until > Date.now())) {
        if (until) setTimeout(refresh, Math.min(until - Date.now() + 200, 60_000));
        return `${words[sanction]}${sayUntil(until)}${why ? words.because(why) : "."}`;
      }
      return mode?.readOnly ? words.closed : undefined;
    },
    stop_: (): void => clearTimeout(timer),
  };
}
