/**
 * Alert for screen readers when a moderator removes a message of the user. Sighted users see it in the row; a mute or a ban is
 * announced where the composer was.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { TopicState } from "../../client/state.ts";
import { h } from "../extras-jsx.ts";

/** Creates the alert of one chat. */
export function createRemovalAlert({ state, words }: Kit) {
  /** The newest offset whose removals are counted, by topic. */
  const countedUpTo = new Map<string, number>();
  let removals = 0;

  /** Counts the user's messages that others have removed since the last call. */
  function countRemovals({ topic, last, messages }: TopicState): void {
    const from = countedUpTo.get(topic) ?? last;
    countedUpTo.set(topic, last);
    const me = state().me?.id;
    for (let i = messages.length - 1; (messages[i]?.offset ?? 0) > from; i--) {
      const { kind, target, user } = messages[i] ?? {};
      if (kind !== "remove" || user?.id === me) continue;
      if (messages.some((m) => m.offset === target && m.user.id === me)) removals++;
    }
  }

  return {
    drawRemovalAlert(t: TopicState): ComponentChildren {
      countRemovals(t);
      // A new paragraph each time: screen readers do not repeat unchanged words.
      const line = removals > 0 && <p key={`removal${removals}`}>{words.yours}</p>;
      return (
        <div class="sr" role="alert">
          {line}
        </div>
      );
    },
  };
}
