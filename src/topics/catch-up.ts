/**
 * Catching up: a reader who is behind receives pages from the log until the ring covers the position. Then the rest of the
 * ring and the native subscription happen in one tick, so that nothing is lost between them and nothing arrives twice.
 */
import type { ActiveTopic } from "./active-topic.ts";
import { intoEvents } from "./frames.ts";
import type { MessageLog } from "../log/log.ts";
import type { Metrics } from "../metrics.ts";
import { readPatiently } from "./patience.ts";
import { type RingMessage, toRingMessage } from "./ring.ts";

/** Size of one page that a catching-up reader gets from the log: bounds the memory of a stalled reader. */
const CATCH_UP_PAGE = { limit: 200, maxBytes: 131_072 };

/** A reader that catches up and then goes live. */
export interface Reader {
  /** The offset of the last message sent. */
  position: number;
  /** Waits until the reader can take more; false when the reader has gone. */
  ready(): boolean | Promise<boolean>;
  /** Sends a run of messages that fits one event. */
  send(messages: readonly RingMessage[]): void;
  /** Reports the range of offsets, both included, that retention has removed. */
  gap(from: number, to: number): void;
  /** Subscribes natively; called in the same tick as the last `send`. */
  goLive(): void;
}

/** Makes the functions that read what a reader of an active topic has missed. */
export function createCatchUp(log: MessageLog, metrics: Metrics) {
  const readPage = ({ name }: ActiveTopic, after: number, share = 1) =>
    log.read(name, {
      after,
      limit: Math.ceil(CATCH_UP_PAGE.limit / share),
      maxBytes: Math.ceil(CATCH_UP_PAGE.maxBytes / share),
    });

  function sendRun(reader: Reader, messages: readonly RingMessage[]): void {
    reader.send(messages);
    reader.position = messages.at(-1)?.offset ?? reader.position;
    metrics.replayed.inc(messages.length);
  }

  /** Sends a reader the next page of the log, after a gap for the range that retention has removed. */
  async function sendPage(topic: ActiveTopic, reader: Reader): Promise<void> {
    const page = await readPage(topic, reader.position);
    const before = (page[0]?.offset ?? (await log.state(topic.name)).first) - 1;
    if (before > reader.position) {
      // The reader may have gone while the log was read.
      if (!(await reader.ready())) return;
      reader.gap(reader.position + 1, before);
      reader.position = before;
    }
    for (const run of intoEvents(page.map(toRingMessage))) {
      if (!(await reader.ready())) return;
      sendRun(reader, run);
    }
    // Messages and commands of other sessions run between two pages.
    await new Promise((resolve) => setImmediate(resolve));
  }

  return {
    /**
     * Sends a reader every message after its position, page by page, and lets the reader go live in the tick of the last
     * missing message. Returns early when the reader has gone. Rejects when the log cannot be read for a minute.
     */
    async catchUp(topic: ActiveTopic, reader: Reader): Promise<void> {
      while (await reader.ready()) {
        const recent = topic.ring.after(reader.position);
        if (!recent) {
          await readPatiently(
            () => sendPage(topic, reader),
            () => reader.ready(),
          );
          continue;
        }
        const [run, more] = intoEvents(recent);
        if (run) sendRun(reader, run);
        if (more) continue; // the rest follows when the reader has taken this run
        reader.goLive();
        return;
      }
    },

    /**
     * The messages after `position`: from the ring, else one page from the log. Empty when nothing is newer. A reader of several
     * topics gives each a `share`-th of a page.
     */
    async readAfter(topic: ActiveTopic, position: number, share = 1): Promise<readonly RingMessage[]> {
      const recent = topic.ring.after(position);
      return recent ?? (await readPage(topic, position, share)).map(toRingMessage);
    },
  };
}
