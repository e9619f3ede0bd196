/**
 * Changes of a message: edits, removals and reactions as pure functions.
 * The server sends a message in its present form, and every change as an entry of its own. Entries that are applied again in
 * order end where the present form already is.
 */
import type { Message } from "../../src/model.ts";

/** Returns the messages with the changes among newer entries applied. */
export function applyChanges(messages: Message[], entries: readonly Message[]): Message[] {
  for (const entry of entries) {
    // A topic keeps a few thousand messages and offsets have few holes: the search begins near the place, from the end.
    const at = entry.kind ? messages.findIndex((m) => m.offset === entry.target) : -1;
    const target = messages[at];
    // A removal is final: a replayed edit must not restore the text.
    if (target && !target.removed) messages[at] = changed(target, entry);
  }
  return messages;
}

function changed(target: Message, { kind, text, at, user, on, emoji = "" }: Message): Message {
  // An edit that a later edit replaced has no text.
  if (kind === "edit") return text ? { ...target, text, edited: at } : target;
  if (kind === "pin") return { ...target, pinned: !!on };
  if (kind === "remove")
    return {
      ...target,
      text: "",
      removed: user.id === target.user.id ? "author" : "moderator",
      reactions: {},
    };
  if (kind !== "react") return target;
  const { [emoji]: before = [], ...others } = target.reactions ?? {};
  const users = before.filter((id) => id !== user.id);
  if (on) users.push(user.id);
  return { ...target, reactions: users[0] ? { ...target.reactions, [emoji]: users } : others };
}
