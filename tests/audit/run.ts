/**
 * One audit from start to end: a server on a real data folder, actors behind a bad network, life after life ended by
 * `kill -9`, a look at the log after each, a backup restored now and then, and a last round in which everybody must
 * arrive.
 */
import { join } from "node:path";
import type { Message } from "../../src/model.ts";
import { strict } from "../support/parts.ts";
import { findFreePort } from "../support/ports.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { CAST, CAST_BEHIND_NGINX } from "./cast.ts";
import { createFindings, type Findings } from "./findings.ts";
import { createFolder } from "./folder.ts";
import { createLedger, type HistoryPage } from "./ledger.ts";
import { hasNginx, type Nginx, startNginx } from "./nginx.ts";
import { startProxy } from "./proxy.ts";
import { createRandom } from "./random.ts";
import { type Actor, TOPICS, waitUntil, type World } from "./world.ts";

export interface AuditOptions {
  kills: number;
  /** Ends after this long even if there were fewer kills. */
  minutes: number;
  seed: number;
  /** A module of sabotage/ that breaks the server on purpose. */
  sabotage?: string;
  onProgress?: (line: string) => void;
  /** Receives the way to end the server and remove its folder at once, for a run that is interrupted. */
  onStart?: (abandon: () => void) => void;
}

export interface AuditResult {
  findings: Findings;
  seconds: number;
}

/** Ring, queue and window are small, so that their ends are met between two kills. */
const ENV = {
  KABAR_RING_ENTRIES: "64",
  KABAR_MAX_QUEUED_BYTES: "300000",
  KABAR_DRAIN_WINDOW_MS: "300",
};
/** What a connection meets per second, on average. */
const TROUBLE_RATE = 0.12;
/** A backup is restored this many kills after it was made; both happen once in a run, and then once in so many kills. */
const RESTORE_AFTER = 2;
const RESTORE_EVERY = 20;
/** Guards against a hang: a machine that is this slow can't be audited. A broken promise need not be waited for. */
const HANG_MS = 60_000;
const BROKEN_HANG_MS = 1500;
const PAGE = 200;

/** Runs an audit. Everything it started has ended when it resolves, also when it fails. */
export async function runAudit(options: AuditOptions): Promise<AuditResult> {
  const startedAt = performance.now();
  const random = createRandom(options.seed);
  const findings = createFindings();
  const retained = new Map(
    Object.entries(TOPICS).flatMap(([name, { retain }]) => (retain ? [[name, retain]] : [])),
  );
  const ledger = createLedger(findings, retained);
  const modules = ["sweep-often", ...(options.sabotage ? [options.sabotage] : [])];
  const folder = createFolder(modules.map((name) => join(import.meta.dir, "sabotage", `${name}.ts`)));
  const port = findFreePort();
  const proxy = await startProxy({
    targetPort: () => port,
    random: random.fork("network"),
    findings,
    rate: TROUBLE_RATE,
  });
  const world: World = {
    url: proxy.url,
    ledger,
    findings,
    isEnding: false,
    isOver: false,
    connections: new Set(),
    streams: new Set(),
  };
  const nginx = await bringNginx(world, findFreePort(), options.onProgress);
  // The same world by another door: what changes in the one changes in the other.
  const behind: World = nginx ? Object.create(world, { url: { value: nginx.url } }) : world;
  const actors: Actor[] = [
    ...CAST.map(([name, make]) => make(world, name, random.fork(name))),
    ...(nginx ? CAST_BEHIND_NGINX.map(([name, make]) => make(behind, name, random.fork(name))) : []),
  ];
  let server: RunningKabar | undefined;
  const running: Promise<void>[] = [];

  try {
    const kabar = await startKabar({ dataDir: folder.path, port, env: ENV });
    server = kabar;
    options.onStart?.(() => {
      process.kill(kabar.pid(), "SIGKILL");
      nginx?.abandon();
      folder.remove();
    });
    findings.add("starts");
    const stage = createStage({ world, kabar, proxy, folder, nginx });
    for (const actor of actors) running.push(actor.run());
    const ticker = setInterval(() => options.onProgress?.(progress(findings, options.kills)), 5000);
    try {
      const until = startedAt + options.minutes * 60_000;
      for (let kill = 1; kill < options.kills && performance.now() < until; kill++) {
        await stage.live(random);
        await stage.die();
        if (kill % RESTORE_EVERY === 1) folder.back();
        await stage.comeBack();
        if (kill % RESTORE_EVERY === 1 + RESTORE_AFTER) await stage.restore();
      }
      await stage.live(random);
      await stage.lastRound(actors);
      await stage.die();
      await stage.comeBack();
    } catch (error) {
      // A server that breaks its promise may break anything: what was found so far is still the result.
      findings.violate(
        "process",
        `the audit could not go on: ${error instanceof Error ? error.message : String(error)}`,
      );
    } finally {
      clearInterval(ticker);
    }
  } finally {
    world.isOver = true;
    proxy.stop();
    for (const actor of actors) actor.stop();
    await Promise.race([Promise.allSettled(running), Bun.sleep(3000)]);
    await server?.kill();
    await nginx?.stop();
    folder.remove();
  }
  return { findings, seconds: (performance.now() - startedAt) / 1000 };
}

/** Starts nginx where there is one; otherwise prints a line, and under STRICT_TESTS it is a failure. */
async function bringNginx(
  world: World,
  port: number,
  onProgress: ((line: string) => void) | undefined,
): Promise<Nginx | undefined> {
  if (hasNginx) return startNginx(port, world.url);
  if (strict) throw new Error("nginx is missing on this machine: apt-get install nginx-light");
  onProgress?.("SKIPPED: clients behind nginx, which is missing (apt-get install nginx-light)");
  return undefined;
}

function progress(findings: Findings, kills: number): string {
  const { lost, doubled, reordered, unsaid } = findings.wrong();
  const n = (name: string) => findings.count(name).toLocaleString("en-US");
  return (
    `${n("kills")} of ${kills} kills, ${n("published")} published, ${n("acks")} acks, ${n("handed")} deliveries, ` +
    `lost ${lost}, doubled ${doubled}, reordered ${reordered}, unsaid ${unsaid}`
  );
}

interface StageParts {
  world: World;
  kabar: RunningKabar;
  proxy: Awaited<ReturnType<typeof startProxy>>;
  folder: ReturnType<typeof createFolder>;
  nginx: Nginx | undefined;
}

/** What happens to the server, act by act. */
function createStage({ world, kabar, proxy, folder, nginx }: StageParts) {
  const { ledger, findings } = world;
  const patience = () => (findings.isClean() ? HANG_MS : BROKEN_HANG_MS);

  async function fetchPage(topic: string, query: string): Promise<HistoryPage> {
    const response = await fetch(`${kabar.url}/api/topics/${topic}/messages?${query}`, {
      keepalive: false,
      signal: AbortSignal.timeout(patience()),
    });
    if (!response.ok) throw new Error(`history of ${topic}: ${response.status} ${await response.text()}`);
    const { first, top, messages } = (await response.json()) as {
      first: number;
      top: number;
      messages: Message[];
    };
    return { first, top, messages: messages.map((message) => ({ ...message, user: message.user.id })) };
  }
  async function findTops(): Promise<Map<string, number>> {
    const tops = new Map<string, number>();
    for (const topic of Object.keys(TOPICS)) tops.set(topic, (await fetchPage(topic, "limit=1")).top);
    return tops;
  }

  /** Reads each topic's history to its top and compares it with what the ledger expects there. */
  async function look(): Promise<void> {
    for (const topic of Object.keys(TOPICS)) {
      for (;;) {
        const page = await fetchPage(topic, `after=${ledger.verified(topic)}&limit=${PAGE}`);
        ledger.stored(topic, page);
        if (ledger.verified(topic) < page.top && page.messages.length > 0) continue;
        ledger.checkpoint(topic, page.top);
        break;
      }
    }
    for (const stream of world.streams) stream.settle();
    findings.add("looks");
  }

  function checkOutput(): void {
    const bugs = kabar
      .output()
      .split("\n")
      .filter((line) => line.includes('"msg":"bug') || line.includes("failed"));
    for (const bug of bugs) findings.violate("process", `the server logged: ${bug.slice(0, 400)}`);
  }
  function isAlive(): boolean {
    try {
      return process.kill(kabar.pid(), 0);
    } catch {
      return false;
    }
  }

  /** Nobody gets in any more, and nothing of the server that was is left on the way to a reader. */
  async function empty(): Promise<void> {
    proxy.down();
    if (await waitUntil(() => world.connections.size === 0, HANG_MS)) return;
    throw new Error(`${world.connections.size} connections did not end`);
  }

  async function stirNginx(ends: boolean): Promise<void> {
    if (!nginx) return;
    if (ends) await nginx.restart();
    else nginx.reload();
    findings.add(ends ? "nginx restarts" : "nginx reloads");
  }

  return {
    /** Some time under load: mostly short, now and then long enough for queues to fill; sometimes with a deploy. */
    async live(random: ReturnType<typeof createRandom>): Promise<void> {
      proxy.up();
      const kind = random.next();
      await Bun.sleep(
        kind < 0.6 ? random.int(50, 900) : kind < 0.94 ? random.int(900, 1800) : random.int(3000, 6000),
      );
      if (random.chance(0.25)) await stirNginx(random.chance(0.5));
      if (!random.chance(0.08)) return;
      proxy.expectEnd();
      await kabar.restart();
      proxy.expectEnd(false);
      findings.add("deploys");
      findings.add("starts");
      await Bun.sleep(random.int(50, 900));
    },

    /** SIGKILL in the middle of whatever it does. */
    async die(): Promise<void> {
      if (!isAlive())
        findings.violate("process", `the server had ended by itself:\n${kabar.output().slice(-2000)}`);
      checkOutput();
      proxy.expectEnd();
      await kabar.kill();
      findings.add("kills");
      await empty();
    },

    /** Starts again on the same folder; what it holds is compared before anybody is let in. */
    async comeBack(): Promise<void> {
      await kabar.restart();
      findings.add("starts");
      await look();
      world.streams.clear();
    },

    /** Puts the older copy back, as an operator would: what came after it is gone, and must be said to be. */
    async restore(): Promise<void> {
      await kabar.stop();
      folder.restore();
      await kabar.restart();
      findings.add("starts");
      ledger.restore(await findTops());
      await look();
    },

    /** The network is good, nobody is killed: publishers get their acks, readers arrive at the top. */
    async lastRound(actors: readonly Actor[]): Promise<void> {
      world.isEnding = true;
      proxy.calm();
      const isSilent = () => actors.every((actor) => !actor.name.startsWith("p-") || actor.isDone(new Map()));
      await waitUntil(isSilent, patience());
      await Bun.sleep(200);
      let tops = await findTops();
      const isThere = () => actors.every((actor) => actor.isDone(tops));
      // The headless clients publish and read: their last messages move the tops.
      for (let tries = 0; tries < 20 && !(await waitUntil(isThere, patience() / 20)); tries++)
        tops = await findTops();
      if (!isThere()) {
        const late = actors.filter((actor) => !actor.isDone(tops)).map((actor) => actor.describe());
        findings.violate("handed", `did not arrive at ${JSON.stringify([...tops])}: ${late.join("; ")}`);
      }
      await look();
      for (const actor of actors) actor.finish(tops);
      checkOutput();
    },
  };
}
