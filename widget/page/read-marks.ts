/**
 * Read markers, kept in step between a user's tabs: what one tab shows is read in all.
 * Markers travel by messages between tabs and not through storage, so that this works where nothing may be stored.
 * Does not store them: client/storage.ts does.
 */
import type { Client } from "../client/client.ts";
import type { Clock, Timer } from "../client/clock.ts";

/** A tab's note: a topic is read up to an offset of an epoch. */
export interface ReadNote {
  kind: "read";
  topic: string;
  epoch: string;
  offset: number;
}

/** Debounces the notes: in a busy topic every message is read at once, and a badge needs no more. */
const POST_MS = 100;

/** Posts a note when something is read here, until `signal` is aborted; `apply` takes the notes of other tabs. */
export function createReadMarks(
  client: Client,
  clock: Clock,
  post: (note: ReadNote) => void,
  signal: AbortSignal,
) {
  /** By topic and epoch, the offset that all tabs know. */
  const known = new Map<string, number>();
  let timer: Timer | undefined;

  function postNews(): void {
    timer = undefined;
    for (const { topic, cursor, readTo, seeing } of Object.values(client.state.topics)) {
      if (!cursor) continue;
      const key = `${topic} ${cursor.epoch}`;
      const before = known.get(key);
      // A tab's first marker is news only if the user is looking at the topic.
      const isNews = before === undefined ? seeing : readTo > before;
      if (before === undefined || isNews) known.set(key, readTo);
      if (isNews) post({ kind: "read", topic, epoch: cursor.epoch, offset: readTo });
    }
  }
  const unsubscribe = client.listen(({ type }) => {
    if (type === "change") timer ??= clock.after(POST_MS, postNews);
  });
  signal.addEventListener("abort", () => {
    unsubscribe();
    clock.cancel(timer);
  });

  return {
    /** Applies another tab's note, if it is about the log that this tab reads. */
    apply({ topic, epoch, offset }: ReadNote): void {
      if (client.state.topics[topic]?.cursor?.epoch !== epoch) return;
      const key = `${topic} ${epoch}`;
      known.set(key, Math.max(known.get(key) ?? 0, offset));
      client.dispatch({ type: "read", topic, upTo: offset });
    },
  };
}
