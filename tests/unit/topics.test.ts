import { afterEach, describe, expect, test } from "bun:test";
import { KabarError } from "../../src/errors.ts";
import type { MessageLog } from "../../src/log/log.ts";
import { nativeTopic } from "../../src/topics/active-topic.ts";
import type { Reader } from "../../src/topics/catch-up.ts";
import { intoEvents } from "../../src/topics/frames.ts";
import type { RingMessage } from "../../src/topics/ring.ts";
import { createTopics } from "../../src/topics/topics.ts";
import { createTraces } from "../../src/topics/trace.ts";
import { createFolder } from "../support/folder.ts";
import { entryOf, openTestLog } from "../support/log.ts";
import { createRandom } from "../support/seed.ts";

const root = createFolder();
let closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers) await close();
  closers = [];
});

/** Topics over a real log; live readers receive the frames that Bun's native publish would send. */
function setUp(ringEntries = 8) {
  let now = 0;
  const { log: sqlite, metrics } = openTestLog(root);
  let tellBreak: (topics: readonly string[]) => void = () => {};
  let refusals = 0;
  const log: MessageLog = {
    ...sqlite,
    read: (topic, page) =>
      refusals-- > 0 ? Promise.reject(new KabarError("log-unavailable")) : sqlite.read(topic, page),
    onBreak(listener) {
      tellBreak = listener;
      return () => {};
    },
  };
  const frames: [string, string][] = [];
  const live = new Set<(name: string, frame: string) => void>();
  const topics = createTopics({
    log,
    metrics,
    traces: createTraces(),
    ringEntries,
    publish: (name, frame) => {
      frames.push([name, frame]);
      for (const take of live) take(name, frame);
    },
    now: () => now,
  });
  closers.push(() => log.close());
  return {
    log,
    topics,
    frames,
    live,
    breakOff: (...names: string[]) => tellBreak(names),
    passTime: (ms: number) => (now += ms),
    refuseReads(count: number): void {
      refusals = count;
    },
    append: (topic: string, count: number, from = 1) =>
      Promise.all(Array.from({ length: count }, (_, i) => log.append(entryOf(topic, `m${from + i}`)))),
  };
}

/** A reader that records the events it receives, in replay and live. */
function createReader(kabar: ReturnType<typeof setUp>, topic: string, position: number) {
  const offsets: number[] = [];
  const gaps: [number, number][] = [];
  const reader: Reader & { offsets: number[]; gaps: [number, number][]; isLive: boolean } = {
    position,
    offsets,
    gaps,
    isLive: false,
    ready: () => true,
    send: (messages: readonly RingMessage[]) => void offsets.push(...messages.map(({ offset }) => offset)),
    gap: (from, to) => void gaps.push([from, to]),
    goLive() {
      this.isLive = true;
      kabar.live.add((name, frame) => {
        if (name !== nativeTopic(topic, "json")) return;
        const event = JSON.parse(frame) as { messages: { offset: number }[] };
        offsets.push(...event.messages.map(({ offset }) => offset));
      });
    },
  };
  return reader;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("when the log's tail broke off", () => {
  test("the topic receives nothing more; who opens it again meets a topic that was read anew", async () => {
    const kabar = setUp();
    await kabar.append("a", 3);
    const before = await kabar.topics.open("a");
    kabar.breakOff("a");
    expect(before.isBroken).toBe(true);
    const after = await kabar.topics.open("a");
    expect(after).not.toBe(before);
    await kabar.append("a", 1, 4);
    expect([before.ring.newest, after.ring.newest, after.ring.length]).toEqual([3, 4, 1]);
    kabar.topics.release(before);
    kabar.topics.release(after);
    expect(kabar.topics.size()).toBe(1);
  });

  test("other topics keep their readers, who read from the log what the ring had", async () => {
    const kabar = setUp();
    const other = await kabar.topics.open("b");
    await kabar.append("b", 3);
    kabar.breakOff("a");
    expect([other.isBroken, other.ring.base, other.ring.length]).toEqual([false, 3, 0]);
    const reader = createReader(kabar, "b", 0);
    await kabar.topics.catchUp(other, reader);
    expect(reader.offsets).toEqual([1, 2, 3]);
  });
});

describe("a reader", () => {
  test("who joins mid-stream misses nothing and sees nothing twice", async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const random = createRandom(seed);
      const kabar = setUp(random.int(1, 40));
      const topic = await kabar.topics.open("a");
      topic.live.json = 1;
      await kabar.append("a", 500);
      const readers = [];
      let appended = 500;
      for (let i = 0; i < 12; i++) {
        const count = random.int(1, 60);
        const appending = kabar.append("a", count, appended + 1);
        appended += count;
        const reader = createReader(kabar, "a", random.int(0, 500));
        readers.push({ reader, from: reader.position + 1 });
        const catching = kabar.topics.catchUp(topic, reader);
        if (random.next() < 0.5) await appending;
        if (random.next() < 0.5) await catching;
        await Promise.all([appending, catching]);
      }
      for (const { reader, from } of readers) {
        expect(reader.isLive).toBe(true);
        expect(reader.gaps).toEqual([]);
        expect(reader.offsets).toEqual(range(from, appended));
      }
    }
  });

  test("who is overtaken by retention receives the exact range", async () => {
    const kabar = setUp();
    await kabar.append("a", 50);
    await kabar.log.trim("a", 20);
    const topic = await kabar.topics.open("a");
    const reader = createReader(kabar, "a", 4);
    await kabar.topics.catchUp(topic, reader);
    expect(reader.gaps).toEqual([[5, 20]]);
    expect(reader.offsets).toEqual(range(21, 50));
  });

  test("of a topic that was trimmed to nothing receives a gap and goes live", async () => {
    const kabar = setUp();
    await kabar.append("a", 10);
    await kabar.log.trim("a", 10);
    const topic = await kabar.topics.open("a");
    const reader = createReader(kabar, "a", 4);
    await kabar.topics.catchUp(topic, reader);
    expect(reader.gaps).toEqual([[5, 10]]);
    expect(reader.isLive).toBe(true);
  });

  test("waits while the log is away, and misses nothing", async () => {
    const kabar = setUp();
    await kabar.append("a", 50);
    const topic = await kabar.topics.open("a");
    const reader = createReader(kabar, "a", 0);
    kabar.refuseReads(2);
    await kabar.topics.catchUp(topic, reader);
    expect(reader.offsets).toEqual(range(1, 50));
    expect(reader.isLive).toBe(true);
    const gone = createReader(kabar, "a", 0);
    let answers = 1;
    gone.ready = () => answers-- > 0;
    kabar.refuseReads(Number.POSITIVE_INFINITY);
    await kabar.topics.catchUp(topic, gone);
    expect(gone.offsets).toEqual([]);
  });

  test("who leaves while the log is read receives no gap", async () => {
    const kabar = setUp();
    await kabar.append("a", 30);
    await kabar.log.trim("a", 20);
    const topic = await kabar.topics.open("a");
    const reader = createReader(kabar, "a", 4);
    let asked = 0;
    reader.ready = () => ++asked === 1;
    await kabar.topics.catchUp(topic, reader);
    expect(reader.gaps).toEqual([]);
  });

  test("who leaves while catching up receives nothing more", async () => {
    const kabar = setUp();
    await kabar.append("a", 1000);
    const topic = await kabar.topics.open("a");
    const reader = createReader(kabar, "a", 0);
    let answers = 3;
    reader.ready = async () => answers-- > 0;
    await kabar.topics.catchUp(topic, reader);
    expect(reader.isLive).toBe(false);
    expect(reader.offsets.length).toBeLessThan(1000);
  });

  test("never receives more in one event than an event may hold", async () => {
    const kabar = setUp(100);
    const topic = await kabar.topics.open("a");
    await Promise.all(range(1, 60).map((i) => kabar.log.append(entryOf("a", `m${i}`, "x".repeat(8000)))));
    const reader = createReader(kabar, "a", 0);
    const events: number[] = [];
    reader.send = (messages) => {
      events.push(messages.reduce((sum, { bytes }) => sum + bytes, 0));
      reader.offsets.push(...messages.map(({ offset }) => offset));
    };
    await kabar.topics.catchUp(topic, reader);
    expect(reader.offsets).toEqual(range(1, 60));
    expect(Math.max(...events)).toBeLessThanOrEqual(65_536);
    expect(events.length).toBeLessThan(12);
  });
});

describe("fan-out", () => {
  test("sends one frame per mode for a batch of the log, and none without subscribers", async () => {
    const kabar = setUp();
    const both = await kabar.topics.open("both");
    Object.assign(both.live, { json: 2, plain: 1 });
    await kabar.topics.open("nobody");
    await Promise.all([kabar.append("both", 3), kabar.append("nobody", 3), kabar.append("inactive", 3)]);
    expect(kabar.frames.map(([name]) => name)).toEqual([
      "json both",
      "plain both",
      "plain both",
      "plain both",
    ]);
    expect(JSON.parse(kabar.frames[0]?.[1] ?? "")).toMatchObject({
      type: "messages",
      topic: "both",
      messages: [{}, {}, {}],
    });
    expect(kabar.frames[1]?.[1]).toBe("Ana: m1");
  });

  test("the ring reaches back to its stated offset and no further", async () => {
    const kabar = setUp(4);
    const topic = await kabar.topics.open("a");
    for (let i = 1; i <= 30; i++) await kabar.append("a", 1, i);
    expect(topic.ring.length).toBeGreaterThanOrEqual(4);
    expect(topic.ring.length).toBeLessThan(8);
    expect(topic.ring.after(30)).toEqual([]);
    expect(topic.ring.after(28)?.map(({ offset }) => offset)).toEqual([29, 30]);
    expect(topic.ring.after(topic.ring.base)).toHaveLength(topic.ring.length);
    expect(topic.ring.after(topic.ring.base - 1)).toBeUndefined();
    expect(topic.ring.after(31)).toBeUndefined();
  });

  test("the ring serves an amended message in its new form", async () => {
    const kabar = setUp();
    const topic = await kabar.topics.open("a");
    await kabar.append("a", 3);
    const amends = { offset: 2, rewrite: ({ body }: { body: string }) => body.replace("m2", "changed") };
    await kabar.log.append({ ...entryOf("a", "m4"), amends });
    expect(topic.ring.after(1)?.map(({ json }) => JSON.parse(json).text)).toEqual(["changed", "m3", "m4"]);
  });

  test("an idle topic is forgotten, a busy one is not, and a reader still finds all entries", async () => {
    const kabar = setUp();
    const idle = await kabar.topics.open("idle");
    await kabar.topics.open("busy");
    await kabar.append("idle", 3);
    kabar.topics.release(idle);
    kabar.topics.sweep();
    expect(kabar.topics.size()).toBe(2);
    kabar.passTime(60_000);
    kabar.topics.sweep();
    expect(kabar.topics.size()).toBe(1);
    const again = await kabar.topics.open("idle");
    expect((await kabar.topics.readAfter(again, 1)).map(({ offset }) => offset)).toEqual([2, 3]);
  });
});

test("messages are split into events in order, none omitted, a giant one alone", () => {
  const message = (offset: number, bytes: number): RingMessage => ({ offset, tag: "t", json: "{}", bytes });
  const sizes = [10, 40_000, 40_000, 100_000, 10, 10];
  const events = [...intoEvents(sizes.map((bytes, i) => message(i + 1, bytes)))];
  expect(events.map((run) => run.map(({ offset }) => offset))).toEqual([[1, 2], [3], [4], [5, 6]]);
  expect([...intoEvents([])]).toEqual([]);
});
