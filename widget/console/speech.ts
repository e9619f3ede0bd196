/**
 * The language of the console: the words in use, and numbers, sizes and times in that language. It is the one that was chosen in this
 * browser, else the first of the browser's languages that the console has, else English.
 */
import { consoleWordsIn, NAMES } from "../words/console-languages.ts";
import { type ConsoleWords, english } from "../words/console-words.ts";

const STORED = "kabar-console-language";
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The words in use. Views read them while they draw: another language draws everything anew. */
export let words: ConsoleWords = english;

/** The formats of a language; dates follow the region of the browser where it has that language. */
function formatsOf(code: string) {
  const region = (globalThis.navigator?.languages ?? []).find((tag) => codeOf(tag) === code) ?? code;
  return {
    relative: new Intl.RelativeTimeFormat(code, { numeric: "auto" }),
    full: new Intl.DateTimeFormat(region, { dateStyle: "medium", timeStyle: "medium" }),
    clock: new Intl.DateTimeFormat(region, { hour: "2-digit", minute: "2-digit" }),
    number: new Intl.NumberFormat(code, { maximumFractionDigits: 1 }),
    list: new Intl.ListFormat(code, { type: "unit" }),
  };
}
const codeOf = (tag: string): string => tag.toLowerCase().split("-")[0] ?? "";
let formats = formatsOf("en");
const listeners = new Set<() => void>();

/** Calls `listener` when the console has got another language. */
export const onSpeech = (listener: () => void): void => void listeners.add(listener);

/** Storage may be blocked: then a choice holds until the page is left. */
function stored(): string | undefined {
  try {
    return localStorage.getItem(STORED) ?? undefined;
  } catch {
    return undefined;
  }
}

/** The code of the language to begin with. */
export function preferredLanguage(chosen: string | undefined, tags: readonly string[]): string {
  const codes = [chosen, ...tags.map(codeOf)];
  return codes.find((code) => code !== undefined && Object.hasOwn(NAMES, code)) ?? "en";
}

/** Puts the console into a language by its code. Throws when its words do not load; the language stays then. */
async function speak(code: string): Promise<void> {
  words = await consoleWordsIn(code);
  formats = formatsOf(code);
  document.documentElement.lang = code;
  document.documentElement.dir = code === "ar" ? "rtl" : "ltr";
  for (const listener of listeners) listener();
}

/** Puts the console into the visitor's language; English where its words do not load. */
export const speakFirst = (): Promise<void> =>
  speak(preferredLanguage(stored(), navigator.languages)).catch(() => speak("en"));

/** Puts the console into a chosen language and remembers it in this browser. Throws when its words do not load. */
export async function chooseLanguage(code: string): Promise<void> {
  await speak(code);
  try {
    localStorage.setItem(STORED, code);
  } catch {
    // The choice holds until the page is left.
  }
}

/** A time from here, such as "3 minutes ago". */
export function fromNow(at: number, now: number = Date.now()): string {
  const ms = at - now;
  const size = Math.abs(ms);
  const { relative } = formats;
  if (size < MINUTE_MS) return ms > 0 ? relative.format(1, "minute") : relative.format(0, "second");
  // A mute of ten minutes ends in ten minutes, also a second later.
  const whole = ms > 0 ? Math.round : Math.trunc;
  if (size < 60 * MINUTE_MS) return relative.format(whole(ms / MINUTE_MS), "minute");
  if (size < DAY_MS) return relative.format(whole(ms / (60 * MINUTE_MS)), "hour");
  return relative.format(whole(ms / DAY_MS), "day");
}

/** A date with its time. */
export const inFull = (at: number): string => formats.full.format(at);
/** A time of the day. */
export const inClock = (at: number | undefined): string => formats.clock.format(at);
/** Several names as a list, such as "lobby, help"; each keeps its own direction. */
export const inList = (names: readonly string[]): string =>
  formats.list.format(names.map((name) => (words.lang === "ar" ? `\u2066${name}\u2069` : name)));

/** A number for people: whole, or with one digit below ten. */
export const inNumber = (value: number): string =>
  formats.number.format(Number.isInteger(value) || value >= 10 ? Math.round(value) : value);

type Unit = "byte" | "kilobyte" | "megabyte" | "gigabyte" | "terabyte" | "millisecond" | "second";
const UNITS: readonly Unit[] = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/** A number of a unit, such as "3 ms". */
export function inUnit(value: number, unit: Unit): string {
  const rounded = Number.isInteger(value) || value >= 10 ? Math.round(value) : value;
  const unitDisplay = unit === "byte" ? "long" : "short";
  const options = { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(words.lang, options).format(rounded);
}

/** A number of bytes for people, such as "1.4 GB". */
export function inBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return inUnit(unit > 0 && value < 10 ? Number(value.toFixed(1)) : Math.round(value), UNITS[unit] ?? "byte");
}
