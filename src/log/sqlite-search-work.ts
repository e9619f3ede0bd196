/**
 * The work of indexing a SQLite log: new entries a moment after they are stored, and in the background the entries of a log
 * that an earlier version wrote. Each step is one transaction of a few milliseconds that does not wait for the disk, and
 * records how far it came: a crash loses a step at most, which the next start repeats.
 */
import type { Database } from "bun:sqlite";
import type { Entry } from "./log.ts";
import type { Logger } from "../logger.ts";
import type { AuthorIndex } from "./sqlite-authors.ts";
import type { SearchIndex, WordTokens } from "./sqlite-search-index.ts";
import type { SearchRewrite } from "./sqlite-search-rewrite.ts";
import type { Tables } from "./sqlite-tables.ts";
import type { Upkeep } from "./sqlite-upkeep.ts";
import type { TopicRow } from "./topic-row.ts";

const NOTE_TOPICS = `
  INSERT INTO search_topic (topic, low, start, done)
  SELECT id, first - 1, top + 1, top FROM topic
  WHERE substr(name, 1, 1) <> '$' AND id NOT IN (SELECT topic FROM search_topic)`;
const NEW_TOPIC =
  "INSERT INTO search_topic (topic, low, start, done) VALUES (?, 0, 1, 0) ON CONFLICT DO NOTHING";
const STATE = "SELECT low, start, done, authored FROM search_topic WHERE topic = ?";
const SET_DONE = "UPDATE search_topic SET done = ? WHERE topic = ?";
const SET_LOW = "UPDATE search_topic SET low = ? WHERE topic = ?";
/** Topics with entries that the index lacks, and how many. */
const BEHIND = `
  SELECT name, max(0, start - 1 - max(low, first - 1)) AS earlier, top - done AS later
  FROM search_topic JOIN topic ON id = topic WHERE low < start - 1 OR done < top`;
/** Topics with indexed entries whose authors are not noted. */
const UNAUTHORED = "SELECT name FROM search_topic JOIN topic ON id = topic WHERE authored < done";

/** New entries are gathered for this long: a step for many is cheaper than a step for each. A search indexes them first. */
const GATHER_MS = 1000;
/** Entries, milliseconds and the least characters of one step: many tiny steps would cost a slow machine more. */
const STEP_ENTRIES = 100;
const STEP_CHARS = 5000;
const STEP_MS = 4;
/** Steps with entries after which segments are merged: each makes one, and fewer than four are not worth it. */
const MERGE_EVERY = 4;
/** The pause after a step, in lengths of the step: while messages arrive, and in silence; and its least length. */
const BUSY_PAUSE = 19;
const QUIET_PAUSE = 1;
/** The pause while removed texts are still in the file. */
const REWRITE_PAUSE = 4;
const REST_MS = 5;
/** Silence begins this long after the last message. */
const SILENCE_MS = 1000;
/** How often the progress over earlier entries is logged. */
const REPORT_MS = 15_000;
/** The pause after a step that failed, as on a full disk. */
const RETRY_MS = 5000;

export interface SearchWorkParts {
  db: Database;
  tables: Tables;
  index: SearchIndex;
  rewrite: SearchRewrite;
  authors: AuthorIndex;
  rowOf: (topic: string) => TopicRow | undefined;
  /** Runs work in a transaction that does not wait for the disk. */
  relaxed: <T>(run: () => T) => T;
  upkeep: Pick<Upkeep, "noteRemoval">;
  logger: Logger;
}

/** Progress over the entries of an earlier version. */
function createReport(total: number, logger: Logger) {
  let done = 0;
  let reportedAt = performance.now();
  return (entries: number, isEnd: boolean): void => {
    done += entries;
    if (isEnd) logger.info({ messages: done }, "the search index is complete");
    if (isEnd || performance.now() - reportedAt < REPORT_MS) return;
    reportedAt = performance.now();
    logger.info({ done, total }, "indexing the log for the search");
  };
}

/** Creates the functions that index one step of a topic, within a transaction. `found` receives the words. */
function createTopicSteps({ db, tables, index, authors, rowOf }: SearchWorkParts) {
  const newTopic = db.prepare(NEW_TOPIC);
  const stateOf = db.prepare<Record<"low" | "start" | "done" | "authored", number>, [number]>(STATE);
  const setDone = db.prepare(SET_DONE);
  const setLow = db.prepare(SET_LOW);

  /**
   * Indexes entries of a topic after an offset, up to `end`, for the time of a step. Returns them; none when there are no more.
   */
  function indexAfter(row: TopicRow, after: number, end: number, found: WordTokens): Entry[] {
    const until = performance.now() + STEP_MS;
    const indexed: Entry[] = [];
    let chars = 0;
    for (const entry of [...tables.after(row, after, STEP_ENTRIES)]) {
      if (entry.offset > end || (chars >= STEP_CHARS && performance.now() > until)) break;
      index.put([{ topicId: row.id, entry }], undefined, found);
      indexed.push(entry);
      chars += entry.body.length;
    }
    return indexed;
  }

  /** Indexes new entries of a topic. Returns whether there may be more. */
  function indexNew(topic: string, found: WordTokens): boolean {
    const row = rowOf(topic);
    if (!row) return false;
    newTopic.run(row.id);
    const { done = 0, authored = 0 } = stateOf.get(row.id) ?? {};
    const indexed = indexAfter(row, done, row.top, found);
    const last = indexed.at(-1)?.offset;
    if (last !== undefined) setDone.run(last, row.id);
    // Else their turn comes after the earlier ones: an author's newest message is the last one noted.
    if (last !== undefined && authored >= done) authors.note(row.id, indexed, last);
    return last !== undefined && last < row.top;
  }

  /** Indexes earlier entries of a topic. Returns their number, and whether there may be more. */
  function indexEarlier(topic: string, found: WordTokens): { count: number; more: boolean } {
    const row = rowOf(topic);
    const state = row && stateOf.get(row.id);
    if (!row || !state) return { count: 0, more: false };
    const last = indexAfter(row, state.low, state.start - 1, found).at(-1)?.offset;
    setLow.run(last ?? state.start - 1, row.id);
    return {
      count: last === undefined ? 0 : last - Math.max(state.low, row.first - 1),
      more: last !== undefined,
    };
  }

  /** Notes authors of earlier entries of a topic. Returns whether there are more. */
  function noteAuthors(topic: string): boolean {
    const row = rowOf(topic);
    const state = row && stateOf.get(row.id);
    if (!row || !state || state.authored >= state.done) return false;
    const until = performance.now() + STEP_MS;
    const entries: Entry[] = [];
    for (const entry of tables.after(row, state.authored, STEP_ENTRIES)) {
      if (entry.offset > state.done) break;
      entries.push(entry);
      if (performance.now() > until) break;
    }
    authors.note(row.id, entries, entries.at(-1)?.offset ?? state.done);
    return true;
  }

  return { indexNew, indexEarlier, noteAuthors };
}

/** Starts the work of an open log. */
export function startSearchWork(parts: SearchWorkParts) {
  const { db, index, rewrite, relaxed, upkeep, logger } = parts;
  const { indexNew, indexEarlier, noteAuthors } = createTopicSteps(parts);
  db.run(NOTE_TOPICS);
  const behind = db.query<{ name: string; earlier: number; later: number }, []>(BEHIND).all();
  /** Topics with new entries, and topics with earlier ones, that are not indexed. */
  const fresh = new Set(behind.flatMap(({ name, later }) => (later > 0 ? [name] : [])));
  const earlier = behind.flatMap(({ name, earlier: count }) => (count > 0 ? [name] : []));
  const unauthored = db
    .query<{ name: string }, []>(UNAUTHORED)
    .all()
    .map(({ name }) => name);
  const isBehind = (): boolean => fresh.size + earlier.length + unauthored.length > 0;
  const hasWork = (): boolean => isBehind() || isMerging || rewrite.isDue();
  const total = behind.reduce((sum, each) => sum + each.earlier, 0);
  const report = createReport(total, logger);
  let left = total;
  let notedAt = -SILENCE_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;
  /** Whether the last step merged segments: more steps follow, also in silence. */
  let isMerging = false;
  let steps = 0;
  if (total > 0) logger.info({ messages: total }, "indexing the log for the search in the background");

  function merge(): void {
    if (!rewrite.isDue()) {
      isMerging = (isMerging || steps % MERGE_EVERY === 0) && index.merge();
      return;
    }
    rewrite.step();
    // The file has the old pages until it is cleared from them.
    if (!rewrite.isDue()) upkeep.noteRemoval();
  }

  /** Runs a step in a transaction. The words that it finds are kept once they are stored. */
  function inStep<T>(step: (found: WordTokens) => T): T {
    const found: WordTokens = new Map();
    const result = relaxed(() => {
      steps += 1;
      merge();
      return step(found);
    });
    index.remember(found);
    return result;
  }

  /** One step over new entries. */
  function stepNew(): void {
    const until = performance.now() + STEP_MS;
    const finished: string[] = [];
    inStep((found) => {
      for (const topic of fresh) {
        while (indexNew(topic, found)) if (performance.now() > until) return;
        finished.push(topic);
        if (performance.now() > until) return;
      }
    });
    for (const topic of finished) fresh.delete(topic);
    // A topic that is never at its end does not hold up the others.
    const [first] = fresh;
    if (first !== undefined && finished.length === 0 && fresh.delete(first)) fresh.add(first);
  }

  function stepEarlier(): void {
    const topic = earlier.at(-1);
    if (topic === undefined) return;
    const { count, more } = inStep((found) => indexEarlier(topic, found));
    if (!more) earlier.pop();
    left = Math.max(0, left - count);
    report(count, earlier.length === 0);
  }

  function stepAuthors(): void {
    const topic = unauthored.at(-1);
    if (topic !== undefined && !inStep(() => noteAuthors(topic))) unauthored.pop();
  }

  function work(): void {
    timer = undefined;
    if (isStopped) return;
    const startedAt = performance.now();
    try {
      if (fresh.size > 0) stepNew();
      else if (earlier.length > 0) stepEarlier();
      else if (unauthored.length > 0) stepAuthors();
      else inStep(() => undefined);
    } catch (err) {
      logger.warn({ err }, "indexing for the search failed; trying again");
      timer = setTimeout(work, RETRY_MS);
      return;
    }
    const now = performance.now();
    const busyPause = rewrite.isDue() ? REWRITE_PAUSE : BUSY_PAUSE;
    const pause = (now - startedAt) * (now - notedAt < SILENCE_MS ? busyPause : QUIET_PAUSE);
    if (hasWork()) timer = setTimeout(work, Math.max(REST_MS, pause));
  }

  if (hasWork()) timer = setTimeout(work, GATHER_MS);

  return {
    /** Notes topics with new entries. */
    note(topics: Iterable<string>): void {
      for (const topic of topics) if (!topic.startsWith("$")) fresh.add(topic);
      notedAt = performance.now();
      if (fresh.size > 0 && !isStopped) timer ??= setTimeout(work, GATHER_MS);
    },

    /** Goes on after a removal, if it left something to do. */
    wake(): void {
      if (hasWork() && !isStopped) timer ??= setTimeout(work, GATHER_MS);
    },

    /** Indexes one step of the new entries now. Returns whether more are left. Throws what the disk refuses. */
    indexNow(): boolean {
      if (fresh.size > 0 && !isStopped) stepNew();
      return fresh.size > 0;
    },

    /** Whether the index lacks entries of a topic; without `topic`, of any. */
    lacks: (topic: string | undefined): boolean =>
      topic === undefined ? fresh.size + earlier.length > 0 : fresh.has(topic) || earlier.includes(topic),

    /** Whether authors are not noted. */
    lacksAuthors: isBehind,

    /** The number of earlier entries that the index lacks. */
    left: (): number => (earlier.length > 0 ? left : 0),

    stop(): void {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

export type SearchWork = ReturnType<typeof startSearchWork>;
