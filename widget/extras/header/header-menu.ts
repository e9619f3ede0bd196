/**
 * Menu of the header: three lines, of which the last opens the settings. Both are chunks of their own, loaded when they are
 * first opened.
 */
import type { Kit } from "../../chat/kit.ts";
import type { MenuEntry } from "../popup-menu.ts";
import type { Preferences } from "./preferences.ts";

const ICONS = {
  rename: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21q0-6 8-6t8 6",
  popOut: "M14 4h6v6M20 4l-9 9M10 4H4v16h16v-6",
  settings: "M4 7h9M19 7h1M4 17h1M11 17h9M16 5v4M8 15v4",
};

/** Creates the menu of one chat. `rename` opens the form for the user's name; `from` gets the focus back. */
export function createHeaderMenu(
  kit: Kit,
  preferences: Preferences,
  rename: (from: HTMLElement) => Promise<void>,
) {
  const { host, root, server, state, words, topic: now, redraw_: redraw } = kit;
  let isMenuOpen = false;
  let isStopped = false;
  let closeMenu: (() => void) | undefined;

  async function openMenu(button: HTMLElement): Promise<void> {
    const { showPopup } = await import("../popup-menu.ts");
    if (isMenuOpen || !button.isConnected) return;
    isMenuOpen = true;
    closeMenu = showPopup({
      kit,
      label: words.menu.title,
      entries: entriesOf(button),
      anchor: button,
      returnFocus: () => button.focus({ preventScroll: true }),
      onClose() {
        isMenuOpen = false;
        redraw();
      },
    });
    redraw();
  }
  async function openSettings(button: HTMLElement): Promise<void> {
    const { showSettings } = await import("./settings-sheet.ts");
    if (isStopped || root.querySelector("[part=settings]")) return;
    await showSettings({ kit, preferences, onClose: () => button.focus({ preventScroll: true }) });
  }
  /** The three lines of the menu: the name of a guest, a window of its own unless this is one, the settings. */
  function entriesOf(button: HTMLElement): MenuEntry[] {
    const t = now();
    const ownWindow = `${server}/embed/${encodeURIComponent(t?.topic ?? "")}`;
    const canRename = state().me?.role === "guest" && t?.can.write && !host.hasAttribute("readonly");
    const entry = (name: keyof typeof ICONS, label: string, run: () => void): MenuEntry => ({
      name,
      label,
      icon: ICONS[name],
      run,
    });
    return [
      canRename && entry("rename", kit.strings_.rename, () => void rename(button)),
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
      return isMenuOpen;
    },
    open_({ currentTarget }: Event): void {
      openMenu(currentTarget as HTMLElement).catch(() => undefined);
    },
    stop_(): void {
      isStopped = true;
      closeMenu?.();
    },
  };
}
