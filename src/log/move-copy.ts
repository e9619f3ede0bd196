/**
 * Copies topics from one stored log to another, and compares them. Reads the next page while the one before is stored; holds
 * a few pages in memory, whatever the size of a topic.
 */
import { type Moving, retained, type Route, type Sides, TOPICS_AT_ONCE } from "./move-route.ts";
import {
  MoveStopped,
  PAGE_BYTES,
  PAGE_ENTRIES,
  type Portion,
  type StoredLog,
  type StoredRow,
} from "./stored-log.ts";
import type { TopicRow } from "./topic-row.ts";

export interface CopyParts extends Sides {
  route: Route;
  /** Called with the number of messages that are done. */
  onProgress: (step: "copying" | "verifying", done: number) => void;
}

/** A topic's entries, oldest first. */
async function* eachRow(log: StoredLog, topic: TopicRow): AsyncGenerator<StoredRow> {
  for (let after = 0; ;) {
    const { rows, isEnd } = await log.rowsAfter(topic, after);
    yield* rows;
    if (isEnd) return;
    after = rows.at(-1)?.entry.offset ?? after;
  }
}

const sameTopic = (a: TopicRow, b: TopicRow): boolean =>
  (["name", "epoch", "first", "top", "at", "tag", "trimmed"] as const).every((key) => a[key] === b[key]);

const sameEntry = ({ entry: a }: StoredRow, { entry: b }: StoredRow): boolean =>
  (["offset", "userId", "id", "at", "tag", "body", "proof"] as const).every((key) => a[key] === b[key]);

const differs = (topic: string, source: StoredLog, target: StoredLog): MoveStopped =>
  new MoveStopped(
    `the topic ${topic} in ${target.name} is not what ${source.name} holds: does a server still write to it?`,
  );

/** Gathers portions of one target until they are worth a transaction. */
function createWriter() {
  let target: StoredLog | undefined;
  let waiting: Portion[] = [];
  let entries = 0;
  let bytes = 0;
  let storing: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    await storing;
    if (!target || waiting.length === 0) return;
    storing = target.write(waiting);
    // The next flush throws what it failed with.
    storing.catch(() => undefined);
    waiting = [];
    entries = 0;
    bytes = 0;
  }

  return {
    async add(to: StoredLog, portion: Portion): Promise<void> {
      if (target !== to) await flush();
      target = to;
      waiting.push(portion);
      entries += portion.rows.length;
      for (const { entry } of portion.rows) bytes += entry.body.length;
      const isFull = entries >= PAGE_ENTRIES || bytes >= PAGE_BYTES || waiting.length >= TOPICS_AT_ONCE;
      // One transaction takes one portion of a topic.
      if (isFull || !portion.isLast) await flush();
    },
    /** Resolves when everything is stored. */
    async end(): Promise<void> {
      await flush();
      await storing;
    },
  };
}
type Writer = ReturnType<typeof createWriter>;

/** Makes the functions that copy and compare. They throw MoveStopped. */
export function createCopier({ to, route, onProgress }: CopyParts) {
  let done = 0;

  async function copyTopic(writer: Writer, { row, source, target }: Moving, from: number): Promise<void> {
    for (let after = from; ;) {
      const { rows, isEnd } = await source.rowsAfter(row, after);
      await writer.add(target, { topic: row, rows, isLast: isEnd });
      done += rows.length;
      onProgress("copying", done);
      if (isEnd) return;
      after = rows.at(-1)?.entry.offset ?? after;
    }
  }

  /** What targets hold of a page of topics already, by name. */
  async function copiesOf(page: readonly Moving[]): Promise<Map<string, TopicRow>> {
    const copies = new Map<string, TopicRow>();
    for (const target of to) {
      const names = page.filter((each) => each.target === target).map(({ row }) => row.name);
      if (names.length === 0) continue;
      for (const row of await target.topicsNamed(names)) copies.set(row.name, row);
    }
    return copies;
  }

  async function isEqual({ row, source, target }: Moving): Promise<boolean> {
    const [copy] = await target.topicsNamed([row.name]);
    if (!copy || !sameTopic(row, copy)) return false;
    const copies = eachRow(target, copy);
    let count = 0;
    for await (const original of eachRow(source, row)) {
      const { value } = await copies.next();
      if (!value || !sameEntry(original, value)) return false;
      if (++count % PAGE_ENTRIES === 0) onProgress("verifying", done + count);
    }
    return (await copies.next()).done === true;
  }

  async function copyAnew(moving: Moving): Promise<void> {
    const before = done;
    const [copy] = await moving.target.topicsNamed([moving.row.name]);
    if (copy) await moving.target.removeTopic(copy);
    const writer = createWriter();
    await copyTopic(writer, moving, 0);
    await writer.end();
    done = before;
  }

  return {
    /** Copies every topic that is not copied yet. One that is copied in part goes on after its newest copied entry. */
    async copyAll(): Promise<void> {
      const writer = createWriter();
      for await (const page of route.moving()) {
        const copies = await copiesOf(page);
        for (const moving of page) {
          const copy = copies.get(moving.row.name);
          if (copy && copy.top > 0) {
            done += retained(moving.row);
            continue;
          }
          const newest = copy ? await moving.target.newestOffset(copy) : 0;
          done += Math.max(0, newest - moving.row.first + 1);
          await copyTopic(writer, moving, newest);
        }
      }
      await writer.end();
    },

    /** Compares every topic, row by row. Copies one anew that differs: its source changed between two runs of the move. */
    async verifyAll(): Promise<void> {
      done = 0;
      for await (const page of route.moving())
        for (const moving of page) {
          const { row, source, target } = moving;
          if (!(await isEqual(moving))) {
            await copyAnew(moving);
            if (!(await isEqual(moving))) throw differs(row.name, source, target);
          }
          done += retained(row);
          onProgress("verifying", done);
        }
    },

    /** Compares the topics' newest messages once more: nothing was stored in a source meanwhile. */
    async verifyTops(): Promise<void> {
      for await (const page of route.moving()) {
        const copies = await copiesOf(page);
        for (const { row, source, target } of page) {
          const copy = copies.get(row.name);
          if (!copy || !sameTopic(row, copy)) throw differs(row.name, source, target);
        }
      }
    },
  };
}
