/** The text of a growing message by the events of a `kabar.v1` session or of a stream. */
import type { Message } from "../../src/model.ts";
import type { AppendEvent } from "../../src/protocol.ts";

/** A reader as docs/PROTOCOL.md describes one, of the message at an offset. */
export function follow(offset: number) {
  let message: Message | undefined;
  return {
    text: () => message?.text,
    message: () => message,
    take(event: { type: string }): void {
      if (event.type === "messages")
        for (const entry of (event as unknown as { messages: Message[] }).messages) {
          if (entry.offset === offset) message = entry;
          if (entry.target === offset && message) {
            const { growing: _, ...rest } = message;
            message = { ...rest, text: entry.text };
          }
        }
      const { target, after, sequence, at, text } = event as AppendEvent;
      if (event.type === "append" && target === offset && message?.growing?.sequence === after)
        message = { ...message, text: message.text + text, growing: { sequence, at } };
    },
  };
}
