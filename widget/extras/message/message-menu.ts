/**
 * Menu of a message: every action besides react and reply, each with its icon and its words, always in the same order, the
 * one that deletes last. On a touch screen it is a sheet that has reactions and reply as well.
 */
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow } from "../../chat/rows.ts";
import type { EmojiButton } from "../compose/emoji-button.tsx";
import type { ReplyEdit } from "../compose/reply-edit.tsx";
import type { MenuEntry } from "../popup-menu.ts";
import { QUICK_EMOJI } from "./layer.tsx";
import type { MessageCommands } from "./message-commands.ts";
import { articleOf, type OpenLayer } from "./open-layer.ts";
import { REPLY_ICON } from "./toolbar.tsx";

const ICONS = {
  reply: REPLY_ICON,
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  link: "M10 14 14 10M9 11l-3 3a3.500 3.500 0 0 0 5 5l3-3M15 13l3-3a3.500 3.500 0 0 0-5-5l-3 3",
  edit: "M4 20l1-4L16 5l3 3L8 19l-4 1",
  remove: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  report: "M6 21V4h12l-3 4 3 4H6",
  moderate: "M12 3l7 3v6q0 6-7 9-7-3-7-9V6z",
};

/** The parts that the entries act on. */
export interface MenuParts {
  commands: MessageCommands;
  openLayer: OpenLayer;
  replyEdit: ReplyEdit;
  emojiButton: EmojiButton;
  showReport: (row: MessageRow, from: EventTarget | null) => Promise<void>;
}

export type MessageMenu = ReturnType<typeof createMessageMenu>;

/** Creates the menu of one chat's messages. */
export function createMessageMenu(kit: Kit, parts: MenuParts) {
  const { root, topic, moderation, showFailure_: showFailure, words } = kit;
  const { commands, openLayer, replyEdit, emojiButton, showReport } = parts;
  let close: (() => void) | undefined;

  /** The entries that the user's rights allow, in one order for all messages. `at` is the message's element. */
  function entriesOf(row: MessageRow, message: Message, at?: HTMLElement | null): MenuEntry[] {
    const { write, moderate } = topic()?.can ?? {};
    const isThere = !message.removed;
    const isOwn = replyEdit.isMine(message) && write;
    // Browsers have no clipboard on pages that are not served over https.
    const canCopy = isThere && "clipboard" in navigator;
    const entry = (
      name: keyof typeof ICONS,
      label: string,
      run: () => void,
      more?: Partial<MenuEntry>,
    ): MenuEntry => ({ name, label, icon: ICONS[name], run, ...more });
    const layer = (name: "remove" | "moderate") => () => openLayer.toggle(row, name, at ?? null);
    const entries = [
      canCopy && entry("copy", words.copy, () => commands.copyText(message)),
      canCopy && entry("link", words.link, () => commands.copyLink(message)),
      isOwn && entry("edit", words.edit, () => replyEdit.edit(message), { key: "E" }),
      !row.mine &&
        isThere &&
        !moderate &&
        entry("report", words.report.ask, () => void showReport(row, at ?? null).catch(showFailure)),
      !!moderation() &&
        moderate &&
        !(row.mine && !isThere) &&
        entry("moderate", words.moderate, layer("moderate")),
      isOwn && entry("remove", words.remove, layer("remove"), { key: "Delete", isDanger: true }),
    ];
    return entries.filter((entry) => !!entry);
  }

  /** What a sheet has above the menu's entries: the short row of emoji, and reply. */
  function extrasOf(message: Message, article: HTMLElement) {
    const { write, react } = topic()?.can ?? {};
    if (message.removed) return { quick: [], reply: [] };
    const any = () =>
      void emojiButton
        .showPicker(
          (glyph) => commands.react(message, glyph),
          () => article.focus({ preventScroll: true }),
        )
        .catch(showFailure);
    const quick = QUICK_EMOJI.map(
      ([glyph, name]) => [name, glyph, () => commands.react(message, glyph)] as const,
    );
    const reply = {
      name: "reply",
      label: words.reply,
      icon: ICONS.reply,
      run: () => replyEdit.reply(message),
    };
    return {
      quick: react ? [...quick, [words.emoji.more, "⋯", any] as const] : [],
      reply: write ? [reply] : [],
    };
  }

  return {
    hasMenu: (row: MessageRow, message: Message): boolean => entriesOf(row, message).length > 0,
    /**
     * Opens the menu at `from`, a button of the row, or as a sheet for the row's element. The toolbar stays meanwhile, so that
     * the focus can return to it.
     */
    async show(row: MessageRow, from: HTMLElement, isSheet: boolean): Promise<void> {
      const { message } = row;
      const article = articleOf(from);
      if (!message || !article) return;
      const { showPopup } = await import("../popup-menu.ts");
      if (!from.isConnected) return;
      close?.();
      const { quick, reply } = isSheet ? extrasOf(message, article) : { quick: [], reply: [] };
      const entries = [...reply, ...entriesOf(row, message, article)];
      if (!entries.length && !quick.length) return;
      if (!isSheet) openLayer.hold(row);
      close = showPopup({
        kit,
        label: words.actions,
        entries,
        quick,
        anchor: isSheet ? undefined : from,
        returnFocus() {
          const log = root.querySelector<HTMLElement>("[part=log]");
          // A row that was pressed has no toolbar, and gets none when its sheet closes.
          const back =
            from === article ? root : from.isConnected ? from : article.isConnected ? article : log;
          back?.focus({ preventScroll: true });
        },
        onClose() {
          close = undefined;
          openLayer.release(row);
        },
      });
    },
    stop_: (): void => close?.(),
  };
}
