/**
 * Form for the user's name, loaded when it is first opened. It replaces the line that shows the name. Enter saves, Escape
 * cancels, and the focus returns.
 */
import type { LaterStrings, Strings } from "../words/list-words.ts";

const ENGLISH: Omit<LaterStrings, "launcher"> = {
  yourName: "Your name",
  save: "Save",
  cancel: "Cancel",
  badName: "Use 1 to 40 characters.",
  nameTaken: "This name is taken or reserved. Choose another.",
};

/** Resolves to nothing if the name is accepted, to "" if it is no valid name, otherwise to the server's refusal. */
type Rename = (name: string) => Promise<{ code: string; message: string } | "" | undefined>;

/** Shows the form in `place`. `onEnd` is called after it has closed, with whether a name was saved. */
export function askName(
  place: HTMLElement,
  name: string,
  translated: Strings,
  rename: Rename,
  onEnd: (named: boolean) => void,
): void {
  const strings = { ...ENGLISH, ...translated.later };
  const form = document.createElement("form");
  const input = document.createElement("input");
  const problem = document.createElement("p");
  const button = (type: "submit" | "button", text: string) => {
    const element = document.createElement("button");
    element.type = type;
    element.textContent = text;
    return element;
  };
  const cancel = button("button", strings.cancel);
  input.value = name;
  input.maxLength = 80;
  input.setAttribute("autocomplete", "nickname");
  input.ariaLabel = strings.yourName;
  problem.role = "alert";
  form.append(input, button("submit", strings.save), cancel, problem);

  function end(named: boolean): void {
    form.remove();
    onEnd(named);
  }
  form.onsubmit = async (event) => {
    event.preventDefault();
    const refused = await rename(input.value);
    if (refused === undefined) return end(true);
    // The input stays for a correction. Emptied first: screen readers do not repeat unchanged words.
    problem.textContent = "";
    const reasons: Record<string, string> = { "name-taken": strings.nameTaken, "bad-name": strings.badName };
    problem.textContent = refused ? (reasons[refused.code] ?? refused.message) : strings.badName;
    input.ariaInvalid = "true";
  };
  form.onkeydown = (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    // The innermost layer closes first: the panel stays open.
    event.preventDefault();
    end(false);
  };
  cancel.onclick = () => end(false);
  place.append(form);
  input.focus({ preventScroll: true });
  input.select();
}
