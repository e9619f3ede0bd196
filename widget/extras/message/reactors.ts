/**
 * Names of the users who reacted. The server tells their ids; a name is known of authors in the list, of the people here and of
 * the user, and the others are counted.
 */
import type { Kit } from "../../chat/kit.ts";

export type Reactors = ReturnType<typeof createReactors>;

/** Names that are listed for one emoji; more are counted. */
const MAX_NAMES = 12;

/** Creates the names of one chat's reactions. */
export function createReactors({ state, topic, strings_: strings }: Kit) {
  function nameOf(id: string): string | undefined {
    if (id === state().me?.id) return strings.you;
    const { facts, messages = [] } = topic() ?? {};
    return (
      facts?.people?.users?.find((user) => user.id === id)?.name ??
      messages.findLast(({ user }) => user.id === id)?.user.name
    );
  }

  /** Returns the names behind one emoji, for example "Ana, Budi +3". */
  function namesOf(ids: readonly string[]): string {
    const names: string[] = [];
    for (const id of ids) {
      const name = names.length < MAX_NAMES && nameOf(id);
      if (name) names.push(name);
    }
    const others = ids.length - names.length;
    return [names.join(", "), others > 0 && `+${others}`].filter(Boolean).join(" ");
  }

  return { namesOf };
}
