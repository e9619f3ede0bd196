/** Time to bring a reader with 100,000 missed messages to the present, and its effect on others. */
import { Client } from "../support/client.ts";
import { startKabar } from "../support/server.ts";
import { ms, percentile, printTable, progress } from "./figures.ts";

const MISSED = 100_000;
const SAMPLES = 300;

/** Publishes one message after the other and returns how long each took to reach its reader. */
async function sampleLatency(
  writer: Client,
  reader: Client,
  samples: number,
  go: () => boolean,
): Promise<number[]> {
  const latencies: number[] = [];
  while (latencies.length < samples && go()) {
    const startedAt = performance.now();
    void writer.publish("other", "sample");
    await reader.messages(1);
    latencies.push(performance.now() - startedAt);
  }
  return latencies;
}

/** Runs the measurement and prints its table. */
export async function measureResume(): Promise<void> {
  const kabar = await startKabar({ env: { KABAR_TOPICS: "missed other" } });
  const writer = await Client.open(kabar.url, { key: kabar.operatorKey });
  const reply = await writer.ask("subscribe", { topic: "missed" });
  const { cursor } = reply as unknown as { cursor: object };
  await writer.ask("unsubscribe", { topic: "missed" });
  for (let sent = 0; sent < MISSED; sent += 1000) {
    await Promise.all(
      Array.from({ length: 1000 }, (_, i) => writer.publish("missed", `message ${sent + i}`)),
    );
    if (sent % 20_000 === 0) progress(`${sent} of ${MISSED} messages stored`);
  }
  const other = await Client.open(kabar.url);
  await other.ask("subscribe", { topic: "other" });
  const quiet = await sampleLatency(writer, other, SAMPLES, () => true);

  const late = await Client.open(kabar.url);
  const startedAt = performance.now();
  let tookMs = 0;
  await late.ask("subscribe", { topic: "missed", cursor });
  const catching = late.messages(MISSED).then((messages) => {
    tookMs = performance.now() - startedAt;
    return messages;
  });
  const busy = await sampleLatency(writer, other, Number.POSITIVE_INFINITY, () => tookMs === 0);
  const got = await catching;
  const whole = got.every((message, i) => message.offset === i + 1);
  printTable(`Resume over ${MISSED.toLocaleString("en")} messages`, [
    ["until the last one was parsed by the client", ms(tookMs)],
    [
      "messages a second, server and client on one machine",
      Math.round((MISSED / tookMs) * 1000).toLocaleString("en"),
    ],
    [
      "handed over",
      `${got.length.toLocaleString("en")}, ${whole ? "every one once, in order" : "NOT in order"}`,
    ],
    [
      "publish to delivery for others, quiet: median / p99",
      `${ms(percentile(quiet, 0.5))} / ${ms(percentile(quiet, 0.99))}`,
    ],
    [
      `the same during the resume (${busy.length} samples)`,
      `${ms(percentile(busy, 0.5))} / ${ms(percentile(busy, 0.99))}`,
    ],
  ]);
  await kabar.stop();
}
