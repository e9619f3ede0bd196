/**
 * Moderators' actions: sends the command, shows the line that undoes it, and asks before actions that cannot be undone.
 * Nothing is shown as done before the server has confirmed it.
 */
import type { ComponentChildren } from "preact";
import type { ModerationAct } from "../../src/model.ts";
import type { Kit } from "../chat/kit.ts";
import { english, type ModWords } from "../words/moderation-words.ts";
import { drawButton } from "./moderation-controls.tsx";
import { h } from "./moderation-jsx.ts";
import { createUndoLine } from "./undo-line.tsx";

/** Every act of moderation that the chat offers: the word filter is edited elsewhere. */
export type DeskAct = Exclude<ModerationAct, { action: "words" }>;

/** The part that the menus and the desk share. */
export type Acts = ReturnType<typeof createActs>;

/** Creates the actions of one chat; `translate` returns the user's language for the English words. */
export function createActs(kit: Kit, translate: (words: ModWords) => ModWords) {
  const { command_: command, refresh_: refresh, root, topic, showFailure_: showFailure } = kit;
  const words = translate(english);
  /** The key of the question that is shown. */
  let asking: string | undefined;
  /** The fields of the open menu. */
  const input = { why: "", address: false };

  const find = (selector: string) => root.querySelector<HTMLElement>(selector);
  const undoLine = createUndoLine(kit, find, words.undo);
  /** Focuses an element after the next drawing. */
  const focusLater = (look: () => HTMLElement | null | undefined) =>
    requestAnimationFrame(() => look()?.focus({ preventScroll: true }));

  /** Forgets input and questions, because another menu has opened. */
  function reset(): void {
    input.why = "";
    input.address = false;
    asking = undefined;
  }
  /** Runs an action and reports it, with an undo if the server offers one. A refusal is shown above the composer. */
  async function act(fields: DeskAct, name = ""): Promise<void> {
    const t = topic();
    if (!t) return;
    const why = input.why.trim();
    reset();
    const isOff = (fields.action === "pin" || fields.action === "shadow") && !fields.on;
    const key = isOff ? (`un${fields.action}` as "unpin" | "unshadow") : fields.action;
    await command("moderate", { topic: t.topic, ...fields, ...(why && { why }) }).then(
      ({ undo }) => undoLine.show(words.said[key](name), undo && (() => undoAct(t.topic, undo))),
      showFailure,
    );
  }
  function undoAct(topic: string, fields: ModerationAct): void {
    undoLine.hide();
    command("moderate", { topic, ...fields }).then(() => undoLine.show(words.undone), showFailure);
  }

  /** Draws a button that asks before it acts, for actions that cannot be undone. `key` tells questions apart. */
  function drawConfirm(label: string, question: string, run: () => void, key = label): ComponentChildren {
    if (asking !== key) {
      const begin = () => {
        asking = key;
        refresh();
        focusLater(() => find(".ask button:last-child"));
      };
      return drawButton(label, begin);
    }
    const end = ({ currentTarget }: Event) => {
      asking = undefined;
      const group = (currentTarget as HTMLElement).closest<HTMLElement>("article, li, .desk");
      group?.focus({ preventScroll: true });
      refresh();
    };
    const confirm = (event: Event) => {
      end(event);
      run();
    };
    return (
      <span class="ask" role="group" aria-label={question}>
        <span>{question}</span>
        {drawButton(label, confirm)}
        {drawButton(kit.words.cancel, end)}
      </span>
    );
  }

  return {
    words,
    input,
    undoLine_: undoLine,
    act,
    drawConfirm_: drawConfirm,
    focusLater_: focusLater,
    find,
    reset,
  };
}
