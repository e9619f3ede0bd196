/**
 * Menu of the header: three lines, of which the first opens the search and the last the settings. All are chunks of their own,
 * loaded when they are first opened.
 */
import type { Kit } from "../../chat/kit.ts";
import type { MenuEntry } from "../popup-menu.ts";
import type { Preferences } from "./preferences.ts";
import { sheets } from "./sheet.ts";

const ICONS = {
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.5 15.5 20 20",
  popOut: "M14 4h6v6M20 4l-9 9M10 4H4v16h16v-6",
  settings: "M4 7h9M19 7h1M4 17h1M11 17h9M16 5v4M8 15v4",
};

/** Creates the menu of one chat. `jump` scrolls the list to an offset. */
export function createHeaderMenu(
  kit: Kit,
  preferences: Preferences,
  jump: (offset: number) => Promise<void>,
) {
  const { host, root, server, state, words, topic: now, redraw_: redraw } = kit;
  let isStopped = false;
  /** Closes the menu while it is open. */
  let closeMenu: (() => void) | undefined;
  let closeSearch: (() => void) | undefined;

  const canRename = (): boolean =>
    state().me?.role === "guest" && !!now()?.can.write && !host.hasAttribute("readonly");

  async function openMenu(button: HTMLElement): Promise<void> {
    const { showPopup } = await import("../popup-menu.ts");
    if (closeMenu || !button.isConnected) return;
    closeMenu = showPopup({
      kit,
      label: words.menu.title,
      entries: entriesOf(button),
      anchor: button,
      returnFocus: () => button.focus({ preventScroll: true }),
      onClose() {
        closeMenu = undefined;
        redraw();
      },
    });
    redraw();
  }
  const hasSheet = (): boolean => isStopped || !!root.querySelector(".leaf");
  async function loadWords() {
    const { settingsOrEnglish } = await import("../../words/settings-languages.ts");
    return settingsOrEnglish(kit.strings_.lang);
  }
  async function openSettings(button: HTMLElement): Promise<void> {
    const [{ showSettings }, words] = await Promise.all([import("./settings-sheet.ts"), loadWords()]);
    if (hasSheet()) return;
    const onClose = (): void => button.focus({ preventScroll: true });
    showSettings({ kit, preferences, words, sheets, canRename: canRename(), onClose });
  }
  /** Opens the search; the focus returns to where it is now. */
  async function openSearch(): Promise<void> {
    const from = (root.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;
    const [{ showSearch }, { search }] = await Promise.all([
      import("../search/search-sheet.ts"),
      loadWords(),
    ]);
    if (hasSheet() || !now()) return;
    const onClose = (): void => {
      closeSearch = undefined;
      from?.focus({ preventScroll: true });
    };
    closeSearch = showSearch({ kit, words: search, sheets, jump, onClose });
  }
  const search = (): void => void openSearch().catch(kit.showFailure_);
  /** Ctrl+Shift+F, on a Mac with the command key: no browser has another use for it in a page. */
  function onKeyDown(event: KeyboardEvent): void {
    const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
    if (key.toLowerCase() !== "f" || !shiftKey || altKey || ctrlKey === metaKey || event.defaultPrevented)
      return;
    event.preventDefault();
    search();
  }
  root.addEventListener("keydown", onKeyDown);

  /** The lines of the menu: the search, a window of its own unless this is one, the settings. */
  function entriesOf(button: HTMLElement): MenuEntry[] {
    const ownWindow = `${server}/embed/${encodeURIComponent(now()?.topic ?? "")}`;
    const entry = (name: keyof typeof ICONS, label: string, run: () => void): MenuEntry => ({
      name,
      label,
      icon: ICONS[name],
      run,
    });
    return [
      entry("search", words.menu.search, search),
      // Without an opener: neither page may reach into the other.
      !location.href.startsWith(ownWindow) &&
        entry("popOut", words.menu.popOut, () => {
          open(ownWindow, "", "popup,noopener,width=400,height=640");
        }),
      entry("settings", words.menu.settings, () => void openSettings(button).catch(kit.showFailure_)),
    ].filter((one) => !!one);
  }

  return {
    get isOpen(): boolean {
      return closeMenu !== undefined;
    },
    open_({ currentTarget }: Event): void {
      openMenu(currentTarget as HTMLElement).catch(() => undefined);
    },
    stop_(): void {
      isStopped = true;
      root.removeEventListener("keydown", onKeyDown);
      closeMenu?.();
      closeSearch?.();
    },
  };
}
