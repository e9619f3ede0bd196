/** Queries of the search index, asked of FTS5 itself: they find what their groups say, whatever their order, number and size. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { MARK, SEARCH_TABLES, tokenOf, WIDE_MARK } from "../../src/log/sqlite-search-index.ts";
import { guessShare, queryOfGroups, type WordGroup } from "../../src/log/sqlite-search-query.ts";
import { createRandom } from "../support/seed.ts";

const DOCS = 600;
const VOCABULARY = 600;
const MARK_EVERY = 97;
const WIDE_MARK_EVERY = 211;
/** Queries of more words end at each mark. */
const FEW_WORDS = 150;

const group = (ids: readonly number[], share = guessShare(ids)): WordGroup => ({ ids, share });

/** An index of random documents: the first words of the dictionary are in many. */
function createIndex(seed: number) {
  const random = createRandom(seed);
  const word = (): number => 1 + Math.floor(VOCABULARY ** random.next());
  const docs = Array.from({ length: DOCS }, () => new Set(Array.from({ length: 12 }, word)));
  const db = new Database(":memory:");
  db.run(SEARCH_TABLES);
  const put = db.prepare("INSERT INTO search_text (rowid, words) VALUES (?, ?)");
  db.transaction(() => {
    for (const [doc, words] of docs.entries())
      put.run(
        doc,
        [...words].map(tokenOf).join(" ") +
          (doc % MARK_EVERY === 0 ? ` ${MARK}` : "") +
          (doc % WIDE_MARK_EVERY === 0 ? ` ${WIDE_MARK}` : ""),
      );
  })();
  const find = db.prepare<{ doc: number }, [string]>(
    "SELECT rowid AS doc FROM search_text WHERE search_text MATCH ? ORDER BY rowid DESC",
  );
  return {
    random,
    word,
    find: (groups: readonly WordGroup[]) => find.all(queryOfGroups(groups)).map(({ doc }) => doc),
    /** The same by looking at every document. */
    look(groups: readonly WordGroup[]) {
      const words = groups.flatMap(({ ids }) => ids).length;
      const every = words > FEW_WORDS ? MARK_EVERY : WIDE_MARK_EVERY;
      return [...docs.keys()]
        .filter((doc) => {
          const has = (ids: readonly number[]) => ids.some((id) => docs[doc]?.has(id));
          return doc % every === 0 || groups.every(({ ids }) => has(ids));
        })
        .reverse();
    },
  };
}

test("groups of any number and size find the documents with a word of each, and those with a mark, newest first", () => {
  const { random, word, find, look } = createIndex(31);
  for (let i = 0; i < 60; i++) {
    const groups = Array.from({ length: random.int(1, 9) }, () =>
      group(Array.from({ length: random.pick([1, 2, 11, 12, 13, 60, 150]) }, word)),
    );
    expect(find(groups)).toEqual(look(groups));
  }
});

test("the largest queries are no deeper than FTS5 allows", () => {
  const { word, find, look } = createIndex(32);
  const ones = Array.from({ length: 200 }, () => group([word()]));
  expect(find(ones)).toEqual(look(ones));
  const three = Array.from({ length: 3 }, (_, i) => group(Array.from({ length: 150 }, (_, k) => 1 + i + k)));
  expect(find(three)).toEqual(look(three));
});

test("groups of few documents meet before the others are looked up", () => {
  const query = queryOfGroups([group([1]), group([500]), group([40]), group([7], 0.00001)]);
  // What finds the first two stands apart from the third, and that from the fourth.
  expect(query).toBe(
    '((((("00" OR "7") AND ("00" OR "dw")) NOT "") AND ("00" OR "14")) NOT "") AND ("00" OR "1")',
  );
});

test("without groups there is no query", () => {
  expect(queryOfGroups([])).toBe("");
});
