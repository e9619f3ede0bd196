/**
 * What a visitor chose in the menu of the header. The page's attributes say what holds until then; a choice is kept with
 * the rest of what the device remembers, and only then. All chats of one server on a page, and in other tabs, follow at once.
 */
import type { Kit } from "../../chat/kit.ts";
import type { Keeper } from "../../client/storage.ts";

/** Every setting and what may be chosen; the first is what holds where the page says nothing. */
const CHOICES = {
  theme: ["auto", "light", "dark"],
  density: ["cosy", "compact", "bubbles"],
  sound: ["off", "on"],
  notify: ["off", "mentions", "all"],
  say: ["all", "mentions", "off"],
  keys: ["enter", "ctrl"],
} as const;

export type Setting = keyof typeof CHOICES;
export type Prefs = ReturnType<typeof createPrefs>;

/** The chats of this page, by what they share. */
const chats = new Map<Keeper, Set<() => void>>();

/** Makes the settings of one chat; `apply` is called when one may have changed. */
export function createPrefs({ host, client: { keeper } }: Kit, apply: () => void) {
  const others = chats.get(keeper) ?? new Set();
  chats.set(keeper, others.add(apply));
  const stop = new AbortController();
  let quietUntil = 0;

  /** What the page asks for. */
  function asked(name: Setting): string | null {
    if (name === "density") return host.getAttribute("density");
    if (name === "sound") return host.hasAttribute("sound") ? "on" : null;
    if (name === "notify") return host.hasAttribute("notify") ? "mentions" : null;
    return null;
  }
  const applyAll = () => {
    for (const each of others) each();
  };
  addEventListener(
    "storage",
    // The client takes the record over first.
    ({ key }) => key === keeper.recordKey && setTimeout(applyAll),
    { signal: stop.signal },
  );

  return {
    /** What may be chosen. */
    choices: CHOICES,
    get(name: Setting): string {
      const known: readonly string[] = CHOICES[name];
      // Anyone on the page's origin may have written the record.
      return (
        [keeper.record.prefs?.[name], asked(name)].find((value) => value && known.includes(value)) ??
        CHOICES[name][0]
      );
    },
    /** Whether the visitor chose, and not the page. */
    isChosen: (name: Setting): boolean => keeper.record.prefs?.[name] !== undefined,
    set(name: Setting, value: string): void {
      keeper.consent();
      keeper.save({ prefs: { ...keeper.record.prefs, [name]: value } });
      applyAll();
    },
    applyAll,
    /** Nothing is said or played for this long. */
    mute(ms: number): void {
      quietUntil = Date.now() + ms;
    },
    get isQuiet(): boolean {
      return Date.now() < quietUntil;
    },
    stop_(): void {
      stop.abort();
      others.delete(apply);
      if (!others.size) chats.delete(keeper);
    },
  };
}
