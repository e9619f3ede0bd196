/**
 * Surroundings of a found message that is too far back for the list: the messages before and after it, with further ones at a
 * button's press. Read only.
 */
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { SearchWords } from "../../words/settings-words.ts";
import type { Sheets } from "../header/sheet.ts";

/** Messages that are read on each side, at first and with each press. */
const PAGE = 15;

export interface SurroundingsParts {
  kit: Kit;
  words: SearchWords;
  sheets: Sheets;
  topic: string;
  lineOf: (message: Message, query: string) => Node[];
  onFailure: (error: Error) => void;
}

/** Reads the surroundings of a message; resolves to their element, in which the message can take the focus. */
export async function readSurroundings(
  { kit, words, sheets: { make }, topic, lineOf, onFailure }: SurroundingsParts,
  offset: number,
  query: string,
): Promise<{ around: HTMLElement; found: HTMLElement | undefined }> {
  const { command_: command } = kit;
  const list = make("ol", {});
  let [low, high] = [offset + 1, offset];
  let found: HTMLElement | undefined;

  function lines(messages: readonly Message[]): HTMLElement[] {
    return messages
      .filter(({ kind, removed }) => kind === undefined && !removed)
      .map((message) => {
        const isFound = message.offset === offset;
        const line = make("li", {}, ...lineOf(message, isFound ? query : ""));
        if (!isFound) return line;
        found = line;
        line.tabIndex = -1;
        line.ariaCurrent = "true";
        return line;
      });
  }
  async function readBefore(): Promise<void> {
    const { messages, more } = await command("history", { topic, before: low, limit: PAGE });
    low = messages[0]?.offset ?? low;
    list.prepend(...lines(messages));
    earlier.hidden = !more;
  }
  async function readAfter(): Promise<void> {
    const { messages, more } = await command("history", { topic, after: high, limit: PAGE });
    high = messages.at(-1)?.offset ?? high;
    list.append(...lines(messages));
    later.hidden = !more;
  }
  const button = (label: string, read: () => Promise<void>) => {
    const made = make("button", { type: "button", className: "further" }, label);
    // A disabled button would lose the focus, and with it the keys of the sheet.
    let isBusy = false;
    made.onclick = () => {
      if (isBusy) return;
      isBusy = true;
      read()
        .catch(onFailure)
        .finally(() => {
          isBusy = false;
        });
    };
    return made;
  };
  const earlier = button(words.earlier, readBefore);
  const later = button(words.later, readAfter);
  await Promise.all([readBefore(), readAfter()]);
  return { around: make("div", { className: "around" }, earlier, list, later), found };
}
