/** Memory that 1,000 stalled readers make the server hold, and their effect on other readers. */
import { Client } from "../support/client.ts";
import { openRaw, type RawPeer } from "../support/raw.ts";
import { startKabar } from "../support/server.ts";
import { mib, printTable, progress, residentMib } from "./figures.ts";

const SLOW = 1000;
const TEXT = "x".repeat(2000);
const BATCH = 100;

/** Runs the measurement and prints its table. */
export async function measureSlowReaders(): Promise<void> {
  const kabar = await startKabar();
  const writer = await Client.open(kabar.url, { key: kabar.operatorKey });
  const reader = await Client.open(kabar.url);
  await reader.ask("subscribe", { topic: "lobby" });
  const sleepers: RawPeer[] = [];
  for (let i = 0; i < SLOW; i++) {
    const peer = await openRaw(kabar.port);
    peer.send('{"type":"hello","id":1}');
    peer.send('{"type":"subscribe","id":2,"topic":"lobby"}');
    sleepers.push(peer);
    if (i % 200 === 0) progress(`${i} of ${SLOW} slow readers are connected`);
  }
  const connected = residentMib(kabar.pid());
  for (const peer of sleepers) peer.pause();
  let cut = 0;
  for (const peer of sleepers) void peer.closed.then(() => (cut += 1));
  let peak = connected;
  let sent = 0;
  const open = async () => {
    const text = await fetch(`${kabar.url}/metrics`).then((response) => response.text());
    return Number(/^kabar_sessions\{mode="json"\} (\d+)/m.exec(text)?.[1] ?? 0);
  };
  for (let left = SLOW; left > 0; left = (await open()) - 2) {
    await Promise.all(Array.from({ length: BATCH }, () => writer.publish("lobby", TEXT)));
    sent += BATCH;
    peak = Math.max(peak, residentMib(kabar.pid()));
    progress(`${sent} messages sent, ${left} slow readers left, ${mib(peak)} at most`);
  }
  const got = await reader.messages(sent);
  const whole = got.every((message, i) => message.offset === i + 1);
  printTable(`${SLOW} slow readers`, [
    ["server memory with all connected", mib(connected)],
    ["at most, until the last was cut off", mib(peak)],
    ["bound of all unread bytes (`max_total_queued_bytes`)", mib(256)],
    ["messages published meanwhile, 2,000 bytes each", String(sent)],
    [
      "handed to the reader who kept up",
      `${got.length}, ${whole ? "every one once, in order" : "NOT in order"}`,
    ],
  ]);
  for (const peer of sleepers) peer.close();
  await kabar.stop();
}
