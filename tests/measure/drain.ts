/** Reconnects of 5,000 clients after a deploy, each at a moment of its own. */
import { openRaw, type RawPeer } from "../support/raw.ts";
import { startKabar } from "../support/server.ts";
import { percentile, printTable, progress } from "./figures.ts";

const CLIENTS = 5000;

/** Runs the measurement and prints its table. */
export async function measureDrain(): Promise<void> {
  const kabar = await startKabar({ env: { KABAR_DRAIN_WINDOW_MS: "5000" } });
  const peers: RawPeer[] = [];
  const delays: number[] = [];
  for (let i = 0; i < CLIENTS; i++) {
    const peer = await openRaw(kabar.port);
    peer.send('{"type":"hello","id":1}');
    peer.socket.on("data", (bytes: Buffer) => {
      const delay = /"retryAfterMs":(\d+)/.exec(bytes.toString("latin1"))?.[1];
      if (delay !== undefined) delays.push(Number(delay));
    });
    peers.push(peer);
    if (i % 1000 === 0) progress(`${i} of ${CLIENTS} clients are connected`);
  }
  const code = await kabar.stop();
  await Promise.all(peers.map((peer) => peer.closed));
  const perSecond = new Map<number, number>();
  for (const delay of delays)
    perSecond.set(Math.floor(delay / 1000), (perSecond.get(Math.floor(delay / 1000)) ?? 0) + 1);
  printTable(`A shutdown under ${CLIENTS.toLocaleString("en")} clients, \`drain_window_ms = 5000\``, [
    ["told when to come back", `${delays.length} of ${CLIENTS}`],
    ["earliest / median / latest", [0, 0.5, 1].map((share) => `${percentile(delays, share)} ms`).join(" / ")],
    ["most in any one second", `${Math.max(...perSecond.values())}`],
    ["exit code", String(code)],
  ]);
}
