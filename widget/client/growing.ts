/**
 * Growing messages of a client, loaded with the first one: applies appends to its messages, reads a message again after a missed append, and marks and tells
 * of a message at its end. The end itself is an edit, which the client applies like any other.
 */
import type { Message } from "../../src/model.ts";
import type { AppendEvent, ServerFrame } from "../../src/protocol.ts";
import type { Client } from "./client.ts";
import { catchUp, end as endGrowth, grow, type Grown } from "./growth.ts";

/** A message is read again after a random part of this time: all readers may have missed the same append. */
const READ_WITHIN_MS = 1_000;

export type Growing = ReturnType<typeof createGrowing>;

/** Creates the growing messages of one client. `after` starts a timer. */
export function createGrowing(client: Client, after: (ms: number, run: () => void) => unknown) {
  /** Messages that are read again. */
  const reading = new Set<string>();

  function apply(topic: string, { messages }: Grown): void {
    if (messages) client.dispatch({ type: "set", topic, fields: { messages } });
  }

  async function read(topic: string, target: number): Promise<void> {
    const { messages } = await client.sendNow_("history", { topic, before: target + 1, limit: 1 });
    const [whole] = messages;
    const held = client.state.topics[topic]?.messages;
    if (held && whole?.offset === target) apply(topic, catchUp(held, whole));
  }

  /** Reads a message again, soon and once at a time. A failure waits for the next append, or for the end. */
  function readSoon(topic: string, target: number): void {
    const key = `${topic} ${target}`;
    if (reading.has(key)) return;
    reading.add(key);
    after(Math.random() * READ_WITHIN_MS, () => {
      void read(topic, target)
        .catch(() => undefined)
        .then(() => reading.delete(key));
    });
  }

  function append(event: AppendEvent): void {
    const { topic, target } = event;
    const held = client.state.topics[topic]?.messages;
    const grown = held ? grow(held, event) : {};
    apply(topic, grown);
    if (grown.isMissed) readSoon(topic, target);
  }

  /** Marks a message whose end has come, and tells of it. */
  function end(topic: string, entry: Message): void {
    const { messages = [], liveFrom = 0 } = client.state.topics[topic] ?? {};
    const { target = 0, offset, kind: _, ...whole } = entry;
    apply(topic, endGrowth(messages, entry));
    if (offset <= liveFrom) return;
    const held = client.state.topics[topic]?.messages.find((m) => m.offset === target);
    const message = held ?? { ...whole, offset: target };
    if (message.removed) return;
    const mine = message.user.id === client.state.me?.id;
    client.tell({ type: "message", topic, message, mine, historical: false });
  }

  return {
    /** Takes a frame of the server after the client has applied it. */
    take_(frame: ServerFrame): void {
      if (frame.type === "append") append(frame);
      if (frame.type !== "messages") return;
      for (const entry of frame.messages)
        if (entry.kind === "edit" && entry.done !== undefined && entry.text) end(frame.topic, entry);
    },
  };
}
