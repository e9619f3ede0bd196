/**
 * Delivery note under a message that the list does not show to all or not for long: waiting, held for review, not approved, not
 * sent, not stored. A failed message can be sent again or discarded.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow } from "../../chat/rows.ts";
import { Button } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";

/** Creates the notes of one chat. */
export function createDeliveryNotes({ strings_: strings, words, client, topic }: Kit) {
  return {
    drawNote({ id, state, message, slowed_: slowed, rejected }: MessageRow): ComponentChildren {
      if (message?.ephemeral) return <div class="note">{words.ephemeral}</div>;
      if (!state) return undefined;
      if (state === "held") return <div class="note">{words.held}</div>;
      if (state === "pending") return <div class="note">{slowed ? words.tooFast : words.sending}</div>;
      const reason = rejected?.why ? words.because(rejected.why) : "";
      return (
        <div class="note">
          <span>{rejected ? words.rejected + reason : strings.notSent}</span>
          {!rejected && (
            <Button part="action" onClick={() => client.retry(id)}>
              {words.retry}
            </Button>
          )}
          <Button part="action" onClick={() => client.discard(id, topic()?.topic ?? "")}>
            {words.discard}
          </Button>
        </div>
      );
    },
  };
}
