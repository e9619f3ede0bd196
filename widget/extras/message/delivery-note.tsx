/**
 * What became of a message that is not in the list for everybody: on its way, waiting for a moderator, turned down, not
 * sent. What failed can be tried again or thrown away.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow } from "../../chat/rows.ts";
import { h } from "../extras-jsx.ts";

/** Makes the part of one chat. */
export function createNotes({ strings_: strings, words, client, topic }: Kit) {
  const button = (label: string, onClick: () => void): ComponentChildren => (
    <button type="button" part="action" onClick={onClick}>
      {label}
    </button>
  );

  return {
    drawNote({ id, state, slowed_: slowed, why }: MessageRow): ComponentChildren {
      if (!state) return undefined;
      if (state === "held") return <div class="note">{words.held}</div>;
      if (state === "pending") return <div class="note">{slowed ? words.tooFast : words.sending}</div>;
      // A moderator's reason stands behind the word.
      const isRejected = /^\W/.test(why ?? "");
      return (
        <div class="note">
          <span>{isRejected ? words.rejected + why : strings.notSent}</span>
          {!isRejected && button(words.retry, () => client.retry(id))}
          {button(words.discard, () => client.discard(id, topic()?.topic ?? ""))}
        </div>
      );
    },
  };
}
