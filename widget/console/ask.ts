/**
 * Requests to the admin API, with the cookie of the console's session. Addresses are relative, so that the console also works below
 * a path. Knows nothing of views.
 */

import type { BrokenRule } from "../../src/named-sentences.ts";
import { loadServerWords, refusalInWords, ruleInWords } from "./server-speech.ts";
import { words } from "./speech.ts";

/** A refusal of the server, in its own words; `rule` is the rule that the request broke, where it has a name. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  readonly rule: BrokenRule | undefined;

  constructor(code: string, message: string, status: number, rule?: BrokenRule) {
    super(message);
    this.code = code;
    this.status = status;
    this.rule = rule;
  }
}

const listeners = new Set<() => void>();

/** Calls `listener` when the server answers that the session has ended. */
export const onSignedOut = (listener: () => void): void => void listeners.add(listener);

/** A part of a path. */
export const part = (text: string): string => encodeURIComponent(text);

/** Sends a request and returns the response. Throws Refusal for an error of the server, TypeError without a connection. */
export async function send(method: string, path: string, body?: object): Promise<Response> {
  const response = await fetch(`api/admin/${path}`, {
    method,
    credentials: "same-origin",
    cache: "no-store",
    ...(body ? { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {}),
  });
  if (response.ok) return response;
  const answer = await response.json().catch(() => undefined);
  const {
    code = "unknown",
    message = words.common.answeredStatus(response.status),
    rule,
  } = (answer as { error?: Partial<Refusal> } | undefined)?.error ?? {};
  if (response.status === 401 && !path.startsWith("console/sessions"))
    for (const listener of listeners) listener();
  // Their sentences are there by the time that a view draws the refusal.
  await loadServerWords();
  throw new Refusal(code, message, response.status, rule);
}

/** Sends a request and returns the JSON of its answer; an empty object where there is none. */
export async function ask<T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  const response = await send(method, path, body);
  return (response.status === 204 ? {} : await response.json()) as T;
}

/** What went wrong, for people: in the language of the page where that has words for the code, else as the server says it. */
export function inWords(error: unknown): string {
  if (!(error instanceof Refusal)) return words.common.noAnswer;
  const allowed = error.rule && ruleInWords(error.rule);
  if (allowed !== undefined) return allowed;
  const own: Readonly<Record<string, string>> = words.common.refusals;
  // English pages show the server's sentence, which is more exact.
  if (words.lang === "en") return error.message;
  return (Object.hasOwn(own, error.code) ? own[error.code] : refusalInWords(error.code)) ?? error.message;
}
