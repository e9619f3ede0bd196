import { expect, test } from "bun:test";
import { createHealthStreams, type HealthReader } from "../../src/doors/health-stream.ts";
import type { Vital } from "../../src/model.ts";
import { until } from "../support/until.ts";

const pointAt = (at: number): Vital => ({
  at,
  sessions: 0,
  messagesPerS: 0,
  deliveriesPerS: 0,
  errorsPerMin: 0,
  commitMs: 0,
  memoryBytes: 0,
  logBytes: 0,
});

/** Streams over points that the test makes, with a reading every millisecond. */
function openDoor() {
  const points: Vital[] = [];
  let taken = 0;
  let readings = 0;
  const door = createHealthStreams({
    readHealth: async () => JSON.stringify({ reading: ++readings }),
    vitals: { points: () => points, taken: () => taken },
    encodePoints: (_, news) => JSON.stringify(news.map(({ at }) => at)),
    node: "abc",
    isDraining: () => false,
    readEveryMs: 1,
  });
  return {
    door,
    readings: () => readings,
    take(): void {
      points.push(pointAt(++taken));
      if (points.length > 5) points.shift();
    },
    reader(more: Partial<HealthReader> = {}) {
      const gone = new AbortController();
      const request: HealthReader = {
        user: "operator",
        window: "hour",
        lastEventId: null,
        isInForce: () => true,
        gone: gone.signal,
        ...more,
      };
      const body = door.open(request).body as ReadableStream<Uint8Array>;
      const stream = body.getReader();
      return {
        leave: () => gone.abort(),
        /** The next chunk; undefined at the end of the stream. */
        async next(): Promise<string | undefined> {
          const { value } = await stream.read();
          return value && new TextDecoder().decode(value);
        },
      };
    },
  };
}

const numberOf = (chunk: string | undefined): number => Number(/"reading":(\d+)/.exec(chunk ?? "")?.[1]);

test("a reader receives the health again and again, all points first, and then the new ones", async () => {
  const { door, take, reader } = openDoor();
  take();
  take();
  const { next } = reader();
  expect(await next()).toStartWith("retry: ");
  expect(await next()).toMatch(
    /^event: health\ndata: \{"reading":\d+\}\n\nid: abc:2\nevent: series\ndata: \[1,2\]\n\n$/,
  );
  expect(await next()).toMatch(/^event: health\ndata: \{"reading":\d+\}\n\n$/);
  take();
  expect(await next()).toEndWith("id: abc:3\nevent: points\ndata: [3]\n\n");
  door.closeAll();
  expect(await next()).toBeUndefined();
});

test("a reader who returns receives the points that it lacks; one of another process receives all", async () => {
  const { door, take, reader } = openDoor();
  for (let i = 0; i < 7; i++) take();
  const first = async (lastEventId: string) => {
    const { next } = reader({ lastEventId });
    await next();
    return (await next())?.replace(/^.*\n.*\n\n/, "").trim();
  };
  expect(await first("abc:5")).toBe("id: abc:7\nevent: points\ndata: [6,7]");
  expect(await first("abc:7")).toBe("");
  // More are gone than are kept.
  expect(await first("abc:1")).toBe("id: abc:7\nevent: points\ndata: [3,4,5,6,7]");
  expect(await first("abc:99")).toBe("id: abc:7\nevent: points\ndata: []");
  for (const other of ["xyz:5", "abc:-1", "abc:", `${"a".repeat(50)}:1`, "\u0000"])
    expect(await first(other)).toBe("id: abc:7\nevent: series\ndata: [3,4,5,6,7]");
  door.closeAll();
});

test("one reading serves all readers, and nothing is read when the last one has left", async () => {
  const { readings, reader } = openDoor();
  const readers = Array.from({ length: 20 }, () => reader());
  for (const { next } of readers) await next();
  const nextOfAll = () => Promise.all(readers.map(({ next }) => next()));
  // On a busy machine some readers may be a reading ahead of others, but not for long.
  await until("one reading for all", async () => new Set((await nextOfAll()).map(numberOf)).size === 1);
  for (const { leave } of readers) leave();
  const last = readings();
  for (const { next } of readers) expect(await next()).toBeUndefined();
  // Enough turns of the event loop for many timers of a millisecond; a reading may have been under way.
  for (let turn = 0; turn < 1000; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(readings()).toBeLessThanOrEqual(last + 1);
  // The next reader does not receive the reading of then.
  const { next, leave } = reader();
  await next();
  expect(numberOf(await next())).toBeGreaterThan(last);
  leave();
});

test("a slow reader skips readings and misses no point", async () => {
  const { door, take, reader, readings } = openDoor();
  const { next } = reader();
  await next();
  const before = numberOf(await next());
  take();
  await until("many readings", () => readings() > before + 5);
  take();
  const later = await next();
  expect(numberOf(later)).toBeGreaterThan(before + 4);
  expect(later).toEndWith("event: points\ndata: [1,2]\n\n");
  door.closeAll();
});

test("more than twenty readers are refused, until one leaves", () => {
  const { door, reader } = openDoor();
  const readers = Array.from({ length: 20 }, () => reader());
  expect(() => reader()).toThrow("At most 20 readers of the health at a time.");
  readers[3]?.leave();
  reader();
  expect(() => reader()).toThrow();
  door.closeAll();
});

test("a stream ends with its session, or with its user's rights, and no other does", async () => {
  const { door, reader } = openDoor();
  let holds = true;
  const [ending, ofKey, other] = [
    reader({ isInForce: () => holds }),
    reader({ user: "key:1" }),
    reader({ user: "key:2" }),
  ];
  for (const { next } of [ending, ofKey, other]) {
    await next();
    await next();
  }
  holds = false;
  // Readings that were on their way before may still come.
  await until("the end of the stream", async () => (await ending.next()) === undefined);
  door.endUser("key:1");
  await until("the end of the key's stream", async () => (await ofKey.next()) === undefined);
  expect(numberOf(await other.next())).toBeGreaterThan(0);
  door.closeAll();
});
