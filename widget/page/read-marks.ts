/**
 * How far was read, in step between the tabs of a visitor: what one of them shows is read in all. Told to the others, not
 * written down, so that it works where nothing may be kept.
 */
import type { Client } from "../client/client.ts";
import type { Clock, Timer } from "../client/clock.ts";

/** A topic was read up to an offset. */
export interface MarkNote {
  kind: "read";
  topic: string;
  epoch: string;
  offset: number;
}

/** In a busy topic every message is read at once: this often is soon enough for a badge. */
const TELL_MS = 100;

/** Tells `post` what is read here, until `signal` is aborted. */
export function createMarks(
  client: Client,
  clock: Clock,
  post: (note: MarkNote) => void,
  signal: AbortSignal,
) {
  /** By topic and epoch, what everybody knows. */
  const known = new Map<string, number>();
  let timer: Timer | undefined;

  function look(): void {
    timer = undefined;
    for (const { topic, cursor, readTo, seeing } of Object.values(client.state.topics)) {
      if (!cursor) continue;
      const key = `${topic} ${cursor.epoch}`;
      const told = known.get(key);
      // Where a tab begins says nothing, unless somebody is looking at it.
      const isNews = told === undefined ? seeing : readTo > told;
      if (told === undefined || isNews) known.set(key, readTo);
      if (isNews) post({ kind: "read", topic, epoch: cursor.epoch, offset: readTo });
    }
  }
  const deaf = client.listen(({ type }) => {
    if (type === "change") timer ??= clock.after(TELL_MS, look);
  });
  signal.addEventListener("abort", () => {
    deaf();
    clock.cancel(timer);
  });

  return {
    hear({ topic, epoch, offset }: MarkNote): void {
      if (client.state.topics[topic]?.cursor?.epoch !== epoch) return;
      const key = `${topic} ${epoch}`;
      known.set(key, Math.max(known.get(key) ?? 0, offset));
      client.dispatch({ type: "read", topic, upTo: offset });
    },
  };
}
