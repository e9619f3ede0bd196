/** The log contract for searches: what is found, in which order, and that changed and removed texts are not found. */
import { describe, expect, test } from "bun:test";
import { encodeBody } from "../../src/log/message-body.ts";
import type { MessageLog, SearchQuery } from "../../src/log/log.ts";
import { termsOf } from "../../src/log/search-text.ts";
import { until } from "../support/until.ts";
import { entry, type LogFactory, openWith } from "./log-changes.ts";

type Asked = Partial<Omit<SearchQuery, "terms">>;

/** The places of the messages that a query finds, newest first, as `topic1 topic2`. */
export async function findPlaces(log: MessageLog, query: string, asked: Asked = {}): Promise<string> {
  const { entries } = await log.search({ terms: termsOf(query), limit: 50, isShown: () => true, ...asked });
  return entries.map(({ topic, offset }) => `${topic}${offset}`).join(" ");
}

const textBody = (text: string, more: object = {}): string =>
  encodeBody({ user: { id: "u", name: "Ana", role: "guest" }, text, ...more });

/** Runs this part of the contract against an engine. */
export function testSearchContract(engine: string, createFactory: () => LogFactory): void {
  describe(`${engine} keeps the contract of searches:`, () => {
    let now = 1_700_000_000_000;
    const open = openWith(() => (now += 1000));
    const append = (log: MessageLog, topic: string, text: string, userId = "u") =>
      log.append(entry(topic, crypto.randomUUID(), userId, text));

    test("words, parts of words, phrases and scripts without spaces are found, newest first", async () => {
      const log = await open(createFactory());
      await append(log, "a", "The Dampfschiff sails at Nine, said Zoë");
      await append(log, "b", "nine ships, two boats");
      await append(log, "a", "我在北京吃饭");
      await append(log, "a", "東京タワーへ行きました 🎉");
      await append(log, "b", "ship two nine the c++ way");
      for (const [query, places] of [
        ["nine", "b2 b1 a1"],
        ["NINE two", "b2 b1"],
        ["schiff", "a1"],
        ["zoe", "a1"],
        ['"two boats"', "b1"],
        ['"two nine"', "b2"],
        ["th", "b2 a1"],
        ["ip", ""],
        ["c++", "b2"],
        ["北京", "a2"],
        ["京", "a3 a2"],
        ["タワー", "a3"],
        ["🎉", "a3"],
        ["nine absent", ""],
        ["%", ""],
        ["++", "b2"],
      ] as const)
        expect([query, await findPlaces(log, query)]).toEqual([query, places]);
    });

    test("a search keeps to a topic, an author by id or name, and messages before another one or a time", async () => {
      const log = await open(createFactory());
      for (const [topic = "", user] of ["a x", "b x", "a bob", "b bob", "a x"].map((w) => w.split(" ")))
        await append(log, topic, "hello", user);
      const [third] = await log.read("a", { after: 1, limit: 1 });
      expect(await findPlaces(log, "hello", { topic: "a" })).toBe("a3 a2 a1");
      expect(await findPlaces(log, "hello", { user: "bob" })).toBe("b2 a2");
      expect(await findPlaces(log, "", { user: "x" })).toBe("a3 b1 a1");
      expect(await findPlaces(log, "hello", { user: "ANA" })).toBe("a3 b2 a2 b1 a1");
      const at = third?.at ?? 0;
      expect(await findPlaces(log, "hello", { before: { at } })).toBe("b1 a1");
      expect(await findPlaces(log, "hello", { before: { at, topic: "a", offset: 2 } })).toBe("b1 a1");
      expect(await findPlaces(log, "", { topic: "a", before: { at, topic: "a", offset: 2 } })).toBe("a1");
      expect(await findPlaces(log, "hello", { topic: "absent" })).toBe("");
    });

    test("pages hold each message once, and only what the reader may see", async () => {
      const log = await open(createFactory());
      // All in one batch, most of them in the same millisecond.
      await Promise.all(Array.from({ length: 120 }, (_, i) => append(log, i % 3 ? "a" : "b", `word ${i}`)));
      const found: string[] = [];
      let before: SearchQuery["before"];
      for (let more = true; more;) {
        const page = await log.search({
          terms: ["word"],
          limit: 7,
          before,
          isShown: ({ offset }) => offset % 2 === 0,
        });
        for (const { topic, offset } of page.entries) found.push(`${topic}${offset}`);
        more = page.more;
        const last = page.entries.at(-1);
        if (last) before = { at: last.at, topic: last.topic, offset: last.offset };
      }
      expect(found).toHaveLength(60);
      expect(new Set(found).size).toBe(60);
    });

    test("frequent and rare words are found in order among the messages of years, of a minute and of a moment", async () => {
      const log = await open(createFactory());
      const PER_DAY = 100;
      for (let day = 0; day < 27; day++) {
        now += day < 20 ? 90 * 86_400_000 : 3000;
        await Promise.all(
          Array.from({ length: PER_DAY }, (_, i) =>
            append(log, i % 2 ? "a" : "b", `every day${day} ${i === 7 ? "seldom" : ""}`, `u${i % 3}`),
          ),
        );
      }
      const all = async (query: string, more: Partial<SearchQuery> = {}) => {
        const found: string[] = [];
        let before = more.before;
        for (let goesOn = true; goesOn;) {
          const page = await log.search({
            terms: termsOf(query),
            limit: 50,
            isShown: () => true,
            ...more,
            before,
          });
          for (const { topic, offset } of page.entries) found.push(`${topic}${offset}`);
          const last = page.entries.at(-1);
          if (last) before = { at: last.at, topic: last.topic, offset: last.offset };
          goesOn = page.more && last !== undefined;
        }
        return found;
      };
      const isComplete = async () =>
        (await log.search({ terms: ["every"], limit: 1, isShown: () => true })).isIncomplete === undefined;
      await until("the whole index", isComplete);
      const every = await all("every");
      expect(every).toHaveLength(27 * PER_DAY);
      expect(new Set(every).size).toBe(27 * PER_DAY);
      const days = every.map((place) => Math.floor((Number(place.slice(1)) - 1) / (PER_DAY / 2)));
      expect(days).toEqual([...days].sort((x, y) => y - x));
      expect(await all("seldom")).toEqual(Array.from({ length: 27 }, (_, i) => `a${(26 - i) * 50 + 4}`));
      expect(await all("seldom day0")).toEqual(["a4"]);
      expect(await all("day3", { topic: "b" })).toHaveLength(PER_DAY / 2);
      expect(await all("", { user: "u1" })).toHaveLength(27 * 33);
      const [early] = await log.read("b", { after: 200, limit: 1 });
      expect(await all("every", { before: { at: early?.at ?? 0 } })).toHaveLength(4 * PER_DAY);
      expect(await all("absent")).toEqual([]);
    });

    test("edited, removed, scrubbed, disowned, trimmed and redated messages are found as they are now", async () => {
      const log = await open(createFactory());
      for (const text of ["alpha", "beta", "gamma", "delta", "epsilon"]) await append(log, "a", text);
      expect(await findPlaces(log, "gamma")).toBe("a3");
      const amend = (offset: number, id: string, body: string) =>
        log.append({
          ...entry("a", id),
          body: textBody("", { kind: "edit" }),
          amends: { offset, rewrite: () => body },
        });
      await amend(2, "e", textBody("zeta"));
      await amend(3, "r", textBody("", { removed: "author" }));
      expect(await findPlaces(log, "beta")).toBe("");
      expect(await findPlaces(log, "zeta")).toBe("a2");
      expect(await findPlaces(log, "gamma")).toBe("");
      await log.scrub("a", [4], () => textBody("theta"));
      expect([await findPlaces(log, "delta"), await findPlaces(log, "theta")]).toEqual(["", "a4"]);
      await log.disown("a", "u", "erased", ({ body }) => body);
      expect(await findPlaces(log, "zeta", { user: "u" })).toBe("");
      expect(await findPlaces(log, "zeta", { user: "erased" })).toBe("a2");
      const [early] = await log.read("a", { after: 1, limit: 1 });
      await log.redate("a", (early?.at ?? 0) - 1, 0);
      expect(await findPlaces(log, "eta")).toBe("a4 a2");
      expect(await findPlaces(log, "eta", { before: { at: early?.at ?? 0 } })).toBe("a4 a2");
      await log.trim("a", 2);
      expect(await findPlaces(log, "eta")).toBe("a4");
      await log.trim("a", 100);
      expect(await findPlaces(log, "eta")).toBe("");
      await log.drop(["a"]);
      await append(log, "a", "theta again");
      expect(await findPlaces(log, "theta")).toBe("a1");
    });

    test("a reopened log finds what was stored before and after, and reserved topics stay hidden", async () => {
      const factory = createFactory();
      const before = await open(factory);
      await append(before, "a", "first");
      await append(before, "$control", "first and secret");
      await before.close();
      const log = await open(factory);
      await append(log, "a", "the first again");
      // What a stop left over is indexed in the background.
      await until("both messages", async () => (await findPlaces(log, "first")) === "a2 a1");
      expect(await findPlaces(log, "secret")).toBe("");
    });
  });
}
