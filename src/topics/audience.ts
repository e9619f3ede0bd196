/**
 * Audiences of an entry: everybody, moderators, or its author. Pure.
 * The message of a shadow-banned user is stored like any other. Its author receives it unchanged, moderators receive it with a
 * mark, and everybody else receives a placeholder that holds the offset and nothing more.
 */
import { decodeBody, encodeBody, encodeMessage, isHiddenBody } from "../log/message-body.ts";
import type { Entry } from "../log/log.ts";
import type { User } from "../model.ts";

/** Those who are served the same: everybody, the moderators, or one hidden user. */
export type Audience = string;
export const PUBLIC_AUDIENCE: Audience = "everybody";
export const MODERATOR_AUDIENCE: Audience = "staff";
/** The audience that a hidden user is alone in. */
export const authorAudience = (userId: string): Audience => `of ${userId}`;

/** Whoever reads the wire learns that something is kept from them, not whose it is. */
const HIDDEN_USER: User = { id: "hidden", name: "Hidden", role: "guest" };

/** Whether an audience is served an entry in its true form. */
export function isShown({ body }: Entry, audience: Audience): boolean {
  if (audience === MODERATOR_AUDIENCE || !isHiddenBody(body)) return true;
  return authorAudience(decodeBody(body).hidden ?? "") === audience;
}

/** An entry's message as an audience is served it. */
export function encodeFor(entry: Entry, audience: Audience): string {
  if (!isHiddenBody(entry.body)) return encodeMessage(entry);
  if (!isShown(entry, audience)) {
    const body = encodeBody({ kind: "hidden", user: HIDDEN_USER, text: "" });
    return encodeMessage({ ...entry, id: `hidden-${entry.offset}`, body });
  }
  const { hidden: _, ...body } = decodeBody(entry.body);
  const shown = audience === MODERATOR_AUDIENCE ? { ...body, hidden: true } : body;
  return encodeMessage({ ...entry, body: JSON.stringify(shown) });
}
