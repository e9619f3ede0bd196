/**
 * What a listener has to hear at once: that a moderator took a message of theirs back. For assistive technology only; who looks
 * sees it in the row. (That one may not write any longer is said where the composer was.)
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { TopicState } from "../../client/state.ts";
import { h } from "../extras-jsx.ts";

/** Makes the part of one chat. */
export function createAlerts({ state, words }: Kit) {
  /** Removals up to here are known, by topic. */
  const seen = new Map<string, number>();
  let removals = 0;

  /** Counts what others took back of ours since we looked last. */
  function look({ topic, last, messages }: TopicState): void {
    const from = seen.get(topic) ?? last;
    seen.set(topic, last);
    const me = state().me?.id;
    for (let i = messages.length - 1; (messages[i]?.offset ?? 0) > from; i--) {
      const { kind, target, user } = messages[i] ?? {};
      if (kind !== "remove" || user?.id === me) continue;
      if (messages.some((m) => m.offset === target && m.user.id === me)) removals++;
    }
  }

  return {
    drawAlerts(t: TopicState): ComponentChildren {
      look(t);
      // Another one is another paragraph: the same words again would not be heard.
      const said = removals > 0 && <p key={`removal${removals}`}>{words.yours}</p>;
      return (
        <div class="sr" role="alert">
          {said}
        </div>
      );
    },
  };
}
