/**
 * Settings of the user, loaded when they are first opened: a sheet over the chat with everything that may be chosen, and the
 * one place that turns sounds, notifications and counts off. Made of the browser's own radio buttons and switches. A choice
 * applies at once. Escape closes the sheet; what it covers is inert meanwhile.
 */
import type { Kit } from "../../chat/kit.ts";
import type { SettingsWords } from "../../words/settings-words.ts";
import type { Preferences, Setting } from "./preferences.ts";
import css from "./settings-sheet.css";
import type { Sheets } from "./sheet.ts";

/** The sheet's surroundings. `canRename`: the user is a guest who may choose a name. `onClose` is called after it has closed, and returns the focus. */
export interface SettingsOptions {
  kit: Kit;
  preferences: Preferences;
  words: SettingsWords;
  sheets: Sheets;
  canRename: boolean;
  onClose: () => void;
}

/** Numbers the groups of radio buttons, whose names must differ in a page. */
let opened = 0;

/** Creates the controls of settings; each shows what is chosen now. */
function createControls({ preferences, words, sheets: { make } }: SettingsOptions) {
  const { choices } = preferences;
  opened++;
  return {
    /** A switch between the two values of a setting. */
    switchOf(name: Setting, label: string): HTMLElement {
      const [off, on] = choices[name];
      const box = make("input", { type: "checkbox", checked: preferences.get(name) === on });
      box.role = "switch";
      box.onchange = () => preferences.set(name, box.checked ? (on ?? "") : off);
      return make("label", { className: "switch" }, make("span", {}, label), box);
    },
    /** The values of a setting, of which one is chosen. `before` may prevent the choice. */
    choiceOf(name: Setting, label: string, before?: (value: string) => Promise<boolean>): HTMLElement {
      const group = make("fieldset", {}, make("legend", {}, label));
      const now = () => preferences.get(name);
      const boxes = choices[name].map((value) => {
        const box = make("input", { type: "radio", name: `kabar-${opened}-${name}`, value });
        box.onchange = () => void take(value);
        const text = words[value as Exclude<keyof SettingsWords, "search">];
        group.append(make("label", {}, box, make("span", {}, text)));
        return box;
      });
      function mark(): void {
        for (const box of boxes) box.checked = box.value === now();
      }
      async function take(value: string): Promise<void> {
        if (!before || (await before(value))) preferences.set(name, value);
        mark();
      }
      mark();
      return group;
    },
  };
}

/** Shows the settings over the chat and focuses their button that closes them. */
export function showSettings(options: SettingsOptions): void {
  const { kit, preferences, words, canRename, onClose } = options;
  const { make, openSheet } = options.sheets;
  const { server, client, state, strings_: strings, wear, setDraft } = kit;
  const { switchOf, choiceOf } = createControls(options);
  const problem = make("p", { className: "problem" });
  problem.role = "alert";
  wear(css);
  const { sheet, closeButton, close } = openSheet(kit, { part: "settings", label: words.title, onClose });

  /** Asks for the permission, only ever from a click. */
  async function mayNotify(value: string): Promise<boolean> {
    if (value === "off" || (await Notification.requestPermission()) === "granted") return true;
    problem.textContent = words.blocked;
    return false;
  }
  const button = (label: string, run: () => void) => make("button", { type: "button", onclick: run }, label);

  /** The guest's name, with the form that changes it in its place. */
  function nameRow(): HTMLElement | undefined {
    if (!canRename) return undefined;
    const shown = make("bdi", { textContent: state().me?.name ?? "" });
    const change = button(strings.rename, () => void rename());
    const row = make("div", { className: "name" }, shown, change);
    async function rename(): Promise<void> {
      const { askName } = await import("../../chat/name-form.ts");
      row.hidden = true;
      const place = make("div", { className: "naming" });
      row.before(place);
      askName(place, state().me?.name ?? "", strings, client.rename, () => {
        place.remove();
        row.hidden = false;
        shown.textContent = state().me?.name ?? "";
        change.focus({ preventScroll: true });
      });
    }
    return row;
  }
  /** The button that asks before it erases what is stored on the device. */
  function clearButton(): HTMLElement {
    const clear = button(words.clear, () => {
      clear.textContent = words.clearAsk;
      clear.onclick = () => {
        if (preferences.get("push") !== "off")
          void import("../../push/push.ts").then(({ forgetPush }) => forgetPush(kit)).catch(() => undefined);
        client.signOut({ forget: true });
        setDraft("");
        preferences.applyAll();
        close();
        kit.showNotice_(words.cleared);
      };
    });
    clear.className = "clear";
    return clear;
  }

  /** Adds the choices about push messages, which load where the browser may have them. */
  async function addPush(): Promise<void> {
    if (!isSecureContext || !("serviceWorker" in navigator)) return;
    const { drawPush } = await import("../../push/push.ts");
    const choices = drawPush({
      kit,
      words,
      showProblem(text) {
        problem.textContent = text;
      },
      onChoice: (mode) => preferences.set("push", mode === "none" ? "off" : mode),
    });
    if (choices) problem.before(choices);
  }
  closeButton.before(make("h2", {}, words.title));
  const privacy = make("a", { href: `${server}/privacy`, target: "_blank", rel: "noopener" }, words.privacy);
  // Missing without https and in some browsers of phones.
  const canNotify = "Notification" in globalThis && isSecureContext;
  const mute = switchOf("mute", words.mute);
  /** What a muted chat does not do in any case. */
  const signals = [
    canNotify && choiceOf("notify", words.notify, mayNotify),
    switchOf("sound", words.sound),
    switchOf("badge", words.badge),
  ].filter((part) => !!part);
  function dim(): void {
    const isMuted = preferences.get("mute") === "on";
    for (const part of signals) {
      part.classList.toggle("muted", isMuted);
      for (const box of part.querySelectorAll("input")) box.disabled = isMuted;
    }
  }
  dim();
  mute.addEventListener("change", dim);
  const parts = [
    nameRow(),
    choiceOf("theme", words.theme),
    choiceOf("density", words.density),
    mute,
    ...signals,
    problem,
    choiceOf("say", words.say),
    switchOf("keys", words.keys),
    make("div", { className: "end" }, privacy, clearButton()),
  ];
  sheet.append(...parts.filter((part) => !!part));
  void addPush().catch(() => undefined);
  closeButton.focus({ preventScroll: true });
}
