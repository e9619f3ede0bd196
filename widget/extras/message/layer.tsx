/**
 * Layers under a row: the short row of emoji, the question before a message is deleted, the form of a report, the
 * moderator's menu. The state of the open one is in `open-layer`.
 */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { MessageRow } from "../../chat/rows.ts";
import { EMOJI } from "../../words/later-words.ts";
import type { EmojiButton } from "../compose/emoji-button.tsx";
import { Button, DOTS, Icon } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";
import type { MessageCommands } from "./message-commands.ts";
import { articleOf, type OpenLayer } from "./open-layer.ts";

/** Emoji of the short row with their names; the picker has all others. */
export const QUICK_EMOJI = Object.entries(EMOJI).slice(0, 6);

/** Creates the layers of one chat. */
export function createLayers(
  kit: Kit,
  { react, remove, report }: MessageCommands,
  { layerOf, toggle, close }: OpenLayer,
  { showPicker }: EmojiButton,
) {
  const { root, showFailure_: showFailure, words } = kit;
  let form: typeof import("./report-form.tsx") | undefined;

  const activeElement = () => (root.getRootNode() as ShadowRoot).activeElement;

  /** A button that closes the layer and then runs its action. */
  const choice = (label: string, text: string, run: () => void) => {
    const onClick = ({ currentTarget }: Event): void => {
      close(currentTarget);
      run();
    };
    return (
      <Button part="action" aria-label={label} onClick={onClick}>
        {text}
      </Button>
    );
  };
  /** Opens the picker for any other emoji. The row has the focus afterwards. */
  function pickEmoji(message: Message, { currentTarget }: Event): void {
    const article = articleOf(currentTarget);
    const back = () => close(article);
    const take = (emoji: string) => {
      back();
      react(message, emoji);
    };
    showPicker(take, back).catch(showFailure);
  }

  return {
    /** Loads the form of a report and opens it. */
    async showReport(row: MessageRow, from: EventTarget | null): Promise<void> {
      form ??= await import("./report-form.tsx");
      toggle(row, "report", from);
    },
    /** Draws the row's open layer. */
    drawLayer(row: MessageRow, message: Message): ComponentChildren {
      const layer = layerOf(row);
      if (!layer || layer === "more") return undefined;
      const leave = () => close(activeElement());
      const send = (why: string) => {
        leave();
        report(message, why);
      };
      const content = {
        react: () => [
          QUICK_EMOJI.map(([emoji, name]) => choice(name, emoji, () => react(message, emoji))),
          <Button
            part="action"
            aria-label={words.emoji.more}
            aria-haspopup="dialog"
            onClick={(event: Event) => pickEmoji(message, event)}
          >
            <Icon size={18} {...DOTS} />
          </Button>,
        ],
        remove: () => [
          <span>{words.removeAsk}</span>,
          choice(words.remove, words.remove, () => remove(message)),
          choice(words.cancel, words.cancel, () => undefined),
        ],
        moderate: () => kit.moderation()?.drawMenu(message, leave),
        report: () => form?.drawReport(h, words, send, leave),
      }[layer]();
      const label = {
        react: words.react,
        remove: words.remove,
        moderate: words.moderate,
        report: words.report.ask,
      }[layer];
      return (
        <div class={`layer ${layer}`} role="group" aria-label={label}>
          {content}
        </div>
      );
    },
  };
}
