/**
 * Hostile input through the real doors, while somebody else asks for a sign of life. The bounds are generous: a shared test
 * machine may hold a request up, but not for the seconds that these inputs once took.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { PROTOCOL } from "../../src/protocol.ts";
import { Client, Line } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

const LONGEST_MS = 500;

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar({
    env: {
      KABAR_TOPICS: "lobby emoji",
      KABAR_SESSION_COMMAND_RATE: "20",
      KABAR_SESSION_COMMAND_BURST: "100",
      KABAR_SESSION_PUBLISH_RATE: "2",
      KABAR_SESSION_PUBLISH_BURST: "10",
    },
  });
});
afterAll(() => kabar.stop());

/** The longest that a healthy request waits while `attack` goes on. */
async function longestWait(attack: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let isOver = false;
  const attacking = attack().finally(() => {
    isOver = true;
  });
  do {
    const began = performance.now();
    const { ok } = await fetch(`${kabar.url}/healthz`);
    expect(ok).toBe(true);
    longest = Math.max(longest, performance.now() - began);
  } while (!isOver);
  await attacking;
  return longest;
}

const deep = `{"text":${"[".repeat(32_700)}${"]".repeat(32_700)}}`;
const post = (path: string, body: string, type = "text/plain", authorization?: string) =>
  fetch(`${kabar.url}/api/topics/${path}`, {
    method: "POST",
    body,
    headers: { "Content-Type": type, ...(authorization ? { Authorization: authorization } : {}) },
  });
const tenTimes = (run: () => Promise<unknown>) => Promise.all(Array.from({ length: 10 }, run));

test("nested JSON, spaces and emoji in bodies delay no other client", async () => {
  const operator = `Bearer ${kabar.operatorKey}`;
  await post("emoji/moderate/mode", '{"mode":{"emojiOnly":true}}', "application/json", operator);
  const bodies: [string, string, string][] = [
    ["nowhere/messages", deep, "application/json"],
    ["lobby/messages", deep, "application/json"],
    ["lobby/moderate/mode", deep.replace("text", "mode"), "application/json"],
    ["lobby/messages", `a${" ".repeat(65_000)}x`, "text/plain"],
    ["emoji/messages", `${"👍🏽".repeat(1000)}x`, "text/plain"],
  ];
  for (const [path, body, type] of bodies) {
    const waited = await longestWait(() => tenTimes(() => post(path, body, type)));
    expect({ path, type, slow: waited > LONGEST_MS }).toEqual({ path, type, slow: false });
  }
});

test("nested frames before and after hello delay no other client", async () => {
  const waited = await longestWait(async () => {
    const line = await Line.open(kabar.url, "/websocket", [PROTOCOL]);
    for (let i = 0; i < 15; i++)
      line.send(`{"id":1,"type":"hello","guest":${"[".repeat(32_000)}${"]".repeat(32_000)}}`);
    line.send('{"id":"last","type":"hello"}');
    for (;;) if ((await line.next()).includes('"id":"last"')) break;
    line.close();
  });
  expect(waited).toBeLessThan(LONGEST_MS);
});

test("a flooding client is answered for a while, then disconnected, and delays no other client", async () => {
  for (const frame of ['{"type":"ping","id":1}', '{"type":"typing","id":1,"topic":"lobby"}']) {
    const line = await Line.open(kabar.url, "/websocket", [PROTOCOL]);
    line.send('{"id":0,"type":"hello"}');
    const waited = await longestWait(async () => {
      for (let i = 0; i < 20_000; i++) line.send(frame);
      expect(await line.closed).toEqual({ code: 4500, reason: "bad-client" });
    });
    expect(waited).toBeLessThan(LONGEST_MS);
  }
});

test("a flood in plain mode is answered for a while, then disconnected", async () => {
  const line = await Line.open(kabar.url, "/websocket?topic=lobby");
  for (let i = 0; i < 2000; i++) line.send("x");
  expect(await line.closed).toEqual({ code: 4500, reason: "bad-client" });
});

test("a client that is too fast for a moment receives an error and stays connected", async () => {
  const client = await Client.open(kabar.url);
  const answers = await Promise.all(Array.from({ length: 300 }, () => client.ask("ping")));
  expect(answers.filter(({ type }) => type === "error").length).toBeGreaterThan(100);
  expect(answers.find(({ type }) => type === "error")).toMatchObject({ code: "rate-limited", retry: true });
  client.close();
});
