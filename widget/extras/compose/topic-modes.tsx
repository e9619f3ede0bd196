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
  const { host, root, state, times_: times, words, redraw_: redraw, refresh_: refresh } = kit;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Returns the seconds until slow mode lets the user write again. */
  function remainingS({ messages }: TopicState, slowS: number): number {
    const mine = messages.findLast((m) => isMine(m));
    return mine ? Math.max(0, Math.ceil((mine.at + slowS * 1_000 - Date.now()) / 1_000)) : 0;
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
        slowS > 0 && <p class="mode">{words.slow(remaining || slowS)}</p>,
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
        const when = until ? words.until(times.full_(until)) : "";
        return `${words[sanction]}${when}${why ? words.because(why) : "."}`;
      }
      return mode?.readOnly ? words.closed : undefined;
    },
    stop_: (): void => clearTimeout(timer),
  };
}
