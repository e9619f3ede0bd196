/**
 * Toolbar of a message: reply, react, copy, edit, delete, report, moderate. It lies over the row while the pointer or the
 * keyboard is on it, so that nothing moves; the arrow keys go from button to button.
 */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow } from "../../chat/rows.ts";
import { SMILEY } from "../compose/emoji-button.tsx";
import type { ReplyEdit } from "../compose/reply-edit.tsx";
import { Button, Icon } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";
import type { MessageCommands } from "./message-commands.ts";
import { articleOf, type LayerName, type OpenLayer } from "./open-layer.ts";

const ICONS = {
  reply: "M10 6 4 12l6 6M4 12h10q6 0 6 7",
  react: SMILEY,
  edit: "M4 20l1-4L16 5l3 3L8 19l-4 1",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  link: "M10 14 14 10M9 11l-3 3a3.500 3.500 0 0 0 5 5l3-3M15 13l3-3a3.500 3.500 0 0 0-5-5l-3 3",
  remove: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  moderate: "M12 3l7 3v6q0 6-7 9-7-3-7-9V6z",
  report: "M6 21V4h12l-3 4 3 4H6",
};

/** The parts that the toolbar's buttons act on. */
export interface ToolbarParts {
  commands: MessageCommands;
  openLayer: OpenLayer;
  replyEdit: ReplyEdit;
  showReport: (row: MessageRow, from: EventTarget | null) => Promise<void>;
}

/** Creates the toolbar of one chat's messages. */
export function createToolbar(
  { topic, moderation, showFailure_: showFailure, words }: Kit,
  { commands, openLayer, replyEdit, showReport }: ToolbarParts,
) {
  const { layerOf, toggle } = openLayer;

  const action = (
    name: keyof typeof ICONS,
    label: string,
    onClick: (event: Event) => void,
    isExpanded?: boolean,
  ) => (
    <Button
      part="action"
      data-action={name}
      aria-label={label}
      title={label}
      aria-expanded={isExpanded}
      onClick={onClick}
    >
      <Icon size={16} d={ICONS[name]} />
    </Button>
  );
  const layerAction = (name: LayerName, label: string, row: MessageRow) =>
    action(name, label, ({ currentTarget }) => toggle(row, name, currentTarget), layerOf(row) === name);

  return {
    /** Draws the toolbar with the actions that the user's rights allow. */
    drawToolbar(row: MessageRow, message: Message): ComponentChildren {
      const { write, react, moderate } = topic()?.can ?? {};
      const isMine = replyEdit.isMine(message);
      const isGone = !!message.removed;
      return (
        <div part="actions" role="toolbar" aria-label={words.actions}>
          {!isGone && [
            write && action("reply", words.reply, () => replyEdit.reply(message)),
            react && layerAction("react", words.react, row),
            // Browsers have no clipboard on pages that are not served over https.
            "clipboard" in navigator && [
              action("copy", words.copy, () => commands.copyText(message)),
              action("link", words.link, () => commands.copyLink(message)),
            ],
            isMine && write && action("edit", words.edit, () => replyEdit.edit(message)),
            isMine && write && layerAction("remove", words.remove, row),
          ]}
          {!row.mine &&
            !isGone &&
            !moderate &&
            action(
              "report",
              words.report.ask,
              ({ currentTarget }) => void showReport(row, currentTarget).catch(showFailure),
              layerOf(row) === "report",
            )}
          {moderation() && moderate && !(row.mine && isGone) && layerAction("moderate", words.moderate, row)}
        </div>
      );
    },
    /** Draws the button of touch screens, where nothing hovers: it focuses the row, which shows the toolbar. */
    drawMore: (): ComponentChildren => (
      <Button
        class="more"
        tabIndex={-1}
        aria-label={words.actions}
        onClick={({ currentTarget }: Event) => articleOf(currentTarget)?.focus({ preventScroll: true })}
      >
        ⋮
      </Button>
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
