/**
 * The contract of every `MessageLog` engine, as tests. An engine's own test file calls `testLogContract` with a
 * function that opens it; `reopen` opens a log that was closed.
 */
import { describe, expect, test } from "bun:test";
import { KabarError } from "../../src/errors.ts";
import type { Appended, Entry } from "../../src/log/log.ts";
import { createRandom } from "../support/seed.ts";
import { entry, type LogFactory, openWith, testLogChanges } from "./log-changes.ts";
import { testRepeatContract } from "./repeats.ts";
import { testAuthorContract } from "./authors.ts";
import { testSearchContract } from "./search.ts";

const offsets = (entries: readonly Entry[]): number[] => entries.map(({ offset }) => offset);

/** Runs the contract against an engine. `createFactory` gives each test a log of its own. */
export function testLogContract(engine: string, createFactory: () => LogFactory): void {
  testLogChanges(engine, createFactory);
  testRepeatContract(engine, createFactory);
  testSearchContract(engine, createFactory);
  testAuthorContract(engine, createFactory);
  describe(`${engine} keeps the log contract:`, () => {
    let now = 1_700_000_000_000;
    const open = openWith(() => now);

    test("a topic without entries has an epoch and begins at 1", async () => {
      const log = await open(createFactory());
      const state = await log.state("empty");
      expect(state).toEqual({
        epoch: expect.stringMatching(/^[\w-]{8,}$/),
        first: 1,
        top: 0,
        tag: "",
        trimmed: "",
      });
      expect(await log.read("empty", { after: 0, limit: 10 })).toEqual([]);
      expect(await log.read("empty", { before: 10, limit: 10 })).toEqual([]);
    });

    test("a trimmed topic keeps the tag of the last entry trimmed", async () => {
      const log = await open(createFactory());
      for (const id of ["m1", "m2", "m3"]) await log.append(entry("a", id));
      const [, second] = await log.read("a", { after: 0, limit: 3 });
      await log.trim("a", 2);
      expect(await log.state("a")).toMatchObject({ first: 3, top: 3, trimmed: second?.tag });
      await log.append(entry("a", "m4"));
      expect((await log.state("a")).trimmed).toBe(second?.tag ?? "none");
    });

    test("offsets are 1, 2, 3 … per topic, in the order of the appends", async () => {
      const log = await open(createFactory());
      const appended = await Promise.all(
        ["a", "b", "a", "a", "b"].map((topic, i) => log.append(entry(topic, `m${i}`))),
      );
      expect(appended.map(({ entry: e }) => `${e.topic}${e.offset}`)).toEqual(["a1", "b1", "a2", "a3", "b2"]);
      expect((await log.state("a")).top).toBe(3);
    });

    test("entries are read back as they were appended", async () => {
      const log = await open(createFactory());
      const { entry: stored } = await log.append(entry("a", "m", "u", 'quotes " and \u2028 and 👩‍💻'));
      expect(await log.read("a", { after: 0, limit: 1 })).toEqual([stored]);
    });

    test("pages after, before and at both ends list the oldest entry first", async () => {
      const log = await open(createFactory());
      await Promise.all(Array.from({ length: 10 }, (_, i) => log.append(entry("a", `m${i}`))));
      expect(offsets(await log.read("a", { after: 3, limit: 4 }))).toEqual([4, 5, 6, 7]);
      expect(offsets(await log.read("a", { after: 8, limit: 4 }))).toEqual([9, 10]);
      expect(offsets(await log.read("a", { after: 10, limit: 4 }))).toEqual([]);
      expect(offsets(await log.read("a", { before: 8, limit: 3 }))).toEqual([5, 6, 7]);
      expect(offsets(await log.read("a", { before: 3, limit: 5 }))).toEqual([1, 2]);
      expect(offsets(await log.read("a", { before: 1, limit: 5 }))).toEqual([]);
    });

    test("a page ends early at its bytes, but never before its first entry", async () => {
      const log = await open(createFactory());
      await Promise.all(
        Array.from({ length: 10 }, (_, i) => log.append(entry("a", `m${i}`, "u", "x".repeat(1000)))),
      );
      expect(offsets(await log.read("a", { after: 0, limit: 10, maxBytes: 3500 }))).toEqual([1, 2, 3, 4]);
      expect(offsets(await log.read("a", { after: 2, limit: 10, maxBytes: 1 }))).toEqual([3]);
      expect(offsets(await log.read("a", { before: 9, limit: 10, maxBytes: 1500 }))).toEqual([7, 8]);
    });

    test("the same (topic, user, id) is stored once and answered with the first offset", async () => {
      const log = await open(createFactory());
      const first = await log.append(entry("a", "m1"));
      await log.append(entry("a", "m2"));
      const again = await log.append(entry("a", "m1", "u", "another text"));
      expect(again).toEqual({ entry: first.entry, repeated: true });
      expect((await log.append(entry("a", "m1", "somebody else"))).repeated).toBe(false);
      expect((await log.append(entry("b", "m1"))).repeated).toBe(false);
      expect((await log.state("a")).top).toBe(3);
    });

    test("a repeat within one batch is a repeat too", async () => {
      const log = await open(createFactory());
      const both = await Promise.all([log.append(entry("a", "m")), log.append(entry("a", "m"))]);
      expect(both.map(({ repeated, entry: { offset } }) => [offset, repeated])).toEqual([
        [1, false],
        [1, true],
      ]);
    });

    test("the tail receives every new entry once, in order, before its append resolves", async () => {
      const log = await open(createFactory());
      const seen: Entry[] = [];
      const stop = log.tail((entries) => seen.push(...entries));
      const told = await Promise.all(
        ["m1", "m2", "m1", "m3"].map(async (id) => {
          const { entry: stored } = await log.append(entry("a", id));
          return seen.some(({ offset }) => offset === stored.offset);
        }),
      );
      expect(told).toEqual([true, true, true, true]);
      expect(seen.map(({ id }) => id)).toEqual(["m1", "m2", "m3"]);
      stop();
      await log.append(entry("a", "m4"));
      expect(seen).toHaveLength(3);
    });

    test("a reopened log keeps its entries, offsets, epoch and knowledge of repeats", async () => {
      const factory = createFactory();
      const before = await open(factory);
      const { entry: stored } = await before.append(entry("a", "m1"));
      const state = await before.state("a");
      await before.close();
      const log = await open(factory);
      expect(await log.state("a")).toEqual(state);
      expect((await log.append(entry("a", "m1"))).repeated).toBe(true);
      expect((await log.append(entry("a", "m2"))).entry.offset).toBe(2);
      expect((await log.read("a", { after: 0, limit: 1 }))[0]).toEqual(stored);
    });

    test("two logs have two epochs", async () => {
      const one = await (await open(createFactory())).state("a");
      const other = await (await open(createFactory())).state("a");
      expect(one.epoch).not.toBe(other.epoch);
    });

    test("entries have different tags, and the state knows the newest one's", async () => {
      const log = await open(createFactory());
      const [one, two] = await Promise.all([log.append(entry("a", "m1")), log.append(entry("a", "m2"))]);
      expect(one.entry.tag).not.toBe(two.entry.tag);
      expect((await log.state("a")).tag).toBe(two.entry.tag);
    });

    test("time never runs backwards within a topic, whatever the clock does", async () => {
      const log = await open(createFactory());
      const first = await log.append(entry("a", "m1"));
      now -= 3_600_000;
      const second = await log.append(entry("a", "m2"));
      expect(second.entry.at).toBe(first.entry.at);
      now += 3_600_001;
      expect((await log.append(entry("a", "m3"))).entry.at).toBe(first.entry.at + 1);
    });

    test("an entry that amends another changes it in the same commit, and the tail carries the change", async () => {
      const factory = createFactory();
      const log = await open(factory);
      const { entry: first } = await log.append(entry("a", "m1"));
      const seen: Entry[] = [];
      log.tail((entries) => seen.push(...entries));
      const amends = { offset: 1, rewrite: (old: Entry) => old.body.replace("m1", "changed") };
      const second = await log.append({ ...entry("a", "m2"), amends });
      const changed = { ...first, body: first.body.replace("m1", "changed") };
      expect(second.entry.offset).toBe(2);
      expect(seen).toEqual([{ ...second.entry, amended: [changed] }]);
      await log.close();
      const reopened = await open(factory);
      expect((await reopened.read("a", { after: 0, limit: 1 }))[0]).toEqual(changed);
    });

    test("a repeat of an amendment amends nothing again", async () => {
      const log = await open(createFactory());
      await log.append(entry("a", "m1", "u", "0"));
      const amends = {
        offset: 1,
        rewrite: (old: Entry) => old.body.replace(/\d"}/, (n) => `${Number(n[0]) + 1}"}`),
      };
      for (let i = 0; i < 3; i++) await log.append({ ...entry("a", "m2"), amends });
      expect((await log.read("a", { after: 0, limit: 1 }))[0]?.body).toContain('"text":"1"');
    });

    test("a refused amendment is refused alone: the rest of its batch is stored, and its target stays as it was", async () => {
      const log = await open(createFactory());
      const { entry: first } = await log.append(entry("a", "m1"));
      const refuse = () => {
        throw new KabarError("forbidden");
      };
      const results = await Promise.allSettled([
        log.append(entry("a", "m2")),
        log.append({ ...entry("a", "m3"), amends: { offset: 1, rewrite: refuse } }),
        log.append({ ...entry("a", "m4"), amends: { offset: 99, rewrite: () => "{}" } }),
        log.append(entry("a", "m5")),
      ]);
      expect(results.map((r) => (r.status === "fulfilled" ? r.value.entry.offset : r.reason.code))).toEqual([
        2,
        "forbidden",
        "message-unknown",
        3,
      ]);
      expect((await log.read("a", { after: 0, limit: 1 }))[0]).toEqual(first);
    });

    test("a trim removes the oldest entries and never reuses their offsets", async () => {
      const factory = createFactory();
      const log = await open(factory);
      await Promise.all(Array.from({ length: 1300 }, (_, i) => log.append(entry("a", `m${i}`))));
      expect(await log.trim("a", 1200)).toBe(1200);
      expect(await log.state("a")).toMatchObject({ first: 1201, top: 1300 });
      expect(offsets(await log.read("a", { after: 0, limit: 2 }))).toEqual([1201, 1202]);
      expect(await log.trim("a", 5000)).toBe(100);
      expect(await log.state("a")).toMatchObject({ first: 1301, top: 1300 });
      await log.close();
      const reopened = await open(factory);
      expect((await reopened.append(entry("a", "m0"))).entry.offset).toBe(1301);
    });

    test("the newest offset before a moment is found among retained entries", async () => {
      const log = await open(createFactory());
      const start = now;
      for (let i = 0; i < 20; i++) {
        now = start + i * 10;
        await log.append(entry("a", `m${i}`));
      }
      expect(await log.offsetBefore("a", start)).toBe(0);
      expect(await log.offsetBefore("a", start + 1)).toBe(1);
      expect(await log.offsetBefore("a", start + 100)).toBe(10);
      expect(await log.offsetBefore("a", start + 10_000)).toBe(20);
      await log.trim("a", 15);
      expect(await log.offsetBefore("a", start + 100)).toBe(0);
      expect(await log.offsetBefore("a", start + 175)).toBe(18);
    });

    test("closing stores pending appends and refuses later ones", async () => {
      const factory = createFactory();
      const log = await open(factory);
      const pending = log.append(entry("a", "m1"));
      await log.close();
      expect((await pending).entry.offset).toBe(1);
      expect(log.append(entry("a", "m2"))).rejects.toMatchObject({ code: "shutting-down" });
      expect((await (await open(factory)).state("a")).top).toBe(1);
    });

    test("any seeded mix of appends, repeats, trims and reopenings keeps the invariants", async () => {
      for (const seed of [1, 2, 3]) {
        const random = createRandom(seed);
        const factory = createFactory();
        let log = await open(factory);
        const offsetOf = new Map<string, number>();
        let top = 0;
        for (let step = 0; step < 60; step++) {
          const ids = Array.from({ length: random.int(1, 12) }, () => `m${random.int(1, 400)}`);
          const results: Appended[] = await Promise.all(ids.map((id) => log.append(entry("a", id))));
          results.forEach(({ entry: { offset }, repeated }, i) => {
            const id = ids[i] ?? "";
            if (repeated) expect(offset).toBe(offsetOf.get(id) ?? -1);
            else expect(offset).toBe(++top);
            offsetOf.set(id, offset);
          });
          if (random.next() < 0.1) {
            const { first } = await log.state("a");
            await log.trim("a", first + random.int(0, 20));
            const after = await log.state("a");
            for (const [id, offset] of offsetOf) if (offset < after.first) offsetOf.delete(id);
          }
          if (random.next() < 0.1) {
            await log.close();
            log = await open(factory);
          }
        }
        const { first } = await log.state("a");
        const retained = await log.read("a", { after: 0, limit: 10_000 });
        expect(offsets(retained)).toEqual(Array.from({ length: top - first + 1 }, (_, i) => first + i));
      }
    });
  });
}
