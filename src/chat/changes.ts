/**
 * Changes of a stored message: edit, remove, react, pin, as functions from its stored body to the new one. Pure; they run in
 * the transaction that appends the change. The log keeps a message in its present form, so that a removed text is never
 * served again.
 */
import { decodeBody, encodeBody, type StoredBody } from "../log/message-body.ts";
import { KabarError } from "../errors.ts";
import type { Amendment, Entry } from "../log/log.ts";
import type { User } from "../model.ts";
import { presentFields } from "../optional-fields.ts";

/** Different emoji on one message, and all reactions on it: they are sent with the message. */
const MAX_EMOJI = 20;
const MAX_REACTIONS = 500;
/** Edits of one message: each is an entry that every subscriber receives. */
const MAX_EDITS = 100;

/** A change, as its publisher sent it. `target` is the offset of the message. */
export type Change =
  | { kind: "edit"; target: number; text: string }
  | { kind: "remove"; target: number }
  | { kind: "react"; target: number; emoji: string; on: boolean }
  | { kind: "pin"; target: number; on: boolean };

/** The user who makes a change, with the moderator's right and the shadow ban in the topic. */
export interface Changer {
  user: User;
  moderates: boolean;
  isShadowBanned?: boolean;
}

/** The body of a message that may be changed. Throws `message-unknown` for one that is no message, was removed, or is hidden from the user. */
export function requireMessage(
  entry: Entry,
  { user, moderates }: Pick<Changer, "moderates"> & { user: Pick<User, "id"> },
): StoredBody {
  const body = decodeBody(entry.body);
  // A user who cannot see a message must not find out that it exists.
  if (body.hidden !== undefined && body.hidden !== user.id && !moderates)
    throw new KabarError("message-unknown");
  if (body.kind !== undefined) throw new KabarError("message-unknown", "target: is a change, not a message.");
  if (body.removed) throw new KabarError("message-unknown", "target: the message was removed.");
  return body;
}

function react(body: StoredBody, user: User, emoji: string, on: boolean): StoredBody {
  const reactions = new Map(Object.entries(body.reactions ?? {}));
  const others = (reactions.get(emoji) ?? []).filter((id) => id !== user.id);
  const users = on ? [...others, user.id] : others;
  if (users.length > 0) reactions.set(emoji, users);
  else reactions.delete(emoji);
  const total = [...reactions.values()].reduce((sum, ids) => sum + ids.length, 0);
  if (on && (reactions.size > MAX_EMOJI || total > MAX_REACTIONS)) throw new KabarError("too-many-reactions");
  const { reactions: _, ...rest } = body;
  return reactions.size > 0 ? { ...rest, reactions: Object.fromEntries(reactions) } : rest;
}

/** The result of a change: the target's new body, and the offsets of its earlier edits, whose words go. */
interface Changed {
  body: StoredBody;
  edits?: number[];
}

/** An edit without its text and, of one that ended a growing message, without that message's fields. */
export const withoutWords = ({ user, kind, target, done, stopped, hidden }: StoredBody): StoredBody => ({
  ...presentFields({ done, stopped }),
  user,
  text: "",
  ...presentFields({ kind, target, hidden }),
});

/** A message with another text; `shadow` is the author who is shadow-banned. Throws `still-growing`, `too-many-edits`. */
function edit(body: StoredBody, text: string, offset: number, atMs: number, shadow?: string): Changed {
  if (body.growing) throw new KabarError("still-growing");
  const offsets = body.edits ?? [];
  if (offsets.length >= MAX_EDITS) throw new KabarError("too-many-edits");
  // Readers of whole messages find one that has grown at its own place from now on: the text at its end is cleared.
  const { done: _, stopped: __, ...rest } = body;
  const hidden = presentFields({ hidden: shadow ?? body.hidden });
  return {
    body: { ...rest, ...hidden, text, edited: atMs, edits: [...offsets, offset] },
    edits: offsets.slice(-1),
  };
}

/**
 * The target after a change. `offset` is the offset of the change's own entry, `atMs` its time since 1970. Throws
 * `message-unknown` for a target that is no message, was removed or is hidden from the user, `forbidden` for another user's
 * message, `still-growing`, `too-many-edits`, `too-many-reactions`.
 */
function applyChange(entry: Entry, changer: Changer, change: Change, offset: number, atMs: number): Changed {
  const { user, moderates, isShadowBanned = false } = changer;
  const body = requireMessage(entry, changer);
  const isAuthor = entry.userId === user.id;
  switch (change.kind) {
    case "edit":
      if (!isAuthor) throw new KabarError("forbidden", "You can only edit your own messages.");
      return edit(body, change.text, offset, atMs, isShadowBanned ? user.id : undefined);
    case "remove": {
      if (!isAuthor && !moderates)
        throw new KabarError("forbidden", "You can only delete your own messages.");
      const removed = isAuthor ? "author" : "moderator";
      const { user: author, hidden } = body;
      return {
        body: { user: author, text: "", removed, hidden },
        edits: body.edits ?? [],
      };
    }
    case "pin": {
      if (!moderates) throw new KabarError("forbidden", "Only moderators can pin messages.");
      const { pinned: _, ...rest } = body;
      return { body: change.on ? { ...rest, pinned: true } : rest };
    }
    case "react":
      return { body: isShadowBanned ? body : react(body, user, change.emoji, change.on) };
  }
}

/**
 * The stored body of a change, and its amendment of the target and the target's earlier edits. `now` is in milliseconds since
 * 1970. The amendment throws the errors of `applyChange` when the log runs it.
 */
export function amendmentOf(
  changer: Changer,
  change: Change,
  now: () => number,
): { body: string; amends: Amendment } {
  const { user, isShadowBanned = false } = changer;
  const body: StoredBody = { user, text: "", ...change };
  const rewrite: Amendment["rewrite"] = (entry, offset, also) => {
    const { body: changed, edits } = applyChange(entry, changer, change, offset, now());
    const { hidden } = changed;
    const rewriteEdit = (old: Entry) => encodeBody({ ...withoutWords(decodeBody(old.body)), hidden });
    for (const each of edits ?? []) also({ offset: each, rewrite: rewriteEdit });
    return encodeBody(changed);
  };
  // A change of a hidden message is hidden with it; so is the reaction of a shadow-banned user.
  const encodeChange = ({ body: changed }: Entry): string => {
    const hidden =
      decodeBody(changed).hidden ?? (isShadowBanned && change.kind === "react" ? user.id : undefined);
    return encodeBody({ ...body, hidden });
  };
  const keeps = change.kind === "pin" || (change.kind === "react" && change.on);
  const amends: Amendment = { offset: change.target, rewrite, body: encodeChange, keeps };
  return { body: encodeBody(body), amends };
}
