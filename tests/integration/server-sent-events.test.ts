import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createEventParser } from "../audit/event-source.ts";
import { Inbox } from "../support/client.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOPICS: "live resume gap slow early stale cut fat" } });
});
afterAll(() => kabar.stop());

interface SseEvent {
  id?: string;
  event?: string;
  data?: string;
}

/** Reads a stream event by event; comments are skipped. */
async function openStream(path: string, headers: Record<string, string> = {}) {
  const stopper = new AbortController();
  const response = await fetch(kabar.url + path, { headers, signal: stopper.signal });
  const inbox = new Inbox<SseEvent>();
  const read = async () => {
    let text = "";
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const fields = block.split("\n").map((line) => /^(\w+): (.*)$/.exec(line));
        const event = Object.fromEntries(fields.flatMap((field) => (field ? [[field[1], field[2]]] : [])));
        if (event.data !== undefined) inbox.push(event);
      }
    }
  };
  const ended = read().catch(() => {});
  return {
    response,
    next: () => inbox.next("an event"),
    kept: () => inbox.kept(),
    stop: () => stopper.abort(),
    ended,
  };
}

const publish = (topic: string, text: string) =>
  fetch(`${kabar.url}/api/topics/${topic}/messages`, { method: "POST", body: text });
const textOf = ({ data }: SseEvent) => (JSON.parse(data ?? "{}") as { text: string }).text;

test("a stream starts live and carries the message of history", async () => {
  await publish("live", "before");
  const stream = await openStream("/api/topics/live/events");
  expect(stream.response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  await publish("live", "now");
  const event = await stream.next();
  const history = (await fetch(`${kabar.url}/api/topics/live/messages?limit=1`).then((r) => r.json())) as {
    messages: unknown[];
  };
  expect(JSON.parse(event.data ?? "")).toEqual(history.messages[0]);
  expect(event.id).toMatch(/^2\./);
  stream.stop();
});

test("Last-Event-ID resumes exactly, also over a restart of the server", async () => {
  const first = await openStream("/api/topics/resume/events?after=0");
  await publish("resume", "1");
  const { id } = await first.next();
  first.stop();
  await publish("resume", "2");
  await publish("resume", "3");
  await kabar.restart();
  const second = await openStream("/api/topics/resume/events", { "Last-Event-ID": id ?? "" });
  expect([textOf(await second.next()), textOf(await second.next())]).toEqual(["2", "3"]);
  await publish("resume", "4");
  expect(textOf(await second.next())).toBe("4");
  second.stop();
});

test("a cursor of another log yields a gap, then the stream goes on", async () => {
  await publish("gap", "old");
  const stream = await openStream("/api/topics/gap/events?after=7.another-log.xyz");
  expect(await stream.next()).toMatchObject({ event: "gap", data: '{"from":1,"to":1,"reason":"epoch"}' });
  await publish("gap", "new");
  expect(textOf(await stream.next())).toBe("new");
  stream.stop();
});

test("a value that is neither offset nor cursor is refused", async () => {
  const response = await fetch(`${kabar.url}/api/topics/live/events?after=soon`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { message: 'after: is "soon", must be an offset or a cursor.' },
  });
});

test("a shutdown ends the stream instead of leaving it hanging", async () => {
  const stream = await openStream("/api/topics/live/events");
  await Promise.all([kabar.restart(), stream.ended]);
});

/** The text of a stream until it ends or `isEnough`, as curl would print it. */
async function readRaw(
  path: string,
  isEnough: (text: string) => boolean,
  headers: Record<string, string> = {},
) {
  const stopper = new AbortController();
  const response = await fetch(kabar.url + path, { headers, signal: stopper.signal });
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (isEnough(text)) break;
  }
  stopper.abort();
  return { text, headers: response.headers };
}
const cursorIn = (text: string) =>
  text
    .match(/^id: (\S+)$/gm)
    ?.at(-1)
    ?.slice(4) ?? "";

test("a reader who is cut off before the first message resumes where the stream began", async () => {
  await publish("early", "before");
  for (const cutAfter of ["greeting", "another greeting"]) {
    const { text } = await readRaw("/api/topics/early/events", (all) => all.includes("\n\n"));
    await publish("early", `lost after ${cutAfter}?`);
    const again = await openStream("/api/topics/early/events", { "Last-Event-ID": cursorIn(text) });
    expect(textOf(await again.next())).toBe(`lost after ${cutAfter}?`);
    again.stop();
  }
});

test("a gap carries the cursor after it, so that it is sent once and no later message is lost", async () => {
  await publish("stale", "1");
  const stale = { "Last-Event-ID": "7.another-log.xyz" };
  const { text } = await readRaw("/api/topics/stale/events", (all) => all.includes("event: gap"), stale);
  await publish("stale", "2");
  const again = await openStream("/api/topics/stale/events", { "Last-Event-ID": cursorIn(text) });
  const event = await again.next();
  expect([event.event, textOf(event)]).toEqual([undefined, "2"]);
  again.stop();
});

test("no reader holds the cursor beyond a gap without the gap, wherever the stream breaks", async () => {
  await publish("cut", "1");
  const stale = { "Last-Event-ID": "7.another-log.xyz" };
  const { text } = await readRaw("/api/topics/cut/events", (all) => all.includes("event: gap"), stale);
  const ahead: string[] = [];
  let hasGap = false;
  const parser = createEventParser({
    onEvent: ({ type }) => (hasGap ||= type === "gap"),
    onSilence: (id) => id !== "" && !hasGap && ahead.push(id),
  });
  for (const byte of text) parser.take(byte);
  expect({ ahead, hasGap }).toEqual({ ahead: [], hasGap: true });
});

test("a reader who connects during a shutdown receives a retry, not a refusal", async () => {
  const stopping = await startKabar({ env: { KABAR_TOPICS: "away", KABAR_DRAIN_DELAY_MS: "1000" } });
  const stopped = stopping.stop();
  for (;;) {
    const ready = await fetch(`${stopping.url}/readyz`);
    if (ready.status === 503) break;
  }
  const response = await fetch(`${stopping.url}/api/topics/away/events`);
  expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
    200,
    "text/event-stream; charset=utf-8",
    expect.stringMatching(/^retry: \d+\n\n$/),
  ]);
  await stopped;
});

test("headers forbid proxies to compress, store or buffer a stream", async () => {
  const { headers } = await readRaw("/api/topics/live/events", () => true);
  expect(headers.get("cache-control")).toBe("no-store, no-transform");
  expect(headers.get("x-accel-buffering")).toBe("no");
});

test("at a shutdown each stream sends its own retry delay and ends whole", async () => {
  const curls = Array.from({ length: 10 }, () =>
    Bun.spawn(["curl", "-sN", `${kabar.url}/api/topics/live/events`], { stdout: "pipe" }),
  );
  const texts = curls.map((curl) => new Response(curl.stdout).text());
  const count = async () =>
    /^kabar_sessions\{mode="events"\} (\d+)/m.exec(await (await fetch(`${kabar.url}/metrics`)).text())?.[1];
  while ((await count()) !== "10") await Bun.sleep(5);
  await kabar.restart();
  expect(await Promise.all(curls.map((curl) => curl.exited))).toEqual(curls.map(() => 0));
  const retries = (await Promise.all(texts)).map((text) => text.match(/^retry: \d+$/gm) ?? []);
  expect(retries.map((each) => each.length)).toEqual(curls.map(() => 2));
  expect(new Set(retries.map((each) => each[1])).size).toBeGreaterThan(5);
});

test("a client that reads everything as fast as it can delays no other client", async () => {
  const text = "x".repeat(4000);
  for (let i = 0; i < 3000; i += 50)
    await Promise.all(Array.from({ length: 50 }, () => publish("fat", text)));
  let reading = true;
  const readers = [1, 2, 3, 4].map(async () => {
    while (reading)
      await readRaw("/api/topics/fat/events?after=0", (all) => !reading || all.length > 12_000_000);
  });
  let longest = 0;
  for (let i = 0; i < 100; i++) {
    const began = performance.now();
    await fetch(`${kabar.url}/healthz`);
    longest = Math.max(longest, performance.now() - began);
  }
  reading = false;
  await Promise.all(readers);
  expect(longest).toBeLessThan(500);
});

test("a reader who leaves is no longer counted", async () => {
  const streams = await Promise.all([1, 2, 3].map(() => openStream("/api/topics/live/events")));
  const count = async () => {
    const text = await fetch(`${kabar.url}/metrics`).then((r) => r.text());
    return Number(/^kabar_sessions\{mode="events"\} (\d+)/m.exec(text)?.[1]);
  };
  expect(await count()).toBe(3);
  for (const stream of streams) stream.stop();
  const deadline = Date.now() + 5000;
  while ((await count()) > 0 && Date.now() < deadline) await publish("live", "still there?");
  expect(await count()).toBe(0);
});
