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
import { createGrowingTexts } from "../text/growing-text.tsx";
import { isPlain } from "../text/plain-text.ts";
import type { DistantMessages } from "./distant-messages.ts";
import { editedAt, isGrowing } from "./grown.ts";
import { createLayers } from "./layer.tsx";
import { createMessageCommands } from "./message-commands.ts";
import { createMessageMenu } from "./message-menu.ts";
import { articleOf, createOpenLayer } from "./open-layer.ts";
import { createQuotes } from "./quote.tsx";
import { createReactions } from "./reactions.tsx";
import { createReactors } from "./reactors.ts";
import type { createFolding } from "./tall.tsx";
import { createStructured, isStructured } from "./structured.tsx";
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
  const reactors = createReactors(kit);
  const { drawReactions } = createReactions(kit, commands, reactors);
  const { drawLayer, showReport } = createLayers(kit, commands, openLayer, emojiButton);
  const menu = createMessageMenu(kit, { commands, openLayer, replyEdit, emojiButton, showReport });
  const { drawToolbar, drawMore, onToolbarKey } = createToolbar(kit, { openLayer, replyEdit, menu });
  const { drawHeading, drawDetails } = createStructured(kit, commands.click);
  const coarse = matchMedia("(pointer: coarse)");

  const growingTexts = createGrowingTexts(kit);

  function drawWords({ key, message, text }: MessageRow, active: boolean): ComponentChildren {
    if (message?.removed) return <em class="gone">{words.removed[message.removed]}</em>;
    if (editedAt(message) !== undefined) growingTexts.forget(key);
    const grows = !!message && isGrowing(message);
    if (grows || growingTexts.has(key)) {
      const context = { active_: active, names_: mentions.namesOf(message?.mentions) };
      return growingTexts.draw(key, text, context, !grows);
    }
    // The same text node as before this chunk was there: a selection in it stays.
    if (isPlain(text)) return text;
    return drawFormatted(kit, text, { active_: active, names_: mentions.namesOf(message?.mentions) });
  }
  function textProps(row: MessageRow): object {
    if (row.message && isGrowing(row.message)) {
      folding.keepOpen(row.key);
      return { class: "grows", "aria-busy": true };
    }
    if (folding.isLong(row.text)) return folding.propsOf(row);
    const { removed, hidden } = row.message ?? {};
    const edited = editedAt(row.message);
    // A note follows the last word instead of taking a line.
    return hidden || (!removed && edited !== undefined) ? { class: "noted" } : {};
  }

  /** Returns what a key does on a row that has the focus itself. */
  function keyAction(key: string, article: Element, row: MessageRow): (() => void) | false | undefined {
    const { message } = row;
    if (!message) return undefined;
    const canWrite = topic()?.can.write;
    const isEditable = replyEdit.isMine(message) && canWrite;
    const actions: Record<string, (() => void) | false | undefined> = {
      Enter: () =>
        article.querySelector<HTMLElement>("[part=actions] button")?.focus({ preventScroll: true }),
      r: canWrite && !message.removed && (() => replyEdit.reply(message)),
      e: isEditable && (() => replyEdit.edit(message)),
      Delete: isEditable && (() => toggle(row, "remove", article)),
    };
    return actions[key.length > 1 ? key : key.toLowerCase()];
  }

  return {
    /** Whether a row that is not active has more to show than its text as it was written. */
    hasMore({ message, text }: MessageRow): boolean {
      const { removed, hidden, edited, replyTo, reactions, growing, stopped } = message ?? {};
      return (
        !isPlain(text) ||
        folding.isLong(text) ||
        (!!message && (coarse.matches || isStructured(message))) ||
        [removed, hidden, edited, replyTo, reactions, growing, stopped].some((fact) => fact !== undefined)
      );
    },
    /** Draws what stands over a text, and the text. */
    drawText(row: MessageRow, active: boolean): ComponentChildren[] {
      const { message, quoted_: quoted } = row;
      const { offset, removed } = message ?? {};
      return [
        message && !removed && drawQuote(message, quoted, active),
        message && !removed && drawHeading(message),
        <div part="text" dir="auto" lang="" data-offset={offset} {...textProps(row)}>
          {drawWords(row, active)}
        </div>,
      ];
    },
    /** Draws what stands under a text. */
    drawBelow(row: MessageRow, active: boolean): ComponentChildren {
      const { message, text } = row;
      const removed = message?.removed;
      const edited = editedAt(message);
      const grows = !!message && isGrowing(message);
      return [
        folding.isLong(text) && !grows && folding.drawButton(row, active),
        message?.stopped && <span class="edited">{words.stopped}</span>,
        message && !removed && drawDetails(message, active),
        message?.hidden && <span class="edited">{words.hidden}</span>,
        !removed && edited !== undefined && (
          <span class="edited" title={times.full_(edited)}>
            {words.edited}
          </span>
        ),
        message && !removed && drawReactions(message, active),
        ...(message && !message.ephemeral
          ? [
              (active || layerOf(row)) && drawToolbar(row, message),
              coarse.matches && drawMore(row),
              drawLayer(row, message),
            ]
          : []),
      ];
    },
    /** Opens the menu of a row that was pressed long. */
    showSheet: (row: MessageRow, article: HTMLElement): void =>
      row.message?.ephemeral ? undefined : void menu.show(row, article, true).catch(kit.showFailure_),
    stop_: menu.stop_,
    /** Handles the keys of a row and of what stands in it. */
    onRowKey(event: KeyboardEvent, row: MessageRow): void {
      const { key, target, ctrlKey, metaKey, altKey } = event;
      const article = articleOf(target);
      if (!article || !row.message || row.message.ephemeral || ctrlKey || metaKey || altKey) return;
      const isOnRow = target === article;
      if (key === "Escape" && (layerOf(row) || !isOnRow)) {
        event.preventDefault();
        close(article);
        return;
      }
      if (!isOnRow) {
        onToolbarKey(event);
        return;
      }
      const action = keyAction(key, article, row);
      if (!action) return;
      event.preventDefault();
      action();
    },
  };
}
