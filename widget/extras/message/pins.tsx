/**
 * The strip under the header: what moderators pinned, the newest first, one at a time. A press goes to the message, however far
 * back it is; another steps to the next.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { Reach } from "./jump.ts";
import type { TopicState } from "../../client/state.ts";
import { h } from "../extras-jsx.ts";

const PIN = "M9 3h6l-1 7 4 4H6l4-4zM12 14v7";

/** Makes the part of one chat. */
export function createPins({ redraw_: redraw, words }: Kit, reach: Reach) {
  /** The one that is shown, by its offset. */
  let shown: number | undefined;

  return {
    drawPins_(t: TopicState): ComponentChildren {
      reach.follow(t);
      const found = (t.heard.pins ?? []).flatMap((offset) => {
        const message = reach.find(offset);
        return message && !message.removed ? [message] : [];
      });
      found.reverse();
      const at = Math.max(
        0,
        found.findIndex(({ offset }) => offset === shown),
      );
      const message = found[at];
      if (!message) return undefined;
      const { offset, user, text } = message;
      const next = () => {
        shown = found[(at + 1) % found.length]?.offset;
        redraw();
      };
      return (
        <div part="pinned" role="group" aria-label={words.pinned}>
          <svg aria-hidden viewBox="0 0 24 24" width={16}>
            <path d={PIN} />
          </svg>
          <button type="button" onClick={() => void reach.jump(offset)}>
            <bdi>{user.name}</bdi> <span dir="auto">{text}</span>
          </button>
          {found.length > 1 && (
            <button
              type="button"
              aria-label={words.nextPin(at + 1, found.length)}
              onClick={next}
            >{`${at + 1}/${found.length}`}</button>
          )}
        </div>
      );
    },
  };
}
