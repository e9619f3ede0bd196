/**
 * Requests to the admin API, with the cookie of the console's session. Addresses are relative, so that the console also works below
 * a path. Knows nothing of views.
 */

import { words } from "./speech.ts";

/** A refusal of the server, in its own words. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
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
  const { code = "unknown", message = words.common.answeredStatus(response.status) } =
    (answer as { error?: { code?: string; message?: string } } | undefined)?.error ?? {};
  if (response.status === 401 && !path.startsWith("console/sessions"))
    for (const listener of listeners) listener();
  throw new Refusal(code, message, response.status);
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
  const own: Readonly<Record<string, string>> = words.common.refusals;
  // English pages show the server's sentence, which is more exact.
  return words.lang !== "en" && Object.hasOwn(own, error.code) ? (own[error.code] ?? "") : error.message;
}
