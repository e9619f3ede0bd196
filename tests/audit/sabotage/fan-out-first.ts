/**
 * Breaks the promise on purpose: readers are shown a message before it is stored, as a server would that fans out when
 * it takes a publish and leaves the disk for later.
 */
import { patchServer } from "./patch.ts";

patchServer([
  [
    "function commit(batch: readonly Pending[]): void {",
    `const shown = new Map<string, number>();
  function commit(batch: readonly Pending[]): void {
    const early: Entry[] = [];
    for (const { entry } of batch) {
      const offset = Math.max(shown.get(entry.topic) ?? 0, topics.find(entry.topic)?.top ?? 0) + 1;
      shown.set(entry.topic, offset);
      early.push({ ...entry, offset, at: now(), tag: Math.random().toString(36).slice(2, 7) });
    }
    for (const listener of listeners) listener(early);
    setTimeout(() => commitLater(batch), 300);
  }
  function commitLater(batch: readonly Pending[]): void {`,
  ],
  ["if (fresh.length > 0) for (const listener of listeners) listener(fresh);", ""],
]);
