/**
 * Body of a row: quote, text, reactions, toolbar and the open layer, and the keys of a row. The parts are in files of their
 * own; this file puts them in order and knows which of them a removed or unsent message has.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow } from "../../chat/rows.ts";
import type { EmojiButton } from "../compose/emoji-button.tsx";
import type { Mentions } from "../compose/mentions.tsx";
import type { ReplyEdit } from "../compose/reply-edit.tsx";
import { h } from "../extras-jsx.ts";
import { drawFormatted } from "../text/formatted.tsx";
import type { DistantMessages } from "./distant-messages.ts";
import { createLayers } from "./layer.tsx";
import { createMessageCommands } from "./message-commands.ts";
import { articleOf, createOpenLayer } from "./open-layer.ts";
import { createQuotes } from "./quote.tsx";
import { createReactions } from "./reactions.tsx";
import type { createFolding } from "./tall.tsx";
import { createToolbar } from "./toolbar.tsx";

/** The parts that a message's actions go on to. */
export interface ActionParts {
  replyEdit: ReplyEdit;
  mentions: Mentions;
  emojiButton: EmojiButton;
  distant: DistantMessages;
  jump: (offset: number) => Promise<void>;
  folding: ReturnType<typeof createFolding>;
}

/** Creates the bodies of one chat's rows. */
export function createActions(kit: Kit, parts: ActionParts) {
  const { replyEdit, mentions, emojiButton, distant, jump, folding } = parts;
  const { topic, times_: times, words } = kit;
  const commands = createMessageCommands(kit);
  const openLayer = createOpenLayer(kit);
  const { layerOf, toggle, close } = openLayer;
  const { drawQuote } = createQuotes(kit, distant, jump);
  const { drawReactions } = createReactions(kit, commands);
  const { drawLayer, showReport } = createLayers(kit, commands, openLayer, emojiButton);
  const { drawToolbar, drawMore, onToolbarKey } = createToolbar(kit, {
    commands,
    openLayer,
    replyEdit,
    showReport,
  });
  const coarse = matchMedia("(pointer: coarse)");

  function drawText(row: MessageRow, active: boolean): ComponentChildren {
    const { message, text } = row;
    const attributes = { part: "text", dir: "auto", lang: "", "data-offset": message?.offset };
    const content = message?.removed ? (
      <em class="gone">{words.removed[message.removed]}</em>
    ) : (
      drawFormatted(kit, text, { active_: active, names_: mentions.namesOf(message?.mentions) })
    );
    return folding.drawText(row, active, attributes, content);
  }

  /** Returns what a key does on a row that has the focus itself. */
  function keyAction(event: KeyboardEvent, row: MessageRow): (() => void) | false | undefined {
    const { message } = row;
    const { key, currentTarget } = event;
    if (!message) return undefined;
    const canWrite = topic()?.can.write;
    const isEditable = replyEdit.isMine(message) && canWrite;
    const actions: Record<string, (() => void) | false | undefined> = {
      Enter: () =>
        articleOf(currentTarget)
          ?.querySelector<HTMLElement>("[part=actions] button")
          ?.focus({ preventScroll: true }),
      r: canWrite && !message.removed && (() => replyEdit.reply(message)),
      e: isEditable && (() => replyEdit.edit(message)),
      Delete: isEditable && (() => toggle(row, "remove", currentTarget)),
    };
    return actions[key.length > 1 ? key : key.toLowerCase()];
  }

  return {
    /** Draws a row's body. `active`: the pointer or the keyboard is on the row. */
    drawBody_(row: MessageRow, active: boolean): ComponentChildren {
      const { message } = row;
      const { removed, edited } = message ?? {};
      return [
        message && !removed && drawQuote(message, row.quoted_, active),
        drawText(row, active),
        message?.hidden && <span class="edited">{words.hidden}</span>,
        !removed && edited !== undefined && (
          <span class="edited" title={times.full_(edited)}>
            {words.edited}
          </span>
        ),
        message && !removed && drawReactions(message, active),
        message && (active || layerOf(row)) && drawToolbar(row, message),
        message && coarse.matches && drawMore(),
        message && drawLayer(row, message),
      ];
    },
    /** Handles the keys of a row and of what stands in it. */
    onRowKey_(event: KeyboardEvent, row: MessageRow): void {
      const { key, target, currentTarget, ctrlKey, metaKey, altKey } = event;
      if (!row.message || ctrlKey || metaKey || altKey) return;
      const isOnRow = target === currentTarget;
      if (key === "Escape" && (layerOf(row) || !isOnRow)) {
        event.preventDefault();
        close(currentTarget);
        return;
      }
      if (!isOnRow) {
        onToolbarKey(event);
        return;
      }
      const action = keyAction(event, row);
      if (!action) return;
      event.preventDefault();
      action();
    },
  };
}
