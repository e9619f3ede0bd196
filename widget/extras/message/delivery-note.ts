/**
 * What became of a message that is not in the list for everybody: on its way, waiting for a moderator, turned down, not
 * sent. What failed can be tried again or thrown away.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow } from "../../chat/rows.ts";

/** Makes the part of one chat. */
export function createNotes({ h, strings, client, topic }: Kit) {
  const button = (label: string, onClick: () => void): ComponentChildren =>
    h("button", { type: "button", part: "action", onClick }, label);

  return {
    drawNote({ id, state, slowed, why }: MessageRow): ComponentChildren {
      if (!state) return undefined;
      if (state === "held") return h("div", { class: "note" }, strings.held);
      if (state === "pending") return h("div", { class: "note" }, slowed ? strings.tooFast : strings.sending);
      // A moderator's reason stands behind the word.
      const isRejected = /^\W/.test(why ?? "");
      return h(
        "div",
        { class: "note" },
        h("span", null, isRejected ? strings.rejected + why : strings.notSent),
        !isRejected && button(strings.retry, () => client.retry(id)),
        button(strings.discard, () => client.discard(id, topic()?.topic ?? "")),
      );
    },
  };
}
