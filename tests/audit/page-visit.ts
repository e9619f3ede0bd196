/**
 * A visit of an audit's page that has an `EventSource`: from its opening until it ends for good, or the page is left. While it is
 * connected it counts among the world's connections.
 */
import { openEventSource, type StreamEvent } from "./event-source.ts";
import type { World } from "./world.ts";

/** How much faster than in a browser the time of a source goes: pauses must fit between two kills. */
const HASTE = 25;

export interface VisitHooks {
  /** A response came; `lastEventId` is what was asked with. */
  onOpen(lastEventId: string): void;
  onEvent(event: StreamEvent): void;
  onSilence?(lastEventId: string): void;
}

/** Opens a page's source, which is left after `stayMs`; in the last round it stays. `ended` resolves to whether it was left. */
export function visitPage(
  world: World,
  name: string,
  url: string,
  stayMs: number,
  { onOpen, onEvent, onSilence = () => undefined }: VisitHooks,
): { ended: Promise<boolean>; close(): void } {
  const ended = Promise.withResolvers<boolean>();
  let connection: object | undefined;
  let isLeft = false;
  const source = openEventSource(url, {
    haste: HASTE,
    onOpen(lastEventId) {
      connection = {};
      world.connections.set(connection, name);
      world.findings.add("connections");
      onOpen(lastEventId);
    },
    onEvent,
    onSilence,
    onEnd(isForGood) {
      if (connection) world.connections.delete(connection);
      connection = undefined;
      if (!isForGood) return;
      clearInterval(leave);
      ended.resolve(isLeft);
    },
  });
  const until = performance.now() + stayMs;
  const leave = setInterval(() => {
    if (world.isEnding || performance.now() < until) return;
    isLeft = true;
    clearInterval(leave);
    source.close();
  }, 50);
  return { ended: ended.promise, close: source.close };
}
