/**
 * Worker thread that searches a SQLite log, so that no query stops the event loop. Reads the log like any other program.
 *
 * Goes from the newest message back: the index proposes messages, and their stored texts decide. Each group of words also has
 * a mark, which every so many-th document has, so that the index comes back to this thread even where nothing matches: it
 * ends with the page, or when the time for a part of a search is over. `sqlite-search-query` writes the queries.
 */
import { Database } from "bun:sqlite";
import { parentPort } from "node:worker_threads";
import type { Entry, SearchQuery } from "./log.ts";
import { createMatcher, type Part, partsOf } from "./search-text.ts";
import { type AuthorRequest, createAuthorSearch } from "./sqlite-authors.ts";
import { authorWord, docOf, topicWord } from "./sqlite-search-index.ts";
import { guessShare, queryOfGroups, type WordGroup } from "./sqlite-search-query.ts";

export interface SearchRequest extends Omit<SearchQuery, "isShown"> {
  path: string;
  /** The document that the last answer ended with. */
  after: number | undefined;
}

/** A part of a search for authors. */
export interface AuthorsRequest extends Pick<SearchRequest, "path" | "after"> {
  authors: Omit<AuthorRequest, "after">;
}

export type SearchReply =
  | {
      /** Newest first. */
      entries: Entry[];
      /** The last document that was looked at, and its time; undefined at the end of the log. For authors, the number of a row. */
      last: { doc: number; at: number } | undefined;
    }
  | { failure: string };

/** The time for a part of a search. The next part waits behind other searches. */
const PART_MS = 50;
/** Each part looks the query's words up anew. It goes on for so many times as long at least, or a busy machine would do nothing else. */
const MIN_WALK = 4;
/** Words of the dictionary that a part may stand for. A part of more words is in many messages: reading them finds it soon. */
const MAX_WORDS = 150;
/** Words of all parts that are looked up, those of the parts with the fewest first: a bound on the work for each document. */
const MAX_QUERY_WORDS = 450;
/** Messages may have a few documents of later milliseconds when many are stored at once. */
const SPILL_MS = 4096;
const BUSY_MS = 2000;
/** Memory for pages of the log, in KiB: the upper pages of the index, and those of the newest messages. */
const CACHE_KIB = 32_768;

const FIND_WORD = "SELECT id FROM search_word WHERE word = ?";
const FIND_BEGINNING = `SELECT id FROM search_word WHERE word >= ? AND word < ? LIMIT ${MAX_WORDS + 1}`;
const FIND_PART = `SELECT rowid AS id FROM search_part WHERE word GLOB ? LIMIT ${MAX_WORDS + 1}`;
const MATCHES = `
  SELECT rowid AS doc FROM search_text WHERE search_text MATCH ? AND rowid <= ? ORDER BY rowid DESC`;
const PLACES = "SELECT doc FROM search_place WHERE doc <= ? ORDER BY doc DESC";
const LAST_DOC = "SELECT max(doc) AS doc FROM search_place";
const ENTRY = `
  SELECT name AS topic, user AS userId, entry.id, body, entry.offset, entry.at, entry.tag
  FROM search_place AS place JOIN entry ON entry.topic = place.topic AND entry.offset = place.offset
  JOIN topic ON topic.id = place.topic WHERE doc = ?`;
const TOPIC_ID = "SELECT id FROM topic WHERE name = ?";
/** A topic's number, and its share of all entries. */
const TOPIC = `
  SELECT id, CAST(top - first + 1 AS REAL) / (SELECT sum(top - first + 1) FROM topic) AS share
  FROM topic WHERE name = ?`;
const DOC_UP_TO =
  "SELECT doc, offset FROM search_place WHERE topic = ? AND offset <= ? ORDER BY offset DESC LIMIT 1";

/** Creates the search of an open database. */
function createSearch(db: Database) {
  const findWord = db.prepare<{ id: number }, [string]>(FIND_WORD);
  const findBeginning = db.prepare<{ id: number }, [string, string]>(FIND_BEGINNING);
  const findPart = db.prepare<{ id: number }, [string]>(FIND_PART);
  const matches = db.prepare<{ doc: number }, [string, number]>(MATCHES);
  const places = db.prepare<{ doc: number }, [number]>(PLACES);
  const lastDoc = db.prepare<{ doc: number | null }, []>(LAST_DOC);
  const entryOf = db.prepare<Entry, [number]>(ENTRY);
  const topicId = db.prepare<{ id: number }, [string]>(TOPIC_ID);
  const topicRow = db.prepare<{ id: number; share: number }, [string]>(TOPIC);
  const docUpTo = db.prepare<{ doc: number; offset: number }, [number, number]>(DOC_UP_TO);

  const groupOf = (words: readonly { id: number }[], share?: number): WordGroup => {
    const ids = words.map(({ id }) => id);
    return { ids, share: share ?? guessShare(ids) };
  };

  function groupOfPart({ word, as }: Part): WordGroup {
    if (as === "word") return groupOf(findWord.all(word));
    return groupOf(
      as === "beginning" ? findBeginning.all(word, `${word}\u{10ffff}`) : findPart.all(`*${word}*`),
    );
  }

  function groupOfTopic(topic: string): WordGroup {
    const { id = 0, share } = topicRow.get(topic) ?? {};
    return groupOf(findWord.all(topicWord(id)), share);
  }

  /** The index's query; "" when every message must be looked at, undefined when none can match. */
  function queryOf({ terms, topic, user }: SearchRequest): string | undefined {
    const groups = partsOf(terms).map(groupOfPart);
    if (topic !== undefined) groups.push(groupOfTopic(topic));
    if (user !== undefined) groups.push(groupOf(findWord.all(authorWord(user))));
    if (groups.some(({ ids }) => ids.length === 0)) return undefined;
    let words = 0;
    const useful: WordGroup[] = [];
    for (const group of groups.sort((a, b) => a.ids.length - b.ids.length)) {
      words += group.ids.length;
      if (group.ids.length > MAX_WORDS || words > MAX_QUERY_WORDS) break;
      useful.push(group);
    }
    return queryOfGroups(useful);
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

  return (request: SearchRequest): { entries: Entry[]; last: { doc: number; at: number } | undefined } => {
    const entries: Entry[] = [];
    const startedAt = performance.now();
    let deadline: number | undefined;
    const query = queryOf(request);
    const isAskedFor = createMatcher(request);
    if (query === undefined) return { entries, last: undefined };
    const newest = newestFor(request, lastDoc.get()?.doc ?? 0);
    for (const { doc } of query === "" ? places.iterate(newest) : matches.iterate(query, newest)) {
      const now = performance.now();
      deadline ??= Math.max(startedAt + PART_MS, now + (now - startedAt) * MIN_WALK);
      const entry = entryOf.get(doc);
      if (entry && isAskedFor(entry)) entries.push(entry);
      if (entries.length >= request.limit || performance.now() > deadline)
        return { entries, last: { doc, at: entry?.at ?? Math.floor(doc / docOf(1)) } };
    }
    return { entries, last: undefined };
  };
}

let db: Database | undefined;
let search: ReturnType<typeof createSearch> | undefined;
let findAuthors: ReturnType<typeof createAuthorSearch> | undefined;

function answer(request: SearchRequest | AuthorsRequest): SearchReply {
  const { path } = request;
  try {
    if (!db || !search || !findAuthors) {
      db = new Database(path, { readonly: true });
      db.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
      db.run(`PRAGMA cache_size = -${CACHE_KIB}`);
      search = createSearch(db);
      findAuthors = createAuthorSearch(db);
    }
    if (!("authors" in request)) return search(request);
    const { entries, last } = findAuthors(
      { ...request.authors, after: request.after },
      performance.now() + PART_MS,
    );
    return { entries, last: last === undefined ? undefined : { doc: last, at: 0 } };
  } catch (error) {
    return { failure: String(error) };
  }
}

parentPort?.on("message", (request: SearchRequest | AuthorsRequest | "close") => {
  if (request === "close") {
    db?.close();
    parentPort?.postMessage("closed");
  } else parentPort?.postMessage(answer(request));
});
