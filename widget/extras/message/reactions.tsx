/** Reactions under a message: a toggle button for each emoji, with its count. */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import { EMOJI } from "../../words/later-words.ts";
import { Button } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";
import type { MessageCommands } from "./message-commands.ts";
import type { Reactors } from "./reactors.ts";

/** Creates the reactions of one chat. */
export function createReactions(
  { state, topic, words }: Kit,
  { react }: MessageCommands,
  { namesOf }: Reactors,
) {
  return {
    /** Draws a message's reactions; `active` as for a row. */
    drawReactions(message: Message, active: boolean): ComponentChildren {
      const reactions = Object.entries(message.reactions ?? {}).filter(([, users]) => users.length);
      if (!reactions.length) return undefined;
      const me = state().me?.id ?? "";
      const isAllowed = !!topic()?.can.react;
      return (
        <div part="reactions">
          {reactions.map(([emoji, users]) => {
            const isMine = users.includes(me);
            return (
              <Button
                key={emoji}
                part="reaction"
                tabIndex={active ? 0 : -1}
                aria-description={namesOf(users)}
                aria-pressed={isMine}
                aria-disabled={!isAllowed}
                aria-label={words.reaction(EMOJI[emoji] ?? emoji, users.length, isMine)}
                onClick={() => isAllowed && react(message, emoji)}
              >{`${emoji} ${users.length}`}</Button>
            );
          })}
        </div>
      );
    },
  };
}
