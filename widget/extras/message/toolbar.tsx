/**
 * Toolbar of a message: react, reply, and a button that opens all other actions with their words (`message-menu`). It lies
 * over the row while the pointer or the keyboard is on it, so that nothing moves; the arrow keys go from button to button.
 */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow } from "../../chat/rows.ts";
import { SMILEY } from "../compose/emoji-button.tsx";
import type { ReplyEdit } from "../compose/reply-edit.tsx";
import { Button, DOTS, Icon } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";
import type { MessageMenu } from "./message-menu.ts";
import type { OpenLayer } from "./open-layer.ts";

/** The arrow of a reply, also in the menu of touch screens. */
export const REPLY_ICON = "M10 6 4 12l6 6M4 12h10q6 0 6 7";

/** The parts that the toolbar's buttons act on. */
export interface ToolbarParts {
  openLayer: OpenLayer;
  replyEdit: ReplyEdit;
  menu: MessageMenu;
}

/** Creates the toolbar of one chat's messages. */
export function createToolbar(
  { topic, words, showFailure_: showFailure }: Kit,
  { openLayer: { layerOf, toggle }, replyEdit, menu }: ToolbarParts,
) {
  const coarse = matchMedia("(pointer: coarse)");
  const openMenu =
    (row: MessageRow) =>
    ({ currentTarget }: Event): void =>
      void menu.show(row, currentTarget as HTMLElement, coarse.matches).catch(showFailure);

  return {
    /** Draws the toolbar with the actions that the user's rights allow. */
    drawToolbar(row: MessageRow, message: Message): ComponentChildren {
      const { write, react } = topic()?.can ?? {};
      const button = (name: string, label: string, icon: object, more: object) => (
        <Button part="action" data-action={name} aria-label={label} title={label} {...more}>
          <Icon size={16} {...icon} />
        </Button>
      );
      return (
        <div part="actions" role="toolbar" aria-label={words.actions}>
          {!message.removed && [
            react &&
              button(
                "react",
                words.react,
                { d: SMILEY },
                {
                  "aria-expanded": layerOf(row) === "react",
                  onClick: ({ currentTarget }: Event) => toggle(row, "react", currentTarget),
                },
              ),
            write &&
              button("reply", words.reply, { d: REPLY_ICON }, { onClick: () => replyEdit.reply(message) }),
          ]}
          {menu.hasMenu(row, message) &&
            button("more", words.actions, DOTS, {
              "aria-haspopup": "menu",
              "aria-expanded": layerOf(row) === "more",
              onClick: openMenu(row),
            })}
        </div>
      );
    },
    /** Draws the button that screen readers of touch screens find, where a long press is theirs: it opens the menu. */
    drawMore: (row: MessageRow): ComponentChildren => (
      <Button class="sr" tabIndex={-1} aria-label={words.actions} onClick={openMenu(row)} />
    ),
    /** Moves the focus in the toolbar with the left and right arrow keys. */
    onToolbarKey(event: KeyboardEvent): void {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const bar = (event.target as Element).closest("[part=actions]");
      if (!by || !bar) return;
      const buttons = [...bar.querySelectorAll<HTMLElement>("button")];
      const at = buttons.indexOf(event.target as HTMLElement);
      const to = at + (bar.matches(":dir(rtl)") ? -by : by) + buttons.length;
      event.preventDefault();
      buttons[to % buttons.length]?.focus({ preventScroll: true });
    },
  };
}
