/**
 * The scene of an audit, with one server or with several: ledger, findings, bad network, nginx and actors, from the
 * first to the last of them. What happens to the servers is for the run to say.
 */
import { join } from "node:path";
import { findFreePort } from "../support/ports.ts";
import { createActors } from "./cast.ts";
import { createFindings, type Findings } from "./findings.ts";
import { createGrowingBook } from "./growing-book.ts";
import { createLedger } from "./ledger.ts";
import { bringNginx } from "./nginx.ts";
import { startProxy } from "./proxy.ts";
import { createRandom, type Random } from "./random.ts";
import { TOPICS, type World } from "./world.ts";

export interface AuditOptions {
  kills: number;
  /** Ends after this long even if there were fewer kills. */
  minutes: number;
  seed: number;
  /** A module of sabotage/ that breaks the server on purpose. */
  sabotage?: string;
  onProgress?: (line: string) => void;
  /** Receives the way to end the servers and remove their folders at once, for a run that is interrupted. */
  onStart?: (abandon: () => void) => void;
}

export interface AuditResult {
  findings: Findings;
  seconds: number;
}

/** Ring, queue and window are small, so that their ends are met between two kills. */
export const ENV = {
  KABAR_RING_ENTRIES: "64",
  KABAR_MAX_QUEUED_BYTES: "300000",
  KABAR_DRAIN_WINDOW_MS: "300",
};
/** What a connection meets per second, on average. */
const TROUBLE_RATE = 0.12;
const PROGRESS_EVERY_MS = 5000;

export type Scene = Awaited<ReturnType<typeof createScene>>;

/** The paths of modules of sabotage/. */
export const sabotagePaths = (names: readonly string[]): string[] =>
  names.map((name) => join(import.meta.dir, "sabotage", `${name}.ts`));

/** Sets the scene before servers; `pickPort` is where a new connection goes. Nobody acts until `play`. */
export async function createScene(options: AuditOptions, pickPort: (random: Random) => number) {
  const startedAt = performance.now();
  const random = createRandom(options.seed);
  const findings = createFindings();
  const retained = new Map(
    Object.entries(TOPICS).flatMap(([name, { retain }]) => (retain ? [[name, retain]] : [])),
  );
  const balance = random.fork("balance");
  const proxy = await startProxy({
    targetPort: () => pickPort(balance),
    random: random.fork("network"),
    findings,
    rate: TROUBLE_RATE,
  });
  const ledger = createLedger(findings, retained);
  const world: World = {
    url: proxy.url,
    ledger,
    growing: createGrowingBook(ledger, findings),
    findings,
    mayRefuse: false,
    isEnding: false,
    isOver: false,
    connections: new Map(),
    streams: new Set(),
  };
  const nginx = await bringNginx(world.url, findFreePort(), options.onProgress);
  const actors = createActors(world, nginx, random);
  const running: Promise<void>[] = [];

  return {
    world,
    proxy,
    nginx,
    actors,
    random,
    findings,

    /** True when the run has lasted as long as it may. */
    isLate: (): boolean => performance.now() > startedAt + options.minutes * 60_000,

    /** Lets the actors act while `plot` runs. A server that breaks its promise may break anything: what was found so far is still the result. */
    async play(plot: () => Promise<void>): Promise<void> {
      for (const actor of actors) running.push(actor.run());
      const say = () => options.onProgress?.(progress(findings, options.kills));
      const ticker = setInterval(say, PROGRESS_EVERY_MS);
      try {
        await plot();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        findings.violate("process", `the audit could not go on: ${reason}`);
      } finally {
        clearInterval(ticker);
      }
    },

    /** Nginx ends and comes back, or reads its configuration again. */
    async stirNginx(ends: boolean): Promise<void> {
      if (!nginx) return;
      if (ends) await nginx.restart();
      else nginx.reload();
      findings.add(ends ? "nginx restarts" : "nginx reloads");
    },

    /** Sends everybody home; then `endServers`; then nginx ends. */
    async close(endServers: () => Promise<void>): Promise<AuditResult> {
      world.isOver = true;
      proxy.stop();
      for (const actor of actors) actor.stop();
      await Promise.race([Promise.allSettled(running), Bun.sleep(3000)]);
      await endServers();
      await nginx?.stop();
      return { findings, seconds: (performance.now() - startedAt) / 1000 };
    },
  };
}

function progress(findings: Findings, kills: number): string {
  const { lost, doubled, reordered, unsaid } = findings.wrong();
  const n = (name: string) => findings.count(name).toLocaleString("en-US");
  return (
    `${n("kills")} of ${kills} kills, ${n("published")} published, ${n("acks")} acks, ${n("handed")} deliveries, ` +
    `lost ${lost}, doubled ${doubled}, reordered ${reordered}, unsaid ${unsaid}`
  );
}
