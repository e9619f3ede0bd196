/** The index of a search: no removed text stays in it, an existing log is indexed bit by bit, and hostile texts and queries cost little. */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { findNames } from "../contracts/authors.ts";
import { findPlaces } from "../contracts/search.ts";
import { entry } from "../contracts/log-changes.ts";
import {
  fold,
  createTermsTest,
  MAX_QUERY_CHARS,
  MAX_TERMS,
  partsOf,
  termsOf,
  wordsOf,
} from "../../src/log/search-text.ts";
import type { MessageLog, SearchQuery } from "../../src/log/log.ts";
import { MARK, MARK_EVERY, WIDE_MARK, WIDE_MARK_EVERY } from "../../src/log/sqlite-search-index.ts";
import { createFolder } from "../support/folder.ts";
import { openLogIn } from "../support/log.ts";
import { SLOW_MS } from "../support/parts.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

/** The words of the index, without those of topics and authors, and the number of its texts. */
function readIndex(dataDir: string): string {
  const db = new Database(join(dataDir, "kabar.db"), { readonly: true });
  try {
    const words = db
      .query<{ word: string }, []>("SELECT word FROM search_word WHERE word NOT GLOB '[#@]*' ORDER BY word")
      .all();
    const places = db.query<{ count: number }, []>("SELECT count(*) AS count FROM search_place").get();
    // The words that texts have, and those of the dictionary, are the same; some documents have a mark.
    db.run("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, search_text, row)");
    const used = db.query<{ term: string }, []>("SELECT term FROM vocabulary").all();
    const all = db.query<{ id: number }, []>("SELECT id FROM search_word").all();
    const terms = used.map(({ term }) => term).filter((term) => term !== MARK && term !== WIDE_MARK);
    expect(terms.sort()).toEqual(all.map(({ id }) => id.toString(36)).sort());
    const marks = used.length - terms.length;
    return `${places?.count}: ${words.map(({ word }) => word).join(" ")}${marks > 0 ? " (marked)" : ""}`;
  } finally {
    db.close();
  }
}

/** The first message of this time has both marks in the index. */
const MARKED_MS = MARK_EVERY * WIDE_MARK_EVERY * 400;

const body = (text: string, more: object = {}) =>
  JSON.stringify({ user: { id: "u", name: "Ana", role: "guest" }, text, ...more });

/** A search that is soon done waits for one part of the searches that take long, not for a part of each. */
async function expectShortFirst(log: MessageLog): Promise<void> {
  let looks = 0;
  const isShown = () => {
    looks += 1;
    return false;
  };
  const long = Array.from({ length: 8 }, () => log.search({ terms: ["everywhere"], limit: 1, isShown }));
  await until("searches under way", () => looks > 50);
  const before = looks;
  const { entries } = await log.search({ terms: ["word7"], limit: 1, isShown: () => true });
  expect(entries).toHaveLength(1);
  expect(looks - before).toBeLessThan(8);
  await Promise.all(long);
}

describe("a SQLite index", () => {
  test("has, as soon as a change has resolved, only words of texts that are there", async () => {
    const dataDir = createFolder();
    const log = openLogIn(dataDir, { now: () => MARKED_MS });
    for (const text of ["shared alpha", "shared beta", "shared gamma", "shared delta", "shared omega"])
      await log.append(entry("t", text, "u", text));
    expect(await findPlaces(log, "shared")).toBe("t5 t4 t3 t2 t1");
    expect(readIndex(dataDir)).toBe("5: alpha beta delta gamma omega shared (marked)");
    const amend = (offset: number, text: string, more: object) =>
      log.append({
        ...entry("t", `${text}${offset}`),
        body: body("", { kind: "edit" }),
        amends: { offset, rewrite: () => body(text, more) },
      });
    await amend(1, "shared edited", {});
    expect(readIndex(dataDir)).toBe("5: beta delta edited gamma omega shared (marked)");
    await amend(2, "", { removed: "author" });
    expect(readIndex(dataDir)).toBe("4: delta edited gamma omega shared (marked)");
    await log.scrub("t", [3], () => body("", { removed: "expired" }));
    await log.disown("t", "u", "erased", ({ body: old, offset }) => (offset === 4 ? body("") : old));
    expect(readIndex(dataDir)).toContain(" edited omega shared");
    await log.trim("t", 1);
    expect(readIndex(dataDir)).toContain(": omega shared");
    await log.trim("t", 100);
    expect(readIndex(dataDir)).toBe("0: ");
    await log.close();
  });

  test("of twenty thousand messages of one moment is made without looking at each of them for each", async () => {
    const log = openLogIn(createFolder(), { now: () => MARKED_MS });
    const all = Array.from({ length: 20_000 }, (_, i) =>
      log.append(entry(i % 3 ? "a" : "b", `m${i}`, "u", `w${i}`)),
    );
    await Promise.all(all);
    const ask = (term: string) => log.search({ terms: [term], limit: 5, isShown: () => true });
    await until("the whole index", async () => (await ask("w0")).isIncomplete === undefined);
    for (const i of [0, 9000, 19_999])
      expect((await ask(`w${i}`)).entries.map(({ id }) => id)).toContain(`m${i}`);
    await log.close();
  });

  test("of a long removal is rewritten without the removed words, also after a stop in between", async () => {
    const dataDir = createFolder();
    const open = () => openLogIn(dataDir);
    const sizeOf = () => {
      const db = new Database(join(dataDir, "kabar.db"), { readonly: true });
      const bytes = db.query("SELECT sum(length(block)) AS bytes FROM search_text_data").get();
      const due = db.query("SELECT count(*) AS due FROM search_rewrite").get();
      db.close();
      return { ...(bytes as { bytes: number }), ...(due as { due: number }) };
    };
    let log = open();
    await Promise.all(
      Array.from({ length: 1200 }, (_, i) => log.append(entry("t", `w${i}`, "u", `removed${i} everywhere`))),
    );
    await log.append(entry("t", "last", "u", "kept everywhere"));
    await until("all indexed", async () => (await findPlaces(log, "kept")) === "t1201");
    const full = sizeOf().bytes;
    expect(await log.trim("t", 1200)).toBe(1200);
    // From the first moment on nothing is found, and nobody can look a word up.
    expect(await findPlaces(log, "everywhere")).toBe("t1201");
    expect(readIndex(dataDir)).toBe("1: everywhere kept");
    await log.close();
    // As a crash leaves it.
    const db = new Database(join(dataDir, "kabar.db"));
    db.run("PRAGMA busy_timeout = 5000");
    db.run("INSERT OR IGNORE INTO search_rewrite (due) VALUES (1)");
    db.close();
    log = open();
    await until("rewritten", () => sizeOf().due === 0);
    expect(sizeOf().bytes).toBeLessThan(full / 20);
    await log.append(entry("t", "next", "u", "everywhere again"));
    expect(await findPlaces(log, "everywhere")).toBe("t1202 t1201");
    // Few are erased in place.
    await log.trim("t", 1201);
    expect(sizeOf().due).toBe(0);
    expect(readIndex(dataDir)).toBe("1: again everywhere");
    await log.close();
  });

  test("lacks the authors of an earlier version, and notes them in the background, with those of new messages", async () => {
    const dataDir = createFolder();
    const before = openLogIn(dataDir);
    for (let i = 0; i < 300; i++) await before.append(entry("a", `m${i}`, `g-${i % 150}`));
    await until("all indexed", async () => (await findPlaces(before, "m299")) === "a300");
    await before.close();
    const db = new Database(join(dataDir, "kabar.db"));
    db.run("PRAGMA busy_timeout = 5000");
    db.run("UPDATE search_topic SET authored = 0");
    db.run("DELETE FROM search_author");
    db.close();
    const log = openLogIn(dataDir);
    expect((await log.findAuthors({ text: "", limit: 1 })).isIncomplete).toBe(true);
    await log.append(entry("a", "new", "g-new"));
    await until("all authors", async () => {
      const { entries, isIncomplete } = await log.findAuthors({ text: "", limit: 500 });
      return !isIncomplete && entries.length === 151;
    });
    expect(await findNames(log, "g-149")).toEqual(["a/g-149 Ana"]);
    await log.close();
  });

  test("of an existing log is made in the background, and searches say meanwhile that it lacks messages", async () => {
    const dataDir = createFolder();
    const before = openLogIn(dataDir, { search: false });
    await Promise.all(
      Array.from({ length: 1500 }, (_, i) => before.append(entry("t", `word${i} everywhere`))),
    );
    await before.close();
    const log = openLogIn(dataDir);
    expect(log.unindexed()).toBe(1500);
    const ask = (before?: SearchQuery["before"]) =>
      log.search({ terms: ["everywhere"], limit: 200, before, isShown: () => true });
    expect((await ask()).isIncomplete).toBe(true);
    await until("the whole index", async () => (await ask()).isIncomplete === undefined);
    const found = new Set<number>();
    for (let before: SearchQuery["before"], more = true; more;) {
      const page = await ask(before);
      for (const { offset } of page.entries) found.add(offset);
      const last = page.entries.at(-1);
      before = last ? { at: last.at, topic: "t", offset: last.offset } : { at: page.reachedAt ?? 0 };
      more = page.more;
    }
    expect(found.size).toBe(1500);
    expect(log.unindexed()).toBe(0);
    await expectShortFirst(log);
    await log.close();
  });
});

describe("hostile texts and queries", () => {
  const LONG = 16_000;
  const hostile = [
    "a".repeat(LONG),
    "\u4eac".repeat(LONG),
    "e\u0301".repeat(LONG),
    "a".concat("\u0300".repeat(LONG)),
    "\u{1f469}\u200d\u{1f469}\u200d\u{1f467}".repeat(2000),
    '"'.repeat(LONG),
    "( * ) AND OR NOT NEAR ^ : - ".repeat(1000),
    "\ufdfa".repeat(LONG / 16),
    "\u0000\ud800 \udc00".repeat(1000),
    Array.from({ length: 5000 }, (_, i) => `w${i}`).join(" "),
    "\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627".repeat(1000),
  ];

  test("give a bounded number of words, and work that grows with their length", () => {
    for (const text of hostile) {
      expect(wordsOf(text).size).toBeLessThanOrEqual(2000);
      const query = text.slice(0, MAX_QUERY_CHARS);
      expect(partsOf(termsOf(query).slice(0, MAX_TERMS)).length).toBeLessThanOrEqual(MAX_QUERY_CHARS * 20);
    }
  });

  test("find, word for word, what they are a part of; only marks and operators find nothing wrong", async () => {
    const log = openLogIn(createFolder());
    for (const [i, text] of hostile.entries()) await log.append(entry("t", `m${i}`, "u", text));
    for (const text of hostile) {
      const terms = termsOf([...text].slice(0, 30).join("")).slice(0, MAX_TERMS);
      if (terms.length === 0) continue;
      const { entries } = await log.search({ terms, limit: 50, isShown: () => true });
      for (const found of entries) expect(createTermsTest(terms)(JSON.parse(found.body).text)).toBe(true);
      expect(entries.map((found) => JSON.parse(found.body).text)).toContain(text);
    }
    for (const query of ["\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627"])
      expect(await findPlaces(log, query)).toBe("t11");
    expect(await findPlaces(log, '"(* )"')).toBe("");
    await log.close();
  });

  test("fold to the same form however they are written", () => {
    for (const [a, b] of [
      ["\u00c5ngstr\u00f6m", "angstrom"],
      ["\uff2b\uff21", "ka"],
      ["\u304b\u3099", "\u304c"],
      ["\ufb01n", "fin"],
      ["a\u00ad\u200bb", "ab"],
    ] as const)
      expect(fold(a)).toBe(b);
  });
});
