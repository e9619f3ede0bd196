/**
 * Worker thread that searches a SQLite log, so that no query stops the event loop. Reads the log like any other program.
 *
 * Goes from the newest message back, in stretches of time that grow while they cost little: the index proposes messages of a
 * stretch, and their stored texts decide. Ends with the page, or when the time for a search is over.
 */
import { Database } from "bun:sqlite";
import { parentPort } from "node:worker_threads";
import type { Entry, SearchQuery } from "./log.ts";
import { createMatcher, type Part, partsOf } from "./search-text.ts";
import { authorWord, docOf, tokenOf, topicWord } from "./sqlite-search-index.ts";

export interface SearchRequest extends Omit<SearchQuery, "isShown"> {
  number: number;
  path: string;
  /** The document that the last answer ended with. */
  after: number | undefined;
}

export type SearchReply = { number: number } & (
  | {
      /** Newest first. */
      entries: Entry[];
      /** The last document that was looked at, and its time; undefined at the end of the log. */
      last: { doc: number; at: number } | undefined;
    }
  | { failure: string }
);

/** The time for one search. */
const SEARCH_MS = 300;
/** Words of the dictionary that a part may stand for. A part of more words is in many messages: reading them finds it soon. */
const MAX_WORDS = 150;
/** The first stretch of time, and how much longer the next may be. */
const FIRST_STRETCH_MS = 8 * 3_600_000;
const GROWTH = 8;
/**
 * A stretch that took more of the processor, or so long, is not followed by a longer one. Each costs a look at every word that a
 * part stands for: on a busy machine, many short ones would cost more than they save.
 */
const LONG_STRETCH_CPU_MS = 30;
const LONG_STRETCH_MS = 150;
/** Messages may have a few documents of later milliseconds when many are stored at once. */
const SPILL_MS = 4096;
const BUSY_MS = 2000;

const FIND_WORD = "SELECT id FROM search_word WHERE word = ?";
const FIND_BEGINNING = `SELECT id FROM search_word WHERE word >= ? AND word < ? LIMIT ${MAX_WORDS + 1}`;
const FIND_PART = `SELECT rowid AS id FROM search_part WHERE word GLOB ? LIMIT ${MAX_WORDS + 1}`;
const MATCHES = `
  SELECT rowid AS doc FROM search_text WHERE search_text MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC`;
const PLACES = "SELECT doc FROM search_place WHERE doc BETWEEN ? AND ? ORDER BY doc DESC";
const FIRST_DOC = "SELECT min(doc) AS doc FROM search_place";
const LAST_DOC = "SELECT max(doc) AS doc FROM search_place";
const ENTRY = `
  SELECT name AS topic, user AS userId, entry.id, body, entry.offset, entry.at, entry.tag
  FROM search_place AS place JOIN entry ON entry.topic = place.topic AND entry.offset = place.offset
  JOIN topic ON topic.id = place.topic WHERE doc = ?`;
const TOPIC_ID = "SELECT id FROM topic WHERE name = ?";
const DOC_UP_TO =
  "SELECT doc, offset FROM search_place WHERE topic = ? AND offset <= ? ORDER BY offset DESC LIMIT 1";

/** Milliseconds of the processor that this thread has used. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Creates the search of an open database. */
function createSearch(db: Database) {
  const findWord = db.prepare<{ id: number }, [string]>(FIND_WORD);
  const findBeginning = db.prepare<{ id: number }, [string, string]>(FIND_BEGINNING);
  const findPart = db.prepare<{ id: number }, [string]>(FIND_PART);
  const matches = db.prepare<{ doc: number }, [string, number, number]>(MATCHES);
  const places = db.prepare<{ doc: number }, [number, number]>(PLACES);
  const firstDoc = db.prepare<{ doc: number | null }, []>(FIRST_DOC);
  const lastDoc = db.prepare<{ doc: number | null }, []>(LAST_DOC);
  const entryOf = db.prepare<Entry, [number]>(ENTRY);
  const topicId = db.prepare<{ id: number }, [string]>(TOPIC_ID);
  const docUpTo = db.prepare<{ doc: number; offset: number }, [number, number]>(DOC_UP_TO);

  function wordsOfPart({ word, as }: Part): { id: number }[] {
    if (as === "word") return findWord.all(word);
    return as === "beginning" ? findBeginning.all(word, `${word}\u{10ffff}`) : findPart.all(`*${word}*`);
  }

  /** The index's query; "" when every message must be looked at, undefined when none can match. */
  function queryOf({ terms, topic, user }: SearchRequest): string | undefined {
    const groups: { id: number }[][] = partsOf(terms).map(wordsOfPart);
    if (topic !== undefined) groups.push(findWord.all(topicWord(topicId.get(topic)?.id ?? 0)));
    if (user !== undefined) groups.push(findWord.all(authorWord(user)));
    if (groups.some((ids) => ids.length === 0)) return undefined;
    const useful = groups.filter((ids) => ids.length <= MAX_WORDS).sort((a, b) => a.length - b.length);
    return useful.map((ids) => `(${ids.map(({ id }) => `"${tokenOf(id)}"`).join(" OR ")})`).join(" AND ");
  }

  /** The newest document that may be found. */
  function newestFor({ before, after }: SearchRequest, last: number): number {
    if (after !== undefined) return after - 1;
    if (!before) return last;
    const { at, topic, offset = 0 } = before;
    const id = topic === undefined ? undefined : topicId.get(topic)?.id;
    const place = id === undefined ? null : docUpTo.get(id, offset);
    // An earlier message of the topic, when the named one is gone, is the next that may be found there.
    if (place) return place.offset === offset ? place.doc - 1 : place.doc;
    return Math.min(last, docOf(at + SPILL_MS));
  }

  /** Documents that match, from `high` down to `first`, and after each stretch of time its lowest document. */
  function* walk(query: string, high: number, first: number): Generator<{ doc: number; isMatch: boolean }> {
    let stretch = docOf(FIRST_STRETCH_MS);
    for (let top = high; top >= first;) {
      const [startedAt, startedCpu] = [performance.now(), threadCpuMs()];
      const low = Math.max(first, top - stretch);
      const found = query === "" ? places.iterate(low, top) : matches.iterate(query, low, top);
      for (const { doc } of found) yield { doc, isMatch: true };
      const isShort =
        threadCpuMs() - startedCpu < LONG_STRETCH_CPU_MS && performance.now() - startedAt < LONG_STRETCH_MS;
      if (isShort) stretch *= GROWTH;
      top = low - 1;
      if (top >= first) yield { doc: low, isMatch: false };
    }
  }

  return (request: SearchRequest): { entries: Entry[]; last: { doc: number; at: number } | undefined } => {
    const entries: Entry[] = [];
    const deadline = performance.now() + SEARCH_MS;
    const query = queryOf(request);
    const isAskedFor = createMatcher(request);
    if (query === undefined) return { entries, last: undefined };
    const high = newestFor(request, lastDoc.get()?.doc ?? 0);
    for (const { doc, isMatch } of walk(query, high, firstDoc.get()?.doc ?? 0)) {
      const entry = isMatch ? entryOf.get(doc) : null;
      if (entry && isAskedFor(entry)) entries.push(entry);
      if (entries.length >= request.limit || performance.now() > deadline)
        return { entries, last: { doc, at: entry?.at ?? Math.floor(doc / docOf(1)) } };
    }
    return { entries, last: undefined };
  };
}

let db: Database | undefined;
let search: ReturnType<typeof createSearch> | undefined;

function answer(request: SearchRequest): SearchReply {
  const { number, path } = request;
  try {
    if (!db || !search) {
      db = new Database(path, { readonly: true });
      db.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
      search = createSearch(db);
    }
    return { number, ...search(request) };
  } catch (error) {
    return { number, failure: String(error) };
  }
}

parentPort?.on("message", (request: SearchRequest | "close") => {
  if (request === "close") {
    db?.close();
    parentPort?.postMessage("closed");
  } else parentPort?.postMessage(answer(request));
});
