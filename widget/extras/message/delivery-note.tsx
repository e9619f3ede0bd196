/**
 * Delivery note under a message that the list does not show to all or not for long: waiting, held for review, not approved, not
 * sent, not stored. A failed message says why, where the user can know it, and can be sent again, edited or discarded.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow } from "../../chat/rows.ts";
import { Button } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";
import { OF_THE_TEXT, sayRefusal } from "./refusals.ts";

/** Creates the notes of one chat. `announce` reads a sentence out. */
export function createDeliveryNotes(kit: Kit, announce: (line: string) => void) {
  const { strings_: strings, words, client, root, topic, draft_: draft } = kit;

  const codeOf = (id: string): string => topic()?.pending.find((item) => item.id === id)?.failed ?? "";

  /** Takes the text back into the field, before what is written there, as if it were typed. */
  function edit(id: string, text: string): void {
    client.discard(id, topic()?.topic ?? "");
    kit.insert(draft() ? `${text}\n` : text, 0, 0);
  }

  const unlisten = client.listen((notice) => {
    // The chat itself says that it was not sent.
    if (notice.type !== "send-failed" || notice.topic !== topic()?.topic) return;
    const text = topic()?.pending.find(({ id }) => id === notice.id)?.text ?? "";
    const reason = sayRefusal(kit, notice.reason, text);
    if (reason) announce(reason);
  });

  return {
    drawNote({ id, state, message, text, isLast_, slowed_, rejected }: MessageRow): ComponentChildren {
      if (message?.ephemeral) return isLast_ && <div class="note">{words.ephemeral}</div>;
      if (!state) return undefined;
      if (state === "held") return <div class="note">{words.held}</div>;
      // In slow mode the line above the composer says how long.
      if (state === "pending")
        return <div class="note">{slowed_ === "rate-limited" ? words.tooFast : words.sending}</div>;
      const code = codeOf(id);
      const why = rejected?.why ? words.because(rejected.why) : "";
      const reason = sayRefusal(kit, code, text);
      const isUseless = rejected || OF_THE_TEXT.has(code);
      return (
        <div class="note">
          <span>{rejected ? words.rejected + why : strings.notSent}</span>
          {reason && <p>{reason}</p>}
          {!isUseless && (
            <Button part="action" onClick={() => client.retry(id)}>
              {words.retry}
            </Button>
          )}
          {isUseless && root.querySelector("[part=input]") && (
            <Button part="action" onClick={() => edit(id, text)}>
              {words.edit}
            </Button>
          )}
          <Button part="action" onClick={() => client.discard(id, topic()?.topic ?? "")}>
            {words.discard}
          </Button>
        </div>
      );
    },
    stop_: unlisten,
  };
}
