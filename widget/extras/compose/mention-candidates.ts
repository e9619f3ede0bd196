/** Candidates of a mention: the users whose names are known in a topic, and those among them that match a text. Pure. */
import type { User } from "../../../src/model.ts";
import type { TopicState } from "../../client/state.ts";

/** Lines of the list: few enough to choose from at a glance. */
const MAX_SHOWN = 8;
/** An `@` at the beginning of a word, and the text up to the caret. No name is longer than 40 characters. */
const QUERY = /(?:^|[^\p{L}\p{N}@])@([^\s@][^\n@]{0,39})$/u;

/** Folds a name for comparison: "ana" finds Ána. */
const fold = (name: string): string => name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Returns the text after the last `@` before the caret; undefined when no mention begins there. */
export const queryIn = (textBeforeCaret: string): string | undefined => QUERY.exec(textBeforeCaret)?.[1];

/** Returns the users whose names are known: authors, the latest first, then others who are present. */
export function knownUsers(t: TopicState): User[] {
  const users = new Map<string, User>();
  for (const { user, kind } of t.messages) {
    if (kind) continue;
    users.delete(user.id);
    users.set(user.id, user);
  }
  const present = t.facts.people?.users?.filter(({ id }) => !users.has(id)) ?? [];
  return [...[...users.values()].reverse(), ...present];
}

/** Returns the users that a text may mean, without the user `me`: first those whose whole name begins with the text. */
export function findCandidates(query: string, t: TopicState, me: string | undefined): User[] {
  const prefix = fold(query);
  const begins = (name: string) => name.startsWith(prefix);
  const ranked = knownUsers(t).flatMap((user) => {
    const name = fold(user.name);
    const isFound = begins(name) || name.split(/[^\p{L}\p{N}]+/u).some(begins);
    return user.id !== me && isFound ? [{ user, rank: begins(name) ? 0 : 1 }] : [];
  });
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MAX_SHOWN)
    .map(({ user }) => user);
}
