/**
 * The search index of a SQLite log: which texts have which words. Runs in the transactions of its callers.
 *
 * `search_word` is the dictionary; `search_part` finds its words by three letters of them; `search_text` (FTS5) has the numbers of each text's words, and no text. A removed text is gone from all of them: the
 * postings are deleted in place ("secure-delete"), and so is each word that no other message uses. A document's number begins
 * with its time, so that the newest messages are found first.
 */
import type { Database } from "bun:sqlite";
import type { Entry } from "./log.ts";
import { isGrowingBody } from "./message-body.ts";
import { dropOldest } from "../oldest.ts";
import { fold, hasParts, searchedMessage, wordsOf } from "./search-text.ts";

/** Words that are kept in memory: most words of most texts, a few megabytes. */
const KNOWN_WORDS = 30_000;
/** Words for which a trim keeps a document in memory: some megabytes, while it runs. */
const HELD_WORDS = 100_000;
/** Authors, and names of authors, whose word is kept in memory: those who write at one time. */
const KNOWN_AUTHORS = 10_000;
/** Pages of the index that one step merges: a few milliseconds. */
const MERGE_PAGES = 64;

/**
 * The tables of the index. `low`: entries up to it, and from `start` to `done`, are indexed. FTS5 merges its segments when it is
 * told to, because its own merges may take half a second; beyond 64 segments of a level it does so itself.
 */
export const SEARCH_TABLES = `
  CREATE TABLE search_topic (
    topic INTEGER PRIMARY KEY, low INTEGER NOT NULL, start INTEGER NOT NULL, done INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE search_place (
    doc INTEGER PRIMARY KEY, topic INTEGER NOT NULL, offset INTEGER NOT NULL, UNIQUE (topic, offset)
  ) STRICT;
  CREATE TABLE search_word (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;
  CREATE VIRTUAL TABLE search_part USING fts5(
    word, content='search_word', content_rowid='id', detail='none', columnsize=0, tokenize='trigram case_sensitive 1'
  );
  CREATE VIRTUAL TABLE search_text USING fts5(words, content='', detail='none', columnsize=0, tokenize='ascii');
  INSERT INTO search_part (search_part, rank) VALUES ('secure-delete', 1);
  INSERT INTO search_part (search_part, rank) VALUES ('automerge', 0);
  INSERT INTO search_part (search_part, rank) VALUES ('crisismerge', 64);
  INSERT INTO search_text (search_text, rank) VALUES ('secure-delete', 1);
  INSERT INTO search_text (search_text, rank) VALUES ('automerge', 0);
  INSERT INTO search_text (search_text, rank) VALUES ('crisismerge', 64);
`;
const CLEAR = `
  DELETE FROM search_topic;
  DELETE FROM search_place;
  DELETE FROM search_author;
  DELETE FROM search_word;
  INSERT INTO search_part (search_part) VALUES ('delete-all');
  INSERT INTO search_text (search_text) VALUES ('delete-all');
`;
const IS_USED = "SELECT 1 FROM search_topic LIMIT 1";
const FIND_WORD = "SELECT id FROM search_word WHERE word = ?";
const PUT_WORD = "INSERT INTO search_word (word) VALUES (?) ON CONFLICT DO NOTHING RETURNING id";
const NEWEST_WITH =
  "SELECT rowid AS doc FROM search_text WHERE search_text MATCH ? ORDER BY rowid DESC LIMIT 1";
const DROP_WORD = "DELETE FROM search_word WHERE id = ?";
const PUT_PART = "INSERT INTO search_part (rowid, word) VALUES (?, ?)";
const DROP_PART = "INSERT INTO search_part (search_part, rowid, word) VALUES ('delete', ?, ?)";
const PUT_TEXT = "INSERT INTO search_text (rowid, words) VALUES (?, ?)";
const DROP_TEXT = "INSERT INTO search_text (search_text, rowid, words) VALUES ('delete', ?, ?)";
const MERGES = [
  "INSERT INTO search_part (search_part, rank) VALUES ('merge', ?)",
  "INSERT INTO search_text (search_text, rank) VALUES ('merge', ?)",
];
/**
 * Two segments of a level are merged, not four: each removal and each search looks into every segment. With 43 segments a removal
 * took four times as long as with one; a message is written twice as often, which is some 5 µs more.
 */
const MERGED_SEGMENTS = 2;
const SET_MERGED = ["search_part", "search_text"].map((table) => ({
  present: `SELECT v FROM ${table}_config WHERE k = 'usermerge'`,
  set: `INSERT INTO ${table} (${table}, rank) VALUES ('usermerge', ${MERGED_SEGMENTS})`,
}));
const PUT_PLACE = "INSERT INTO search_place (doc, topic, offset) VALUES (?, ?, ?)";
const DROP_PLACE = "DELETE FROM search_place WHERE doc = ?";
const IS_TAKEN = "SELECT 1 FROM search_place WHERE doc = ?";
/** The first number after a document that no document has. */
const NEXT_GAP = `
  SELECT doc + 1 AS free FROM search_place AS place
  WHERE doc >= ? AND NOT EXISTS (SELECT 1 FROM search_place AS next WHERE next.doc = place.doc + 1) ORDER BY doc LIMIT 1`;
const LAST_DOC = "SELECT max(doc) AS doc FROM search_place";
const DOC_AT = "SELECT doc FROM search_place WHERE topic = ? AND offset = ?";
const DOCS_IN = "SELECT doc, offset FROM search_place WHERE topic = ? AND offset BETWEEN ? AND ?";

/** Documents of one millisecond; further ones take the numbers of the next. */
const DOCS_A_MS = 16;

/** The first document of a time, in milliseconds since 1970. */
export const docOf = (atMs: number): number => atMs * DOCS_A_MS;

/** The word of a topic, and the word of an author's id or name: no text has words like these. A topic is its number. */
export const topicWord = (topic: number): string => `#${topic}`;
export const authorWord = (idOrName: string): string =>
  `@${Bun.SHA256.hash(fold(idOrName), "hex").slice(0, 16)}`;

/**
 * What each so many-th document has beside its words: a search that finds nothing ends there to look at the clock. Primes, as
 * documents come at regular distances. No word's number begins with 0.
 */
export const MARK = "0";
export const MARK_EVERY = 16_381;
/** The mark for queries of few words, which reach it soon: at each mark a message is read, and of 10 million 600 are many. */
export const WIDE_MARK = "00";
export const WIDE_MARK_EVERY = 262_139;

const marksOf = (doc: number): string =>
  (doc % MARK_EVERY === 0 ? ` ${MARK}` : "") + (doc % WIDE_MARK_EVERY === 0 ? ` ${WIDE_MARK}` : "");

const markDocuments = (mark: string, every: number): string => `
  INSERT INTO search_text (rowid, words) SELECT doc, '${mark}' FROM search_place WHERE doc % ${every} = 0`;
/** The marks of an index that an earlier version made. */
export const MARK_DOCUMENTS = markDocuments(MARK, MARK_EVERY);
export const WIDE_MARK_DOCUMENTS = markDocuments(WIDE_MARK, WIDE_MARK_EVERY);

/** What stands for a word of the dictionary in `search_text`: its number in base 36. */
export const tokenOf = (word: number): string => word.toString(36);
const wordOf = (token: string): number => Number.parseInt(token, 36);

/** An entry of a topic, by the topic's number. */
export interface Placed {
  topicId: number;
  entry: Entry;
}
interface Doc extends Placed {
  doc: number;
}
/** Words of the dictionary, and what stands for them in `search_text`. */
export type WordTokens = Map<string, string>;

const hasTrigrams = (word: string): boolean => hasParts(word) && !/^[#@]/.test(word);

/** Creates the function that lists the words of an entry that is a message, with those of its topic and author. */
function createWordLister() {
  const authors = new Map<string, string>();
  function knownAuthorWord(idOrName: string): string {
    const known = authors.get(idOrName);
    if (known !== undefined) return known;
    const word = authorWord(idOrName);
    authors.set(idOrName, word);
    dropOldest(authors, KNOWN_AUTHORS);
    return word;
  }

  return ({ topicId, entry }: Placed): string[] | undefined => {
    const message = isGrowingBody(entry.body) ? undefined : searchedMessage(entry);
    if (!message) return undefined;
    const words = wordsOf(message.text);
    words.add(topicWord(topicId));
    words.add(knownAuthorWord(entry.userId));
    words.add(knownAuthorWord(message.name));
    return [...words];
  };
}

/** Empties the index of a log that is not searched. */
export function clearSearchIndex(db: Database): void {
  if (db.query(IS_USED).get() !== null) db.transaction(() => db.run(CLEAR)).immediate();
}

export type SearchIndex = ReturnType<typeof createSearchIndex>;

/** Sets how many segments are merged, also in an index of an earlier version. */
function setMergedSegments(db: Database): void {
  for (const { present, set } of SET_MERGED)
    if (db.query<{ v: number }, []>(present).get()?.v !== MERGED_SEGMENTS) db.run(set);
}

/** Creates the index of an open log, whose tables are there. */
export function createSearchIndex(db: Database) {
  setMergedSegments(db);
  const findWord = db.prepare<{ id: number }, [string]>(FIND_WORD);
  const putWord = db.prepare<{ id: number }, [string]>(PUT_WORD);
  const newestWith = db.prepare<{ doc: number }, [string]>(NEWEST_WITH);
  const dropWord = db.prepare(DROP_WORD);
  const putPart = db.prepare(PUT_PART);
  const dropPart = db.prepare(DROP_PART);
  const putText = db.prepare(PUT_TEXT);
  const dropText = db.prepare(DROP_TEXT);
  const merges = MERGES.map((merge) => db.prepare(merge));
  const totalChanges = db.prepare<{ count: number }, []>("SELECT total_changes() AS count");
  const putPlace = db.prepare(PUT_PLACE);
  const dropPlace = db.prepare(DROP_PLACE);
  const isTaken = db.prepare(IS_TAKEN);
  const nextGap = db.prepare<{ free: number }, [number]>(NEXT_GAP);
  const docAt = db.prepare<{ doc: number }, [number, number]>(DOC_AT);
  const docsIn = db.prepare<{ doc: number; offset: number }, [number, number, number]>(DOCS_IN);

  const indexedWords = createWordLister();
  /** Words that are in the dictionary for certain. */
  const known: WordTokens = new Map();

  /** The token of a word, which is added to the dictionary if it is new. */
  function tokenFor(word: string, found: WordTokens): string {
    const present = known.get(word) ?? found.get(word);
    if (present !== undefined) return present;
    const token = tokenOf(addWord(word));
    found.set(word, token);
    return token;
  }

  /** The number of a word. Words that are not known here are new more often than not. */
  function addWord(word: string): number {
    const number = putWord.get(word)?.id;
    if (number === undefined) return findWord.get(word)?.id ?? 0;
    if (hasTrigrams(word)) putPart.run(number, word);
    return number;
  }

  /** The token of a word of a document. */
  function tokenOfKnown(word: string, found: WordTokens, isTrim: boolean): string {
    const present = known.get(word) ?? found.get(word);
    if (present !== undefined) return present;
    const number = findWord.get(word)?.id;
    if (number === undefined) return tokenFor(word, found);
    const token = tokenOf(number);
    // A trim adds no words, so this one is stored.
    if (isTrim && known.size < KNOWN_WORDS) known.set(word, token);
    return token;
  }

  /** Documents that have words, by token: the next trim need not search for one. */
  const holders = new Map<string, number>();

  /** The newest document of all: a later one is free. */
  let last = db.query<{ doc: number | null }, []>(LAST_DOC).get()?.doc ?? 0;
  /** The number of the newest document, for the next one of its topic. */
  const newest = { topic: 0, doc: 0 };
  /** Numbers that are taken, from one and up to another: after more messages than a time has numbers, the next free one is far. */
  const dense = { from: 0, to: 0 };
  function freeDoc({ topicId, entry }: Placed): number {
    let doc = docOf(entry.at);
    if (newest.topic === topicId && newest.doc >= doc && newest.doc < doc + docOf(1000)) doc = newest.doc + 1;
    const wanted = doc;
    if (doc >= dense.from && doc < dense.to) doc = dense.to;
    if (doc <= last && isTaken.get(doc) !== null) doc = nextGap.get(doc)?.free ?? last + 1;
    if (wanted >= dense.from && wanted <= dense.to) dense.to = Math.max(dense.to, doc + 1);
    else if (doc > wanted) Object.assign(dense, { from: wanted, to: doc + 1 });
    last = Math.max(last, doc);
    newest.topic = topicId;
    newest.doc = doc;
    return doc;
  }

  /**
   * Adds the messages among the entries. `docs` are the documents of entries that have one already. `found` receives the words;
   * pass it to `remember` after the commit.
   */
  function put(placed: readonly Placed[], docs?: readonly number[], found: WordTokens = new Map()): void {
    for (const [i, each] of placed.entries()) {
      const words = indexedWords(each);
      if (!words) continue;
      if (docs?.[i] !== undefined || docOf(each.entry.at) <= last) holders.clear();
      const doc = docs?.[i] ?? freeDoc(each);
      putPlace.run(doc, each.topicId, each.entry.offset);
      putText.run(doc, words.map((word) => tokenFor(word, found)).join(" ") + marksOf(doc));
    }
  }

  /** Whether a document has a word. `isTrim`: the transaction only removes, so what is found stays true if it is rolled back. */
  function isUsed(token: string, isTrim: boolean): boolean {
    const holder = isTrim ? holders.get(token) : undefined;
    if (holder !== undefined && isTaken.get(holder) !== null) return true;
    const doc = newestWith.get(`"${token}"`)?.doc;
    if (isTrim && doc !== undefined) holders.set(token, doc);
    return doc !== undefined;
  }

  /** Removes documents, and words that no document has any more. Their entries are what was indexed. */
  function drop(docs: readonly Doc[], isTrim = false): void {
    if (holders.size > HELD_WORDS) holders.clear();
    const dropped: WordTokens = new Map();
    for (const each of docs) {
      const tokens = (indexedWords(each) ?? []).map((word) => {
        const token = tokenOfKnown(word, dropped, isTrim);
        dropped.set(word, token);
        return token;
      });
      if (tokens.length > 0) dropText.run(each.doc, tokens.join(" ") + marksOf(each.doc));
      dropPlace.run(each.doc);
    }
    for (const [word, token] of dropped) {
      if (isUsed(token, isTrim)) continue;
      const number = wordOf(token);
      if (hasTrigrams(word)) dropPart.run(number, word);
      dropWord.run(number);
      known.delete(word);
    }
  }

  return {
    put,
    drop,

    /** Keeps words in memory. Only for words whose transaction is committed. */
    remember(found: WordTokens): void {
      if (known.size + found.size > KNOWN_WORDS) known.clear();
      for (const [word, token] of found) known.set(word, token);
    },

    /** The document of an entry; undefined when it has none. */
    docAt: (topicId: number, offset: number): number | undefined => docAt.get(topicId, offset)?.doc,

    /** The documents of a range of a topic. */
    docsIn: (topicId: number, first: number, last: number) => docsIn.all(topicId, first, last),

    /** Merges some segments, if a level has several. Returns whether one had: a removal is cheaper with few. */
    merge(pages = MERGE_PAGES): boolean {
      let isDone = true;
      for (const merge of merges) {
        const before = totalChanges.get()?.count ?? 0;
        merge.run(pages);
        // sqlite.org/fts5.html section 6.8: a merge without work changes fewer than two rows.
        isDone &&= (totalChanges.get()?.count ?? 0) - before < 2;
      }
      return !isDone;
    },
  };
}
