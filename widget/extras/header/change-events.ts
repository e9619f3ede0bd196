/**
 * Events for the page about changed messages: `kabar-message-removed` and `kabar-message-changed`. Edits, removals and
 * reactions are entries of their own; when they arrive, the message already shows their effect.
 */
import type { Kit } from "../../chat/kit.ts";

/** Creates the emitter of one chat; the returned function is called after every change. */
export function createChangeEvents({ topic: now, emit }: Kit): () => void {
  let emitted = { topic: "", upTo: 0 };

  return () => {
    const t = now();
    if (!t) return;
    const { topic, messages, liveFrom, last } = t;
    if (topic !== emitted.topic) emitted = { topic, upTo: liveFrom };
    if (last <= emitted.upTo) return;
    for (const { kind, target, offset } of messages) {
      if (!kind || offset <= emitted.upTo) continue;
      const message = messages.find((m) => m.offset === target);
      const { id, removed, text, reactions } = message ?? {};
      const which = { id, topic, offset: target };
      if (kind === "remove") emit("kabar-message-removed", { ...which, by: removed });
      else emit("kabar-message-changed", { ...which, kind, text, reactions });
    }
    emitted = { topic, upTo: last };
  };
}
