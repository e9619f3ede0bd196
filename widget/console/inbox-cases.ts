/** The cases of the inbox, and how the list takes in what the server tells without moving what is there. Pure. */
import type { InboxCase, User } from "../../src/model.ts";
import { words } from "./speech.ts";

/** A case in the list. `busy` while it is being decided, `done` when it was decided here, `gone` when elsewhere. */
export interface Entry {
  key: string;
  one: InboxCase;
  state: "open" | "busy" | "done" | "gone";
  word?: string | undefined;
}

/** The key of a case. No part of it has a space. */
export const keyOf = (one: InboxCase): string =>
  one.kind === "held"
    ? `held ${one.topic} ${one.held.user.id} ${one.held.messageId}`
    : `${one.kind} ${one.topic} ${one.offset}`;

/** The author of the message; undefined where the topic no longer has it. */
export const userOf = (one: InboxCase): User | undefined =>
  one.kind === "held" ? one.held.user : one.message?.user;

/**
 * The list with what the server tells now: entries keep their places, new cases come at the end, and what another moderator decided is
 * marked. `isCut`: the server has more than it tells, so that a missing case may only have been cut off.
 */
export function merge(before: readonly Entry[], told: readonly InboxCase[], isCut: boolean): Entry[] {
  const byKey = new Map(told.map((one) => [keyOf(one), one]));
  const kept = before.map((entry): Entry => {
    const one = byKey.get(entry.key);
    byKey.delete(entry.key);
    if (!one)
      return entry.state === "open" && !isCut
        ? { ...entry, state: "gone", word: words.inbox.elsewhere }
        : entry;
    // A settled case that is there again with another date is a new report of the same message.
    const isAnew = (entry.state === "done" || entry.state === "gone") && one.at !== entry.one.at;
    return isAnew ? { key: entry.key, one, state: "open" } : { ...entry, one };
  });
  return [...kept, ...[...byKey].map(([key, one]): Entry => ({ key, one, state: "open" }))];
}
