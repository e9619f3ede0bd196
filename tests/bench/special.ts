/** Scenarios with a stage of their own: pages of a long history, and a start. */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { timeFirstConnection } from "../support/first-connection.ts";
import { CHECKOUT } from "../support/server.ts";
import { fillLog } from "./fill.ts";
import type { Figures } from "./jobs.ts";
import { createLatencies } from "./latencies.ts";
import { runJob } from "./measure.ts";
import { CACHE, SERVER_CORE } from "./peer.ts";
import { bareBun } from "./peers/bare-bun.ts";
import { kabar } from "./peers/kabar.ts";

const PAGES = 2000;
const STARTS = 7;
const SMALL_LOG = 10_000;

/** The query alone, in this process: nothing around it. */
function queryAlone(path: string, top: number): Figures {
  const db = new Database(path, { readonly: true });
  const page = db.prepare("SELECT * FROM entry WHERE topic = 1 AND offset < ? ORDER BY offset DESC LIMIT 50");
  const latencies = createLatencies();
  for (let i = 0; i < PAGES * 1.25; i++) {
    const before = 51 + Math.floor(Math.random() * (top - 51));
    const at = performance.now();
    page.all(before);
    if (i >= PAGES / 4) latencies.add(performance.now() - at);
  }
  db.close();
  return { latency: latencies.summary(), delivered: PAGES, wrong: 0 };
}

/** Pages of 50 at random places: Kabar on a long and on a short log, the same query behind `Bun.serve`, and alone. */
export async function measureHistory(messages: number): Promise<Record<string, Figures>> {
  const results: Record<string, Figures> = {};
  const job = { kind: "pages", pages: PAGES } as const;
  for (const [name, top] of [
    ["small", SMALL_LOG],
    ["big", messages],
  ] as const) {
    const dataDir = await fillLog(CACHE, top);
    results[`query-${name}`] = queryAlone(join(dataDir, "kabar.db"), top);
    const bare = await bareBun.start({ DATABASE: join(dataDir, "kabar.db") });
    results[`bun-${name}`] = await runJob({ ...job, ...bare, top, path: "/page?before=BEFORE" });
    await bare.stop();
    // The index of ten million messages would be made meanwhile.
    const server = await kabar.start({
      DATA_DIR: dataDir,
      KABAR_RETAIN_MESSAGES: "0",
      KABAR_SEARCH: "false",
    });
    const path = "/api/topics/lobby/messages?before=BEFORE&limit=50";
    results[`kabar-${name}`] = await runJob({ ...job, ...server, top, path });
    await server.stop();
  }
  return results;
}

/** From the start of the process to the first connection taken, the widget being built already. In milliseconds. */
export async function measureStart(): Promise<Figures> {
  const dataDir = mkdtempSync(join(tmpdir(), "kabar-bench-"));
  const latencies = createLatencies();
  for (let i = 0; i <= STARTS; i++) {
    const took = await timeFirstConnection(["taskset", "-c", SERVER_CORE, ...CHECKOUT], dataDir);
    if (i > 0) latencies.add(took); // the first start builds the widget
  }
  rmSync(dataDir, { recursive: true, force: true });
  return { latency: latencies.summary(), delivered: STARTS, wrong: 0 };
}
