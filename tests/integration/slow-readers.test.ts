import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { openRaw, openSleeper, type RawPeer } from "../support/raw.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar | undefined;
let peers: RawPeer[] = [];
afterEach(async () => {
  for (const peer of peers) peer.close();
  peers = [];
  await kabar?.stop();
});

const metric = async (url: string, line: RegExp): Promise<number> =>
  Number(line.exec(await fetch(`${url}/metrics`).then((response) => response.text()))?.[1] ?? 0);
const sessions = (url: string) => metric(url, /^kabar_sessions\{mode="json"\} (\d+)/m);

/** Reads nothing after it has subscribed to the lobby. */
async function addSleeper(port: number): Promise<RawPeer> {
  const peer = await openSleeper(port, "lobby");
  peers.push(peer);
  return peer;
}

const TEXT = "x".repeat(8000);

/** Publishes until `done` or a bound far above any socket's buffers. */
async function publishUntil(writer: Client, done: () => Promise<boolean>): Promise<number> {
  for (let sent = 0; sent < 20_000; sent += 100) {
    await Promise.all(Array.from({ length: 100 }, () => writer.publish("lobby", TEXT)));
    if (await done()) return sent + 100;
  }
  throw new Error("the slow readers were never cut off");
}

test("a slow reader is disconnected at the bound, others receive everything, and its cursor replays the rest", async () => {
  const server = await startKabar();
  kabar = server;
  const reader = await Client.open(server.url);
  const reply = await reader.ask("subscribe", { topic: "lobby" });
  const { cursor } = reply as unknown as { cursor: object };
  for (let i = 0; i < 5; i++) await addSleeper(server.port);
  const writer = await Client.open(server.url);
  const sent = await publishUntil(writer, async () => (await sessions(server.url)) === 2);
  expect((await reader.messages(sent)).at(-1)?.offset).toBe(sent);
  const late = await Client.open(server.url);
  expect(await late.ask("subscribe", { topic: "lobby", cursor })).toMatchObject({
    recovered: true,
    top: sent,
  });
  const offsets = (await late.messages(sent)).map(({ offset }) => offset);
  expect(offsets).toEqual(Array.from({ length: sent }, (_, i) => i + 1));
}, 60_000);

test("when slow readers together hold too much, the slowest are disconnected first", async () => {
  const server = await startKabar({
    env: { KABAR_MAX_TOTAL_QUEUED_BYTES: "1048576", KABAR_MAX_QUEUED_BYTES: "100000000" },
  });
  kabar = server;
  const reader = await Client.open(server.url);
  await reader.ask("subscribe", { topic: "lobby" });
  for (let i = 0; i < 3; i++) await addSleeper(server.port);
  const writer = await Client.open(server.url);
  const cut = () => metric(server.url, /^kabar_closes_total\{reason="slow-reader"\} (\d+)/m);
  const sent = await publishUntil(writer, async () => (await cut()) > 0);
  expect((await reader.messages(sent)).at(-1)?.offset).toBe(sent);
}, 60_000);

test("a reader who stalls while catching up holds one page and continues where it stopped", async () => {
  const server = await startKabar();
  kabar = server;
  const writer = await Client.open(server.url);
  const total = 3000;
  for (let i = 0; i < total; i += 100) {
    await Promise.all(Array.from({ length: 100 }, () => writer.publish("lobby", TEXT)));
  }
  const before = await metric(server.url, /^process_resident_memory_bytes (\d+)/m);
  const sleepers = await Promise.all(Array.from({ length: 20 }, () => openRaw(server.port)));
  peers.push(...sleepers);
  for (const peer of sleepers) {
    peer.pause();
    peer.send(JSON.stringify({ type: "hello", id: 1 }));
    peer.send(JSON.stringify({ type: "history", id: 2, topic: "lobby", limit: 1 }));
    peer.send(
      JSON.stringify({
        type: "subscribe",
        id: 3,
        topic: "lobby",
        cursor: { epoch: "x", offset: 0, tag: "" },
        last: 200,
      }),
    );
  }
  // Others are served meanwhile.
  expect(await writer.publish("lobby", "still here")).toMatchObject({ type: "ok", offset: total + 1 });
  const after = await metric(server.url, /^process_resident_memory_bytes (\d+)/m);
  expect(after - before).toBeLessThan(20 * 8_000_000);
  const [first] = sleepers;
  const seen = new Promise<void>((resolve) => {
    let text = "";
    first?.socket.on("data", (bytes: Buffer) => {
      text = (text + bytes.toString("latin1")).slice(-4000);
      if (text.includes("still here")) resolve();
    });
  });
  first?.resume();
  await seen;
}, 60_000);
