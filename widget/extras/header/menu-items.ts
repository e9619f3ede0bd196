/**
 * Items of the header's menu: actions, switches, and groups of which one is chosen. Choices apply at once and keep the
 * menu open; an action closes it first, so that the action can move the focus.
 */
import type { Words } from "../../words/later-words.ts";
import type { Preferences, Setting } from "./preferences.ts";

type MenuRole = "menuitem" | "menuitemradio" | "menuitemcheckbox";

/** Adds an item to a menu or to a group in it. */
function addItem(into: HTMLElement, role: MenuRole, label: string, run: () => void): HTMLElement {
  const item = document.createElement("button");
  item.type = "button";
  item.role = role;
  item.tabIndex = -1;
  item.setAttribute("part", "menu-item");
  item.textContent = label;
  item.onclick = run;
  into.append(item);
  return item;
}

/** Creates the functions that add items to one menu; `close` closes it and returns the focus. */
export function createItems(
  menu: HTMLElement,
  preferences: Preferences,
  settings: Words["settings"],
  close: () => void,
) {
  const { choices } = preferences;
  const addAction = (label: string, run: () => void) =>
    addItem(menu, "menuitem", label, () => {
      close();
      run();
    });

  return {
    addAction_: addAction,
    /** Adds an action that asks `question` first, in place of its label. */
    addAsked_(label: string, question: string, run: () => void): void {
      const item = addItem(menu, "menuitem", label, () => {
        item.textContent = question;
        item.onclick = () => {
          close();
          run();
        };
      });
    },
    /** Adds a switch between the two values of a setting. */
    addToggle_(label: string, name: Setting): void {
      const [off, on] = choices[name];
      const mark = () => {
        item.ariaChecked = `${preferences.get(name) === on}`;
      };
      const item = addItem(menu, "menuitemcheckbox", label, () => {
        preferences.set(name, preferences.get(name) === on ? off : on);
        mark();
      });
      mark();
    },
    /** Adds the values of a setting. `before` may prevent the choice of one. */
    addChoice_(label: string, name: Setting, before?: (value: string) => Promise<boolean>): void {
      const group = document.createElement("div");
      const head = document.createElement("span");
      group.role = "group";
      group.ariaLabel = head.textContent = label;
      head.ariaHidden = "true";
      group.append(head);
      const items = choices[name].map((value) => {
        const text = settings[value as keyof typeof settings];
        const item = addItem(group, "menuitemradio", text, () => void take(value));
        item.dataset.value = value;
        return item;
      });
      const mark = () => {
        for (const item of items) item.ariaChecked = `${item.dataset.value === preferences.get(name)}`;
      };
      async function take(value: string): Promise<void> {
        if (before && !(await before(value))) return;
        preferences.set(name, value);
        mark();
      }
      mark();
      menu.append(group);
    },
  };
}
