/**
 * Sentences of the server in the language of the console: loads the sentences of that language when a view first wants them, and fills
 * in the values. What has no sentence, or while its chunk does not load, is the server's English.
 */
import { useEffect, useState } from "preact/hooks";
import type { HealthWarning } from "../../src/model.ts";
import type { BrokenRule } from "../../src/named-sentences.ts";
import { type ServerWords, serverWordsIn } from "../words/console-server-words.ts";
import { inList, inNumber, words } from "./speech.ts";

let loaded: { lang: string; words: ServerWords } | undefined;

/** The sentences in the language of the page; undefined for English, and until they have loaded. */
const sentences = (): ServerWords | undefined => (loaded?.lang === words.lang ? loaded.words : undefined);

/** Loads the sentences of the language of the page. Never rejects: without them the server's English stays. */
export async function loadServerWords(): Promise<void> {
  const { lang } = words;
  if (loaded?.lang === lang) return;
  const own = await serverWordsIn(lang).catch(() => undefined);
  if (own && lang === words.lang) loaded = { lang, words: own };
}

/** Loads the sentences for a view that wants them now, and draws it again with them. */
export function useServerWords(isWanted = true): void {
  const [, setDrawn] = useState("");
  const { lang } = words;
  useEffect(() => {
    if (isWanted) void loadServerWords().then(() => setDrawn(lang));
  }, [lang, isWanted]);
}

type Values = Readonly<Record<string, string | number | readonly string[] | undefined>>;
const inText = (value: Values[string]): string =>
  typeof value === "number" ? inNumber(value) : typeof value === "object" ? inList(value) : (value ?? "");

/** Puts values into a sentence at their places. */
const fill = (sentence: string, values: Values): string =>
  sentence.replace(/\{(\w+)\}/g, (_, name: string) => inText(values[name]));

/** The meaning of a setting, and the language of these words where it is not the page's. */
export function meaningOf(key: string, english: string): { text: string; lang?: "en" } {
  const own = sentences()?.settings[key];
  return own === undefined ? { text: english, lang: "en" } : { text: own };
}

/** What a field may hold that broke a rule; undefined where only the server has words. */
export function ruleInWords({ must, min, max, words: among }: BrokenRule): string | undefined {
  const own = sentences();
  const rule = own?.rules[must];
  return own && rule && fill(own.allowed, { rule: fill(rule, { min, max, words: among }) });
}

/** A refusal without a rule, by its code; undefined where only the server has words. */
export const refusalInWords = (code: string): string | undefined => {
  const own: Readonly<Record<string, string>> = sentences()?.refusals ?? {};
  return Object.hasOwn(own, code) ? own[code] : undefined;
};

/** A weakness of the log; undefined where only the server has words. */
export function logWarningInWords(warning: HealthWarning["warning"]): string | undefined {
  const own = warning && sentences()?.warnings[warning.code];
  if (!own) return undefined;
  const { most, held, database } = warning;
  const text = fill(own, { most, held });
  return database === undefined ? text : `${inList([database])}: ${text}`;
}

/** Why messages cannot be stored; undefined where only the server has words. */
export const troubleInWords = (code: HealthWarning["causeCode"]): string | undefined =>
  code && sentences()?.troubles[code];
