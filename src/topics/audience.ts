/**
 * Audiences of an entry: the public, the moderators, or its author. Pure.
 * The message of a shadow-banned user is stored like any other. Its author receives it unchanged, moderators receive it with a
 * mark, and the public receives a placeholder that holds the offset and nothing more.
 */
import { decodeBody, encodeBody, encodeMessage, isHiddenBody } from "../log/message-body.ts";
import type { Entry } from "../log/log.ts";
import type { User } from "../model.ts";

/** A group of subscribers that receives identical frames: the public, the moderators, or one shadow-banned user. */
export type Audience = string;
export const PUBLIC_AUDIENCE: Audience = "public";
export const MODERATOR_AUDIENCE: Audience = "moderators";
/** The audience of one shadow-banned user. */
export const authorAudience = (userId: string): Audience => `of ${userId}`;

/** Author of every placeholder. A client sees that a message is missing, but not whose message it is. */
const PLACEHOLDER_USER: User = { id: "hidden", name: "Hidden", role: "guest" };

/** Whether an audience receives the entry's real content instead of a placeholder. */
export function isShown({ body }: Entry, audience: Audience): boolean {
  if (audience === MODERATOR_AUDIENCE || !isHiddenBody(body)) return true;
  return authorAudience(decodeBody(body).hidden ?? "") === audience;
}

/** Encodes an entry as the message JSON that an audience receives. */
export function encodeFor(entry: Entry, audience: Audience): string {
  if (!isHiddenBody(entry.body)) return encodeMessage(entry);
  if (!isShown(entry, audience)) {
    const body = encodeBody({ kind: "hidden", user: PLACEHOLDER_USER, text: "" });
    return encodeMessage({ ...entry, id: `hidden-${entry.offset}`, body });
  }
  const { hidden: _, ...body } = decodeBody(entry.body);
  const shown = audience === MODERATOR_AUDIENCE ? { ...body, hidden: true } : body;
  return encodeMessage({ ...entry, body: JSON.stringify(shown) });
}
