/**
 * The menu of the header, loaded when somebody opens it: settings, the window of its own, the name, what is stored and how
 * to erase it. A menu button as in the ARIA patterns: arrows, Home and End move, Enter and Space choose, Esc closes
 * it before anything else, and so does Tab or a look elsewhere. Choices stay open, acts close it.
 */
import type { Kit } from "../../chat/kit.ts";
import css from "./menu.css";
import type { Prefs, Setting } from "./preferences.ts";

/** What it needs. `onClose` is called when it is gone, however that came. */
export interface MenuOptions {
  kit: Kit;
  prefs: Prefs;
  button: HTMLElement;
  onClose_: () => void;
}

type MenuRole = "menuitem" | "menuitemradio" | "menuitemcheckbox";

/** Shows it under its button, with the focus on the first line. */
export function showMenu({ kit, prefs, button, onClose_: onClose }: MenuOptions): void {
  const { root, server, topic: now, client, strings_: strings, words, tell_: tell, host, setDraft } = kit;
  const { settings } = words;
  const { choices } = prefs;
  const menu = document.createElement("div");
  menu.setAttribute("part", "menu");
  menu.role = "menu";
  menu.tabIndex = -1;
  menu.ariaLabel = settings.title;
  const topic = now()?.topic ?? "";
  let isClosed = false;
  kit.wear(css);

  function close(focus?: HTMLElement): void {
    // The focus that leaves it closes it, too.
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
  /** An act: closes the menu first, so that what it shows may have the focus. */
  const act = (label: string, run: () => void) =>
    add("menuitem", label, () => {
      close(button);
      run();
    });
  function check(label: string, name: Setting): void {
    const [off, on] = choices[name];
    const item = add("menuitemcheckbox", label, () => {
      prefs.set(name, prefs.get(name) === on ? off : on);
      item.ariaChecked = `${prefs.get(name) === on}`;
    });
    item.ariaChecked = `${prefs.get(name) === on}`;
  }
  function choose(label: string, name: Setting, before?: (value: string) => Promise<boolean>): void {
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
      for (const item of items) item.ariaChecked = `${item.dataset.value === prefs.get(name)}`;
    };
    async function take(value: string): Promise<void> {
      if (before && !(await before(value))) return;
      prefs.set(name, value);
      mark();
    }
    mark();
    menu.append(group);
  }

  /** Asks the browser, from the click and never otherwise. */
  async function mayNotify(value: string): Promise<boolean> {
    if (value === "off" || (await Notification.requestPermission()) === "granted") return true;
    tell(settings.blocked);
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
    prefs.applyAll();
    tell(settings.cleared);
  }

  const ownWindow = `${server}/embed/${encodeURIComponent(topic)}`;
  if (!location.href.startsWith(ownWindow)) {
    // Without an opener: the two pages have nothing to say to each other.
    act(settings.popOut, () => void open(ownWindow, "", "popup,noopener,width=400,height=640"));
  }
  if (now()?.can.write && !host.hasAttribute("readonly")) act(strings.rename, () => void rename());
  choose(settings.theme, "theme");
  choose(settings.density, "density");
  check(settings.sound, "sound");
  // Not there without https, nor in some browsers on phones.
  if (globalThis.Notification && isSecureContext) choose(settings.notify, "notify", mayNotify);
  choose(settings.say, "say");
  check(settings.keys, "keys");
  act(settings.privacy, () => void open(`${server}/privacy`, "", "noopener"));
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
