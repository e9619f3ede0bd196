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
    drawNote({ id, state, slowed_: slowed, rejected }: MessageRow): ComponentChildren {
      if (!state) return undefined;
      if (state === "held") return <div class="note">{words.held}</div>;
      if (state === "pending") return <div class="note">{slowed ? words.tooFast : words.sending}</div>;
      return (
        <div class="note">
          <span>
            {rejected ? words.rejected + (rejected.why ? words.because(rejected.why) : "") : strings.notSent}
          </span>
          {!rejected && button(words.retry, () => client.retry(id))}
          {button(words.discard, () => client.discard(id, topic()?.topic ?? ""))}
        </div>
      );
    },
  };
}
