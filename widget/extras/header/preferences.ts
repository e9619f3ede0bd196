/**
 * Preferences of the settings: theme, layout, sound, count, notifications, announcements, keys. The page's attributes are the defaults;
 * a choice is kept in the device's record. All chats of one server on the page, and in other tabs, apply it at once.
 */
import type { Kit } from "../../chat/kit.ts";
import type { Keeper } from "../../client/storage.ts";

/** The settings and their values in the order shown; the first value is the default, but for those in `DEFAULTS`. */
const CHOICES = {
  theme: ["auto", "light", "dark"],
  density: ["cosy", "compact", "bubbles"],
  mute: ["off", "on"],
  sound: ["off", "on"],
  badge: ["off", "on"],
  notify: ["off", "mentions", "all"],
  /** The last choice on this device, for any topic: the server knows that of each. */
  push: ["off", "mentions", "all"],
  say: ["off", "mentions", "all"],
  keys: ["enter", "ctrl"],
} as const;
const DEFAULTS: Partial<Record<Setting, string>> = { say: "all" };

export type Setting = keyof typeof CHOICES;
export type Preferences = ReturnType<typeof createPreferences>;

/** The `apply` functions of the chats that share a record. */
const chats = new Map<Keeper, Set<() => void>>();

/** Creates the preferences of one chat; `apply` is called when one may have changed. */
export function createPreferences({ host, client: { keeper } }: Kit, apply: () => void) {
  const applies = chats.get(keeper) ?? new Set();
  chats.set(keeper, applies.add(apply));
  const stop = new AbortController();
  let quietUntil = 0;

  /** Returns the value that the page's attributes ask for. */
  function attributeOf(name: Setting): string | null {
    if (name === "density") return host.getAttribute("density");
    if (name === "sound") return host.hasAttribute("sound") ? "on" : null;
    if (name === "notify") return host.hasAttribute("notify") ? "mentions" : null;
    if (name === "badge" && !host.hasAttribute("no-title-badge"))
      return host.hasAttribute("title-badge") || host.matches("[mode=panel]") ? "on" : null;
    return null;
  }
  const applyAll = () => {
    for (const each of applies) each();
  };
  addEventListener(
    "storage",
    // After the client has read the record.
    ({ key }) => key === keeper.recordKey && setTimeout(applyAll),
    { signal: stop.signal },
  );

  return {
    choices: CHOICES,
    get(name: Setting): string {
      const known: readonly string[] = CHOICES[name];
      // Any script of the page's origin may have written the record.
      return (
        [keeper.record.prefs?.[name], attributeOf(name)].find((value) => value && known.includes(value)) ??
        DEFAULTS[name] ??
        CHOICES[name][0]
      );
    },
    /** Returns whether the user chose a value. */
    isChosen: (name: Setting): boolean => keeper.record.prefs?.[name] !== undefined,
    set(name: Setting, value: string): void {
      keeper.consent();
      keeper.save({ prefs: { ...keeper.record.prefs, [name]: value } });
      applyAll();
    },
    /** Applies the preferences in all chats of the page. */
    applyAll,
    /** Stops sounds, notifications and announcements for a time in milliseconds. */
    mute(ms: number): void {
      quietUntil = Date.now() + ms;
    },
    get isQuiet(): boolean {
      return Date.now() < quietUntil;
    },
    /** Whether no sound, notification, count or card may appear: the page asked for quiet, or the user muted the chat. */
    get isMuted(): boolean {
      return this.isQuiet || this.get("mute") === "on";
    },
    stop_(): void {
      stop.abort();
      applies.delete(apply);
      if (!applies.size) chats.delete(keeper);
    },
  };
}
