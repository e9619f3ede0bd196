/**
 * The benchmark counts and checks what it says it does: one short scenario against bare Bun and Kabar. The ratio is
 * printed for whoever reads the log; a machine that runs tests beside it is no place to judge it.
 */
import { describe, expect, test } from "bun:test";
import { createReceived, markedText, readMarkers } from "../bench/marker.ts";
import { measurePeer } from "../bench/measure.ts";
import { measureNodes } from "../bench/nodes.ts";
import { drawNodesPlot, judgeNodes, nodesReport } from "../bench/nodes-report.ts";
import { outputOf } from "../bench/peer.ts";
import { bareBun } from "../bench/peers/bare-bun.ts";
import { kabar } from "../bench/peers/kabar.ts";
import { SCENARIOS } from "../bench/scenarios.ts";
import { measureHistory } from "../bench/special.ts";
import { testWith } from "../support/parts.ts";
import { postgresBin } from "../support/postgres.ts";

const canPin = outputOf(["taskset", "-c", "0,1", "true"]) !== undefined;

describe("markers", () => {
  const texts = [0, 1, 2, 3].map((sequence) => `{"text":"${markedText(0, sequence, 1234, 60)}"}`);
  const read = (bytes: string, cut: number) => {
    const received = createReceived(1);
    readMarkers(received, Buffer.from(bytes.slice(0, cut)));
    readMarkers(received, Buffer.from(bytes.slice(cut)));
    return received;
  };

  test("are found at any split of the bytes", () => {
    const bytes = texts.join("");
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { messages, wrong } = read(bytes, cut);
      expect([cut, messages, wrong]).toEqual([cut, 4, 0]);
    }
  });

  test("are found behind a frame length that looks like the start of a marker", () => {
    for (const head of ["@", "@@", "~@"])
      expect(read(texts.map((text) => head + text.slice(9)).join(""), 7).wrong).toBe(0);
  });

  test("tell apart a missing, a doubled and a swapped message", () => {
    const [a, b, c, d] = texts as [string, string, string, string];
    expect(read(a + c + d, 9).wrong).toBeGreaterThan(0);
    expect(read(a + b + b + c, 9).wrong).toBeGreaterThan(0);
    expect(read(a + c + b + d, 9).wrong).toBeGreaterThan(0);
  });
});

testWith("taskset and a second core", canPin, "util-linux")(
  "a short run counts and checks every delivery of bare Bun and of Kabar",
  async () => {
    const scenario = SCENARIOS.find(({ name }) => name === "steady-100");
    const costs: number[] = [];
    for (const peer of [bareBun, kabar]) {
      const plan = scenario?.plan(peer, 1);
      if (plan?.kind !== "fanout") throw new Error("steady-100 is a fan-out");
      const { figures } = await measurePeer(peer, { ...plan, subscribers: 190 });
      expect(figures.wrong).toBe(0);
      // 200 connections; 1.5 seconds on schedule, after a warm-up as fast as it goes.
      expect(figures.delivered).toBeGreaterThanOrEqual(200 * 140);
      expect(figures.latency?.samples).toBeGreaterThan(0);
      costs.push(figures.microsPerDelivery ?? Number.NaN);
    }
    const [bare = Number.NaN, own = Number.NaN] = costs;
    console.log(
      `bench: ${own.toFixed(2)} µs a delivery, ${(own / bare).toFixed(2)} × bare Bun, 100/s to 200 readers`,
    );
    expect(own).toBeGreaterThan(0);
  },
  60_000,
);

testWith("taskset and a second core", canPin, "util-linux")(
  "random pages of a log that is filled by SQL are all read",
  async () => {
    const figures = await measureHistory(12_000);
    for (const name of ["bun-small", "kabar-small", "bun-big", "kabar-big"])
      expect([name, figures[name]?.wrong, (figures[name]?.latency?.samples ?? 0) > 0]).toEqual([
        name,
        0,
        true,
      ]);
  },
  60_000,
);

testWith(
  "taskset, a second core and PostgreSQL",
  canPin && postgresBin !== undefined,
  "util-linux, postgresql",
)(
  "a short run of several nodes counts every delivery, hop, acknowledgement and statement",
  async () => {
    const result = await measureNodes({
      seconds: 1,
      peers: ["kabar"],
      hopRates: [50],
      hopSubscribers: 5,
      engines: ["durable"],
      engineRuns: 1,
      counts: [1, 2],
      subscribers: 20,
      cpuShare: 0.2,
      idleNodes: [2],
      idleSeconds: 2,
      recoveries: 1,
    });
    if (typeof result === "string") throw new Error(result);
    const all = [...result.hops, ...result.engines, ...result.fanout].map(({ figures }) => figures);
    expect(all.map(({ wrong }) => wrong)).toEqual([0, 0, 0, 0, 0]);
    expect(all.every(({ delivered = 0 }) => delivered > 0)).toBe(true);
    expect(result.hops[0]?.figures.latencyElsewhere?.samples).toBe(result.hops[0]?.figures.latency?.samples);
    expect(result.idle[0]?.statementsPerSecond).toBeGreaterThan(0);
    expect(result.recoveries).toHaveLength(1);
    expect(judgeNodes(result).find(({ target }) => target.includes("acks/s"))?.met).toBeDefined();
    console.log(nodesReport(result, "A short run of several nodes:"));
    expect(drawNodesPlot(result)).toContain("</svg>");
  },
  180_000,
);
