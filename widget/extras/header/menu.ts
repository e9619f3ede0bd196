/**
 * Menu of the header, loaded when it is first opened: preferences, a window of its own, the name, and erasing stored data. A
 * menu button as in the ARIA patterns: arrows, Home and End move, Enter and Space choose, Escape and Tab close it, and so does
 * a focus elsewhere. Choices keep the menu open, actions close it.
 */
import type { Kit } from "../../chat/kit.ts";
import css from "./menu.css";
import { createItems } from "./menu-items.ts";
import type { Preferences } from "./preferences.ts";

/** The menu's surroundings. `onClose` is called after the menu has closed for any reason. */
export interface MenuOptions {
  kit: Kit;
  preferences: Preferences;
  button: HTMLElement;
  onClose_: () => void;
}

/** Returns the index of the item that a key moves the focus to; undefined for other keys. `at` is -1 without a focus. */
const indexFor = (key: string, at: number): number | undefined =>
  ({ ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 })[key];

/** Shows the menu under its button and focuses its first item. */
export function showMenu({ kit, preferences, button, onClose_: onClose }: MenuOptions): void {
  const {
    root,
    server,
    topic: now,
    client,
    strings_: strings,
    words,
    showNotice_: showNotice,
    host,
    setDraft,
  } = kit;
  const { settings } = words;
  const menu = document.createElement("div");
  menu.setAttribute("part", "menu");
  menu.role = "menu";
  menu.tabIndex = -1;
  menu.ariaLabel = settings.title;
  const topic = now()?.topic ?? "";
  let isClosed = false;
  kit.wear(css);

  function close(focus?: HTMLElement): void {
    // Moving the focus away closes the menu a second time.
    if (isClosed) return;
    isClosed = true;
    focus?.focus({ preventScroll: true });
    menu.remove();
    onClose();
  }
  const {
    addAction_: addAction,
    addAsked_: addAsked,
    addToggle_: addToggle,
    addChoice_: addChoice,
  } = createItems(menu, preferences, settings, () => close(button));

  /** Asks for the permission, only ever from a click. */
  async function mayNotify(value: string): Promise<boolean> {
    if (value === "off" || (await Notification.requestPermission()) === "granted") return true;
    showNotice(settings.blocked);
    return false;
  }
  async function rename(): Promise<void> {
    const { askName } = await import("../../chat/name-form.ts");
    const place = document.createElement("div");
    place.setAttribute("part", "menu");
    place.classList.add("naming");
    root.append(place);
    askName(place, client.state.me?.name ?? "", strings, client.rename, () => {
      place.remove();
      button.focus({ preventScroll: true });
    });
  }
  function forget(): void {
    client.signOut({ forget: true });
    setDraft("");
    preferences.applyAll();
    showNotice(settings.cleared);
  }

  const ownWindow = `${server}/embed/${encodeURIComponent(topic)}`;
  if (!location.href.startsWith(ownWindow)) {
    // Without an opener: neither page may reach into the other.
    addAction(settings.popOut, () => void open(ownWindow, "", "popup,noopener,width=400,height=640"));
  }
  if (now()?.can.write && !host.hasAttribute("readonly")) addAction(strings.rename, () => void rename());
  addChoice(settings.theme, "theme");
  addChoice(settings.density, "density");
  addToggle(settings.sound, "sound");
  // Missing without https and in some browsers of phones.
  if (globalThis.Notification && isSecureContext) addChoice(settings.notify, "notify", mayNotify);
  addChoice(settings.say, "say");
  addToggle(settings.keys, "keys");
  addAction(settings.privacy, () => void open(`${server}/privacy`, "", "noopener"));
  addAsked(settings.clear, settings.clearAsk, forget);

  menu.onkeydown = (event) => {
    const items = [...menu.querySelectorAll<HTMLElement>("button")];
    const { activeElement } = root.getRootNode() as ShadowRoot;
    const index = indexFor(event.key, items.indexOf(activeElement as HTMLElement));
    if (event.key === "Escape") close(button);
    else if (event.key === "Tab") return close(button);
    else if (index === undefined) return;
    else items.at(index % items.length)?.focus({ preventScroll: true });
    event.preventDefault();
  };
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (!menu.contains(relatedTarget as Node | null)) close();
  });
  root.append(menu);
  menu.querySelector("button")?.focus({ preventScroll: true });
}
