/**
 * Strip of pinned messages under the header: one at a time, the newest first. A press jumps to the message, however far
 * back it is; a second button steps to the next one.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { TopicState } from "../../client/state.ts";
import { Button, Icon } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";
import type { DistantMessages } from "./distant-messages.ts";

const PIN = "M9 3h6l-1 7 4 4H6l4-4zM12 14v7";

/** Creates the strip of one chat. */
export function createPins(
  { redraw_: redraw, words }: Kit,
  { find, refetchChanged }: DistantMessages,
  jump: (offset: number) => Promise<void>,
) {
  /** The offset of the message in the strip. */
  let shown: number | undefined;

  return {
    drawPins_(t: TopicState): ComponentChildren {
      refetchChanged(t);
      const pinned = (t.facts.pins ?? []).flatMap((offset) => {
        const message = find(offset);
        return message && !message.removed ? [message] : [];
      });
      pinned.reverse();
      const at = Math.max(
        0,
        pinned.findIndex(({ offset }) => offset === shown),
      );
      const message = pinned[at];
      if (!message) return undefined;
      const { offset, user, text } = message;
      const step = () => {
        shown = pinned[(at + 1) % pinned.length]?.offset;
        redraw();
      };
      return (
        <div part="pinned" role="group" aria-label={words.pinned}>
          <Icon size={16} d={PIN} />
          <Button onClick={() => void jump(offset)}>
            <bdi>{user.name}</bdi> <span dir="auto">{text}</span>
          </Button>
          {pinned.length > 1 && (
            <Button
              aria-label={words.nextPin(at + 1, pinned.length)}
              onClick={step}
            >{`${at + 1}/${pinned.length}`}</Button>
          )}
        </div>
      );
    },
  };
}
