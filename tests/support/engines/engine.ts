/**
 * Interface of a browser engine to the tests, so that a journey is written once. An engine opens tabs; a tab takes
 * pointer and keyboard as a person's, evaluates functions in its page, and takes pictures. How each engine is driven is
 * its own file's matter; what can be said in terms of these few verbs is visitor.ts's.
 */

/** What can be sent into a page and back. */
export type Json =
  string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };

/** A tab, which shares its storage with the other tabs of its engine. Coordinates are CSS pixels of the viewport. */
export interface Tab {
  /** Goes to an address; resolves when the page has loaded. */
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Runs a function's source in the page and resolves to what it returns, as JSON carries it. Nothing from around it is there. */
  run(source: string): Promise<unknown>;
  move(x: number, y: number): Promise<void>;
  /** Moves there, presses and lets go. */
  click(x: number, y: number): Promise<void>;
  /** Keys by the names of `KeyboardEvent.key`; all are held down in turn, then let go in the opposite order. */
  chord(keys: readonly string[]): Promise<void>;
  /** Takes back the last change of the field that has the focus, as Ctrl+Z does. */
  undo(): Promise<void>;
  /** Types a text, key by key. */
  type(text: string): Promise<void>;
  /** An engine may have a least width of its own. */
  resize(width: number, height: number): Promise<void>;
  /** Brings the tab to the front. */
  front(): Promise<void>;
  /** The viewport as PNG. */
  picture(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A running browser, whose visitor prefers dark pages: what is light was made so by the page. */
export interface Running {
  openTab(): Promise<Tab>;
  /** Ends all of its processes. */
  close(): Promise<void>;
}

export interface Engine {
  /** As tests are called: "Firefox". */
  name: string;
  /** Whether what it needs is on this machine. */
  isPresent: boolean;
  /** How to get it. */
  hint: string;
  start(): Promise<Running>;
}

/** The size of a tab when it opens. */
export const SIZE = { width: 700, height: 700 } as const;

/** WebDriver's code points for keys that have no character (W3C WebDriver, 17.4.2). */
const CODE_POINTS: Readonly<Record<string, string>> = {
  Backspace: "\uE003",
  Tab: "\uE004",
  Enter: "\uE007",
  Shift: "\uE008",
  Control: "\uE009",
  Escape: "\uE00C",
  PageUp: "\uE00E",
  PageDown: "\uE00F",
  End: "\uE010",
  Home: "\uE011",
  ArrowLeft: "\uE012",
  ArrowUp: "\uE013",
  ArrowRight: "\uE014",
  ArrowDown: "\uE015",
  Delete: "\uE017",
  F6: "\uE036",
};

interface KeyAction {
  type: "keyDown" | "keyUp";
  value: string;
}
const keyAction = (type: KeyAction["type"], key: string): KeyAction => ({
  type,
  value: CODE_POINTS[key] ?? key,
});

/** A chord as WebDriver's and BiDi's actions. */
export const chordActions = (keys: readonly string[]): unknown[] => [
  {
    type: "key",
    id: "keyboard",
    actions: [
      ...keys.map((key) => keyAction("keyDown", key)),
      ...[...keys].reverse().map((key) => keyAction("keyUp", key)),
    ],
  },
];

/** A text as WebDriver's and BiDi's actions. */
export const textActions = (text: string): unknown[] => [
  {
    type: "key",
    id: "keyboard",
    actions: [...text].flatMap((key) => [keyAction("keyDown", key), keyAction("keyUp", key)]),
  },
];

/** A movement, and a click where it ends, as WebDriver's and BiDi's actions. */
export const pointerActions = (x: number, y: number, isClick: boolean): unknown[] => [
  {
    type: "pointer",
    id: "mouse",
    parameters: { pointerType: "mouse" },
    actions: [
      { type: "pointerMove", duration: 0, x, y, origin: "viewport" },
      ...(isClick
        ? [
            { type: "pointerDown", button: 0 },
            { type: "pointerUp", button: 0 },
          ]
        : []),
    ],
  },
];

/** The environment of a browser that keeps everything in a folder of its own and speaks American English. */
export const homeIn = (
  folder: string,
  more: Record<string, string> = {},
): Record<string, string | undefined> => ({
  ...process.env,
  HOME: folder,
  XDG_RUNTIME_DIR: folder,
  XDG_CACHE_HOME: folder,
  XDG_CONFIG_HOME: folder,
  XDG_DATA_HOME: folder,
  DBUS_SESSION_BUS_ADDRESS: "disabled:",
  ...more,
});

/** Rejects after a time, naming what did not come. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Reads a stream until a pattern is found, and goes on emptying it, for a full pipe would stop the process. */
export function findIn(stream: ReadableStream<Uint8Array>, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const decoder = new TextDecoder();
    const read = async () => {
      for await (const bytes of stream) {
        if (text.length < 100_000) text += decoder.decode(bytes, { stream: true });
        const found = pattern.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      }
      reject(new Error(`ended before it said ${pattern}: ${text}`));
    };
    read().catch(reject);
  });
}
