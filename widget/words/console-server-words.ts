/**
 * Sentences for what the server says in English, a chunk for each language besides English: meanings of the settings, broken rules,
 * warnings of the log, troubles with it. Names and values come from the server (src/named-sentences); `{value}` is where one stands.
 */
import type { ErrorCode } from "../../src/protocol.ts";
import type { LOG_WARNINGS, RULES, TroubleCode } from "../../src/named-sentences.ts";

/** Codes of errors that have a sentence here. */
export const SAID_CODES = [
  "not-found",
  "topic-unknown",
  "text-empty",
  "text-too-long",
  "too-large",
  "search-off",
  "origin-denied",
  "bad-credential",
  "shutting-down",
  "internal",
] as const satisfies readonly ErrorCode[];
type SaidCode = (typeof SAID_CODES)[number];

/** The sentences of a language. */
export interface ServerWords {
  /** The meanings of the settings, by their keys in kabar.toml. */
  settings: Readonly<Record<string, string>>;
  /** A sentence with what a field may hold, which is `{rule}`. */
  allowed: string;
  rules: Readonly<Record<keyof typeof RULES, string>>;
  /** Refusals without a rule, by their code; `words.common` has those that every view may meet. */
  refusals: Readonly<Record<SaidCode, string>>;
  warnings: Readonly<Record<keyof typeof LOG_WARNINGS, string>>;
  /** Why messages cannot be stored, as half sentences. */
  troubles: Readonly<Record<TroubleCode, string>>;
}

const LANGUAGES: Record<string, () => Promise<{ words: ServerWords }>> = {
  ar: () => import("./ar-console-server.ts"),
  de: () => import("./de-console-server.ts"),
  es: () => import("./es-console-server.ts"),
  fr: () => import("./fr-console-server.ts"),
  hi: () => import("./hi-console-server.ts"),
  id: () => import("./id-console-server.ts"),
  ja: () => import("./ja-console-server.ts"),
  pt: () => import("./pt-console-server.ts"),
  zh: () => import("./zh-console-server.ts"),
};

/** Returns the sentences of a language by its code; undefined for English, which is the server's own. Throws when a chunk does not load. */
export async function serverWordsIn(code: string): Promise<ServerWords | undefined> {
  const load = Object.hasOwn(LANGUAGES, code) ? LANGUAGES[code] : undefined;
  return load && (await load()).words;
}
