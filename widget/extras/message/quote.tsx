/**
 * Quote above a reply: author and text of the message it answers, as a button that jumps there. A message that is gone or
 * not fetched yet leaves a placeholder line.
 */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import { Button } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";
import type { DistantMessages } from "./distant-messages.ts";

/** Creates the quotes of one chat. */
export function createQuotes(
  { words }: Kit,
  { find, watchQuote }: DistantMessages,
  jump: (offset: number) => Promise<void>,
) {
  return {
    /** Draws the quote of a reply. `quoted` is the answered message if the list holds it; `active` as for a row. */
    drawQuote({ replyTo }: Message, quoted: Message | undefined, active: boolean): ComponentChildren {
      if (replyTo === undefined) return undefined;
      const attributes = { part: "quote", "data-quotes": replyTo, ref: watchQuote };
      const found = quoted ?? find(replyTo);
      if (!found) return <div {...attributes}>{words.earlier}</div>;
      const { user, text, removed } = found;
      return (
        <Button {...attributes} tabIndex={active ? 0 : -1} onClick={() => void jump(replyTo)}>
          <span class="sr">{words.quote(user.name)}</span>
          <bdi aria-hidden>{user.name}</bdi>
          <span class="clamp" dir="auto">
            {removed ? words.removed[removed] : text}
          </span>
        </Button>
      );
    },
  };
}
