/**
 * The log contract for changes of stored entries and for topics: erasing, dating, dropping, counting. Part of the log
 * contract, which runs it.
 */
import { afterEach, describe, expect, test } from "bun:test";
import { KabarError } from "../../src/errors.ts";
import type { Entry, MessageLog, NewEntry } from "../../src/log/log.ts";

export interface LogFactory {
  /** Opens a log, the same one again after it was closed. `now` is its clock. */
  open(now: () => number): MessageLog | Promise<MessageLog>;
}

export const entry = (topic: string, id: string, userId = "u", text = id): NewEntry => ({
  topic,
  userId,
  id,
  body: JSON.stringify({ user: { id: userId, name: "Ana", role: "guest" }, text }),
});

/** Prepares a group of tests that open logs with a clock: each log is closed after its test. */
export function openWith(now: () => number): (factory: LogFactory) => Promise<MessageLog> {
  let opened: MessageLog[] = [];
  afterEach(async () => {
    for (const log of opened) await log.close();
    opened = [];
  });
  return async (factory) => {
    const log = await factory.open(now);
    opened.push(log);
    return log;
  };
}

/** Runs this part of the contract against an engine. `createFactory` gives each test a log of its own. */
export function testLogChanges(engine: string, createFactory: () => LogFactory): void {
  describe(`${engine} keeps the contract of changes and topics:`, () => {
    let now = 1_700_000_000_000;
    const open = openWith(() => now);

    test("topics are listed by name, page by page, once they have entries", async () => {
      const log = await open(createFactory());
      await log.state("never");
      for (const topic of ["c", "b", "a"]) await log.append(entry(topic, "m"));
      expect(await log.topics({ after: "", limit: 2 })).toEqual(["a", "b"]);
      expect(await log.topics({ after: "b", limit: 2 })).toEqual(["c"]);
      for (const id of ["m2", "m3"]) await log.append(entry("b", id));
      await log.trim("b", 1);
      await log.trim("c", 1);
      const spans = await log.topicSpans({ after: "a", limit: 2 });
      const states = await Promise.all(["b", "c"].map((topic) => log.state(topic)));
      expect(spans).toEqual(
        states.map(({ epoch, first, top }, i) => ({
          name: "bc".charAt(i),
          epoch,
          first,
          top,
          at: expect.any(Number),
        })),
      );
      expect(spans.map(({ first, top }) => [first, top])).toEqual([
        [2, 3],
        [2, 1],
      ]);
      const [newest] = await log.read("b", { after: 2, limit: 1 });
      expect(spans[0]?.at).toBe(Number(newest?.at));
      expect(await log.topicSpans({ after: "c", limit: 2 })).toEqual([]);
    });

    test("the sizes of topics are exact for few entries, near for many, and 0 without any", async () => {
      const log = await open(createFactory());
      const textOf = (i: number) => "é".repeat(100 + (i % 7) * 50);
      const bytesOf = ({ body }: { body: string }) => Buffer.byteLength(body);
      const few = Array.from({ length: 9 }, (_, i) => entry("few", `m${i}`, "u", textOf(i)));
      const many = Array.from({ length: 300 }, (_, i) => entry("many", `m${i}`, "u", textOf(i)));
      await Promise.all([...few, ...many].map((each) => log.append(each)));
      await log.trim("few", 2);
      await log.append(entry("gone", "m"));
      await log.trim("gone", 1);
      const sum = (entries: readonly NewEntry[]) => entries.reduce((bytes, each) => bytes + bytesOf(each), 0);
      const [near = 0, ...exact] = await log.sizes(["many", "gone", "never", "few"]);
      expect(exact).toEqual([0, 0, sum(few.slice(2))]);
      expect(near / sum(many)).toBeGreaterThan(0.8);
      expect(near / sum(many)).toBeLessThan(1.2);
      expect(await log.sizes([])).toEqual([]);
      expect(await log.storedBytes()).toBeGreaterThan(sum(many));
    });

    test("topics are counted, and found by name, also after a reopening", async () => {
      const factory = createFactory();
      const log = await open(factory);
      expect([log.countTopics(), log.hasTopic("a")]).toEqual([0, false]);
      await Promise.all([
        log.append(entry("a", "m1")),
        log.append(entry("a", "m2")),
        log.append(entry("b", "m")),
      ]);
      await log.append(entry("a", "m3"));
      expect([log.countTopics(), log.hasTopic("a"), log.hasTopic("c")]).toEqual([2, true, false]);
      await log.close();
      const reopened = await open(factory);
      expect([reopened.countTopics(), reopened.hasTopic("b"), reopened.hasTopic("c")]).toEqual([
        2,
        true,
        false,
      ]);
    });

    test("a scrub rewrites the chosen bodies, notifies no one, and keeps everything else", async () => {
      const factory = createFactory();
      const log = await open(factory);
      const stored: Entry[] = [];
      for (const id of ["m1", "m2", "m3"]) stored.push((await log.append(entry("a", id))).entry);
      const told: Entry[] = [];
      log.tail((entries) => told.push(...entries));
      const blank = ({ offset }: Entry) => (offset === 2 ? undefined : `{"n":${offset}}`);
      expect(await log.scrub("a", [1, 2, 3, 99], blank)).toBe(2);
      expect(told).toEqual([]);
      await log.close();
      expect(await (await open(factory)).read("a", { after: 0, limit: 9 })).toEqual(
        stored.map((one) => ({ ...one, body: blank(one) ?? one.body })),
      );
    });

    test("an amendment alone changes its entry in the order of the appends, and adds none", async () => {
      const factory = createFactory();
      const log = await open(factory);
      await log.append(entry("a", "m"));
      const handed: Entry[] = [];
      log.tail((entries) => handed.push(...entries));
      const grow = (more: string) =>
        log.append({
          ...entry("a", "none"),
          isAmendmentOnly: true,
          amends: { offset: 1, keeps: true, rewrite: ({ body }) => `${body.slice(0, -1)},"${more}":1}` },
        });
      const [first, second, other] = await Promise.all([grow("x"), grow("y"), log.append(entry("a", "n"))]);
      expect([first?.entry.offset, second?.entry.offset, other?.entry.offset]).toEqual([1, 1, 2]);
      expect(second?.entry.body).toEndWith('"x":1,"y":1}');
      const refusal = new KabarError("not-growing");
      const refuse = () => {
        throw refusal;
      };
      const refused = {
        ...entry("a", "none"),
        isAmendmentOnly: true,
        amends: { offset: 1, rewrite: refuse },
      };
      await expect(log.append(refused)).rejects.toBe(refusal);
      expect(handed.map(({ id }) => id)).toEqual(["n"]);
      await log.close();
      const reopened = await open(factory);
      const [stored] = await reopened.read("a", { after: 0, limit: 9 });
      expect(stored?.body).toBe(second?.entry.body ?? "");
      expect((await reopened.state("a")).top).toBe(2);
    });

    test("entries are found by the contents of their bodies, beyond one slice", async () => {
      const log = await open(createFactory());
      await Promise.all(
        Array.from({ length: 2300 }, (_, i) =>
          log.append(entry("a", `m${i}`, "u", i % 1000 === 7 ? "needle" : "hay")),
        ),
      );
      expect(await log.offsetsWith("a", "needle")).toEqual([8, 1008, 2008]);
      expect(await log.offsetsWith("never", "needle")).toEqual([]);
    });

    test("all of a user's entries are found, in their order, beyond one slice", async () => {
      const log = await open(createFactory());
      await Promise.all(
        Array.from({ length: 2300 }, (_, i) => log.append(entry("a", `m${i}`, i % 2 ? "u" : "other"))),
      );
      const found = await log.offsetsOf("a", "u");
      expect([found.length, found[0], found[1], found.at(-1)]).toEqual([1150, 2, 4, 2300]);
    });

    test("a user's entries are read by their ids, page by page", async () => {
      const log = await open(createFactory());
      for (const id of ["c", "a", "b", "d"]) await log.append(entry("t", id));
      await log.append(entry("t", "e", "other"));
      const pageAfter = async (afterId: string) =>
        (await log.entriesOf("t", "u", { afterId, limit: 2 })).map(({ id, offset }) => `${id}${offset}`);
      expect(await pageAfter("")).toEqual(["a2", "b3"]);
      expect(await pageAfter("b")).toEqual(["c1", "d4"]);
      expect(await pageAfter("d")).toEqual([]);
      expect(await log.entriesOf("never", "u", { afterId: "", limit: 2 })).toEqual([]);
    });

    test("a thousand entries dated by a clock that ran ahead are dated again, and later ones follow the clock", async () => {
      const factory = createFactory();
      const log = await open(factory);
      const start = now;
      await log.append(entry("a", "before"));
      now = start + 10_000_000_000;
      await Promise.all(Array.from({ length: 1000 }, (_, i) => log.append(entry("a", `m${i}`))));
      now = start + 1000;
      expect(await log.redate("a", now, 86_400_000)).toBe(1000);
      now = start + 2000;
      expect((await log.append(entry("a", "after"))).entry.at).toBe(now);
      await log.close();
      const times = (await (await open(factory)).read("a", { after: 0, limit: 2000 })).map(
        ({ at }) => at - start,
      );
      expect([times.length, times[0], times[1], times.at(-2), times.at(-1)]).toEqual([
        1002, 0, 1000, 1000, 2000,
      ]);
    });

    test("no entry is dated again without an earlier entry, without a leap of the clock, or without entries ahead of it", async () => {
      const log = await open(createFactory());
      const start = now;
      await log.append(entry("only-ahead", "m"));
      for (const id of ["m1", "m2"]) {
        await log.append(entry("small-steps", id));
        now += 3_600_000;
      }
      now = start + 1000;
      expect(await log.redate("small-steps", now, 86_400_000)).toBe(0);
      expect(await log.redate("only-ahead", start - 1, 86_400_000)).toBe(0);
      expect(await log.redate("only-ahead", now, 0)).toBe(0);
      expect(await log.redate("only-ahead", start - 1, 0)).toBe(1);
      now = start;
    });

    test("an empty topic that is dropped starts anew with its next entry, and others stay", async () => {
      const factory = createFactory();
      const log = await open(factory);
      const unwritten = await log.state("a");
      for (const topic of ["a", "b"]) await log.append(entry(topic, "m1"));
      const [before, other] = [await log.state("a"), await log.state("b")];
      await log.trim("a", 1);
      expect(await log.drop(["a", "b", "never"])).toBe(1);
      expect([log.countTopics(), log.hasTopic("a"), log.hasTopic("b")]).toEqual([1, false, true]);
      const dropped = await log.state("a");
      await log.close();
      const reopened = await open(factory);
      expect(await reopened.state("a")).toEqual(dropped);
      const { entry: again } = await reopened.append(entry("a", "m1"));
      const after = await reopened.state("a");
      expect([again.offset, after.top, after.first]).toEqual([1, 1, 1]);
      expect(after.epoch).toBe(dropped.epoch);
      expect(after.epoch).not.toBe(before.epoch);
      expect(await reopened.state("b")).toEqual(other);
      expect([unwritten.epoch, after.epoch, "other"].map((epoch) => reopened.wasEpoch(epoch))).toEqual([
        true,
        false,
        false,
      ]);
    });

    test("an epoch of topics without entries is known after a drop, also before a reopening", async () => {
      const log = await open(createFactory());
      const { epoch } = await log.state("a");
      expect(log.wasEpoch(epoch)).toBe(false);
      await log.append(entry("a", "m1"));
      await log.trim("a", 1);
      await log.drop(["a"]);
      expect(log.wasEpoch(epoch)).toBe(true);
    });

    test("the log knows when its newest entry was stored", async () => {
      const log = await open(createFactory());
      expect(log.newestAt()).toBe(0);
      await log.append(entry("a", "m1"));
      now += 5;
      await log.append(entry("b", "m1"));
      expect(log.newestAt()).toBe(now);
    });

    test("a disowned entry keeps its offset and time, and nothing of its user", async () => {
      const log = await open(createFactory());
      await Promise.all([
        log.append(entry("a", "m1")),
        log.append(entry("a", "m1", "other")),
        log.append(entry("a", "m2")),
      ]);
      expect(await log.disown("a", "u", "nobody", () => '{"text":""}')).toBe(2);
      const [first, second, third] = await log.read("a", { after: 0, limit: 9 });
      expect([first, third]).toMatchObject([
        { offset: 1, userId: "nobody", body: '{"text":""}' },
        { offset: 3, userId: "nobody", body: '{"text":""}' },
      ]);
      expect(second).toMatchObject({ offset: 2, userId: "other", id: "m1" });
      expect(await log.offsetsOf("a", "u")).toEqual([]);
    });

    test("a thousand entries are disowned a slice at a time: an append waits for one slice only", async () => {
      const log = await open(createFactory());
      await Promise.all(Array.from({ length: 1000 }, (_, i) => log.append(entry("a", `m${i}`))));
      let isDone = false;
      const disowning = log
        .disown("a", "u", "nobody", () => '{"text":""}')
        .then((count) => {
          isDone = true;
          return count;
        });
      const { entry: between } = await log.append(entry("a", "between", "other"));
      expect([between.offset, isDone]).toEqual([1001, false]);
      expect(await disowning).toBe(1000);
      expect(await log.offsetsOf("a", "u")).toEqual([]);
    });
  });
}
