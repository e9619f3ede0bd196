/**
 * Menu of the header, loaded when it is first opened: preferences, a window of its own, the name, and erasing stored data. A
 * menu button as in the ARIA patterns: arrows, Home and End move, Enter and Space choose, Escape and Tab close it, and so does
 * a focus elsewhere. Choices keep the menu open, actions close it.
 */
import type { Kit } from "../../chat/kit.ts";
import css from "./menu.css";
import type { Preferences, Setting } from "./preferences.ts";

/** The menu's surroundings. `onClose` is called after the menu has closed for any reason. */
export interface MenuOptions {
  kit: Kit;
  preferences: Preferences;
  button: HTMLElement;
  onClose_: () => void;
}

type MenuRole = "menuitem" | "menuitemradio" | "menuitemcheckbox";

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
  const { choices } = preferences;
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
  function add(role: MenuRole, label: string, run: () => void, into: HTMLElement = menu): HTMLElement {
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
  /** Adds an action. The menu closes first, so that the action can move the focus. */
  const addAction = (label: string, run: () => void) =>
    add("menuitem", label, () => {
      close(button);
      run();
    });
  function addToggle(label: string, name: Setting): void {
    const [off, on] = choices[name];
    const item = add("menuitemcheckbox", label, () => {
      preferences.set(name, preferences.get(name) === on ? off : on);
      item.ariaChecked = `${preferences.get(name) === on}`;
    });
    item.ariaChecked = `${preferences.get(name) === on}`;
  }
  function addChoice(label: string, name: Setting, before?: (value: string) => Promise<boolean>): void {
    const group = document.createElement("div");
    const head = document.createElement("span");
    group.role = "group";
    group.ariaLabel = head.textContent = label;
    head.ariaHidden = "true";
    group.append(head);
    const items = choices[name].map((value) => {
      const item = add(
        "menuitemradio",
        settings[value as keyof typeof settings],
        () => void take(value),
        group,
      );
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
  }

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
    place.classList.add("meta");
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
  const last = add("menuitem", settings.clear, () => {
    last.textContent = settings.clearAsk;
    last.onclick = () => {
      close(button);
      forget();
    };
  });

  menu.onkeydown = (event) => {
    const items = [...menu.querySelectorAll<HTMLElement>("button")];
    const { activeElement } = root.getRootNode() as ShadowRoot;
    const at = items.indexOf(activeElement as HTMLElement);
    const to: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? -1 : at - 1,
      Home: 0,
      End: -1,
    };
    const index = to[event.key];
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
