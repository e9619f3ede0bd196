/**
 * The search of a PostgreSQL log. New entries are indexed by the tail: each node indexes what it sees, a topic at a time under the
 * lock of its index, and finds nothing to do where another node was first. Entries of earlier versions are indexed in the
 * background.
 */
import type { SQL } from "bun";
import type { Logger } from "../logger.ts";
import type { AuthorQuery, Entry, SearchPage, SearchQuery } from "./log.ts";
import { eachAuthor, noteAuthors } from "./postgres-authors.ts";
import { type Readable, readPage } from "./postgres-search-pages.ts";
import {
  beginIndex,
  entriesBetween,
  findBehind,
  findUnauthored,
  inTime,
  lockIndex,
  putInIndex,
  setDone,
  setLow,
  takeDue,
} from "./postgres-search-tables.ts";
import type { Handle } from "./postgres-tables.ts";
import { createSearchLimit, createTurns } from "./search-turns.ts";

/** New entries are gathered for this long. */
const GATHER_MS = 1000;
/** Entries of one transaction. */
const STEP_ENTRIES = 250;
/** The pause after a step, in lengths of the step: while messages arrive, and in silence; its least length; after a failure. */
const BUSY_PAUSE = 9;
const QUIET_PAUSE = 1;
const REST_MS = 5;
const RETRY_MS = 5000;
/** Silence begins this long after the last message. */
const SILENCE_MS = 1000;
/** The time for a search: it ends with what was found. */
const SEARCH_MS = 1000;
/** The time for one author to be found, and the time after which the search ends with those found: it reads a million in some 300 ms. */
const AUTHORS_MS = 2000;
/** Parts of searches that the database has at a time: its other connections are for reads. */
const SEARCHES_IN_DATABASE = 2;

export interface PostgresSearchParts {
  /** Runs a transaction that writes, on connections of its own. */
  change: <T>(change: (tx: SQL) => Promise<T>) => Promise<T>;
  readable: Readable;
  logger: Logger;
}

/**
 * Indexes a step of a topic's new and changed entries. Resolves to whether there may be more. Calls `onUnauthored` where the authors of
 * earlier entries come first, as after a node of an earlier version.
 */
async function indexNew(tx: SQL, topic: string, onUnauthored: () => void): Promise<boolean> {
  const state = await lockIndex(tx, topic);
  // Changes are noted once the index is there: nothing is indexed before.
  if (!state) return beginIndex(tx, topic);
  const { topicId: id, low, start, done, authored } = state;
  const upTo = Number.MAX_SAFE_INTEGER;
  const [fresh, due] = await Promise.all([
    entriesBetween(tx, topic, { id, after: done, upTo, limit: STEP_ENTRIES }),
    takeDue(tx, topic, id, STEP_ENTRIES),
  ]);
  const last = fresh.at(-1)?.entry.offset ?? done;
  const forms = new Map(fresh.map((each) => [each.entry.offset, each]));
  // An entry may have changed after it was read. What is not indexed yet will be, in its present form.
  for (const each of due) {
    const { offset } = each.entry;
    if (offset <= low || (offset >= start && offset <= last)) forms.set(offset, each);
  }
  await Promise.all([putInIndex(tx, id, [...forms.values()]), last > done && setDone(tx, id, last)]);
  if (authored < done) onUnauthored();
  else if (last > done) await noteAuthors(tx, id, fresh, last);
  return fresh.length === STEP_ENTRIES || due.length === STEP_ENTRIES;
}

/** Notes a step of the authors of a topic's indexed entries. Resolves to whether there may be more. */
async function noteEarlierAuthors(tx: SQL, topic: string): Promise<boolean> {
  const state = await lockIndex(tx, topic);
  if (!state || state.authored >= state.done) return false;
  const { topicId: id, authored: after, done: upTo } = state;
  const entries = await entriesBetween(tx, topic, { id, after, upTo, limit: STEP_ENTRIES });
  await noteAuthors(tx, id, entries, entries.at(-1)?.entry.offset ?? upTo);
  return true;
}

/** Indexes a step of a topic's entries of earlier versions. Resolves to how many are left. */
async function indexEarlier(tx: SQL, topic: string): Promise<number> {
  const state = await lockIndex(tx, topic);
  if (!state || state.low >= state.start - 1) return 0;
  const { topicId: id, low, start } = state;
  const entries = await entriesBetween(tx, topic, { id, after: low, upTo: start - 1, limit: STEP_ENTRIES });
  await putInIndex(tx, id, entries);
  const last = entries.at(-1)?.entry.offset ?? start - 1;
  await setLow(tx, id, last);
  return start - 1 - last;
}

/** Starts the search of an open log. */
export async function startPostgresSearch({ change, readable, logger }: PostgresSearchParts) {
  const limited = createSearchLimit();
  const inTurn = createTurns(SEARCHES_IN_DATABASE);
  const behind = await change(findBehind);
  const fresh = new Set(behind.flatMap(({ name, later }) => (later ? [name] : [])));
  /** Topics with entries of earlier versions, and how many are not indexed. */
  const earlier = new Map(behind.flatMap(({ name, earlier: count }) => (count > 0 ? [[name, count]] : [])));
  const unauthored = new Set(await change(findUnauthored));
  const left = (): number => [...earlier.values()].reduce((sum, count) => sum + count, 0);
  const total = left();
  /** Topics with new entries whose turn comes before a pause; what is noted meanwhile gathers for the next round. */
  let round: string[] = [];
  let notedAt = -SILENCE_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;
  if (total > 0) logger.info({ messages: total }, "indexing the log for the search in the background");

  /** Steps over new entries that are under way, by topic. */
  const underWay = new Map<string, Promise<boolean>>();

  /** Indexes one step of a topic's new entries, after the step that is under way. Resolves to whether there may be more. */
  async function stepNew(topic: string): Promise<boolean> {
    for (let step = underWay.get(topic); step; step = underWay.get(topic)) {
      await step;
      if (!fresh.has(topic)) return false;
    }
    fresh.delete(topic);
    const step = change((tx) => indexNew(tx, topic, () => unauthored.add(topic)));
    underWay.set(topic, step);
    try {
      const more = await step;
      if (more) fresh.add(topic);
      return more;
    } catch (error) {
      fresh.add(topic);
      throw error;
    } finally {
      underWay.delete(topic);
    }
  }

  /** Indexes new entries of a topic, or of all, until `deadline`. Resolves to whether some are left. */
  async function indexFirst(topic: string | undefined, deadline: number): Promise<boolean> {
    let isBehind = topic === undefined ? earlier.size > 0 : earlier.has(topic);
    for (const each of new Set([...underWay.keys(), ...fresh])) {
      if (topic !== undefined && topic !== each) continue;
      let more = true;
      while (more && performance.now() < deadline) more = await stepNew(each);
      isBehind ||= more;
    }
    return isBehind;
  }

  async function step(): Promise<void> {
    if (round.length === 0) round = [...fresh];
    const topic = round.shift();
    if (topic !== undefined) {
      if (fresh.has(topic) && (await stepNew(topic))) round.push(topic);
      return;
    }
    const [old] = earlier.keys();
    if (old === undefined) {
      const [next] = unauthored;
      if (next !== undefined && !(await change((tx) => noteEarlierAuthors(tx, next))))
        unauthored.delete(next);
      return;
    }
    const count = await change((tx) => indexEarlier(tx, old));
    if (count > 0) return void earlier.set(old, count);
    earlier.delete(old);
    if (earlier.size === 0) logger.info("the search index is complete");
  }

  const schedule = (ms: number): void => {
    if (isStopped || fresh.size + earlier.size + unauthored.size === 0) return;
    timer ??= setTimeout(() => void work(), ms);
  };

  async function work(): Promise<void> {
    const startedAt = performance.now();
    let isFailed = false;
    try {
      await step();
    } catch {
      // The change has logged it: the database is away.
      isFailed = true;
    }
    timer = undefined;
    const now = performance.now();
    const pause = (now - startedAt) * (now - notedAt < SILENCE_MS ? BUSY_PAUSE : QUIET_PAUSE);
    const isRoundOver = round.length === 0 && fresh.size > 0;
    schedule(isFailed ? RETRY_MS : Math.max(isRoundOver ? GATHER_MS : REST_MS, pause));
  }
  schedule(GATHER_MS);

  async function search(query: SearchQuery): Promise<SearchPage> {
    const deadline = performance.now() + SEARCH_MS;
    const isIncomplete = await indexFirst(query.topic, deadline);
    let isFirst = true;
    const readPart: Readable = (run) => {
      const part = inTurn(isFirst, () => readable(run));
      isFirst = false;
      return part;
    };
    const page = await readPage(readPart, query, deadline);
    return isIncomplete ? { ...page, isIncomplete } : page;
  }

  async function findAuthors(query: AuthorQuery): Promise<SearchPage> {
    const isIncomplete = await indexFirst(undefined, performance.now() + SEARCH_MS);
    const rest = isIncomplete || unauthored.size > 0 ? { isIncomplete: true } : {};
    let found: Entry[] = [];
    const find = async (tx: Handle): Promise<boolean> => {
      found = [];
      const deadline = performance.now() + AUTHORS_MS;
      for await (const entry of eachAuthor(tx, { ...query, limit: query.limit + 1 })) {
        found.push(entry);
        if (performance.now() > deadline) return false;
      }
      return true;
    };
    const isWhole = await inTurn(true, () => readable((sql) => inTime(sql, AUTHORS_MS, find)));
    const more = isWhole !== true || found.length > query.limit;
    return { entries: found.slice(0, query.limit), more, ...rest };
  }

  return {
    /** Notes topics with new or changed entries. */
    note(topics: readonly string[]): void {
      for (const topic of topics) if (!topic.startsWith("$")) fresh.add(topic);
      notedAt = performance.now();
      schedule(GATHER_MS);
    },

    search: (query: SearchQuery): Promise<SearchPage> => limited(() => search(query)),
    findAuthors: (query: AuthorQuery): Promise<SearchPage> => limited(() => findAuthors(query)),

    /** The number of entries of earlier versions that the index lacks. */
    left,

    stop(): void {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
