/**
 * One audit of one server from start to end: a real data folder, actors behind a bad network, life after life ended by
 * `kill -9`, a look at the log after each, a backup restored now and then, and a last round in which everybody must
 * arrive.
 */
import { findFreePort } from "../support/ports.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { createFolder } from "./folder.ts";
import { createLooks, emptyWorld, lastRound } from "./look.ts";
import type { Random } from "./random.ts";
import { type AuditOptions, type AuditResult, createScene, ENV, sabotagePaths, type Scene } from "./scene.ts";

/** A backup is restored this many kills after it was made; both happen once in a run, and then once in so many kills. */
const RESTORE_AFTER = 2;
const RESTORE_EVERY = 20;

/** Runs an audit. Everything it started has ended when it resolves, also when it fails. */
export async function runAudit(options: AuditOptions): Promise<AuditResult> {
  const modules = ["sweep-often", ...(options.sabotage ? [options.sabotage] : [])];
  const folder = createFolder(sabotagePaths(modules));
  const port = findFreePort();
  const scene = await createScene(options, () => port);
  const { findings, random } = scene;
  let server: RunningKabar | undefined;

  await scene.play(async () => {
    const kabar = await startKabar({ dataDir: folder.path, port, env: ENV });
    server = kabar;
    options.onStart?.(() => {
      process.kill(kabar.pid(), "SIGKILL");
      scene.nginx?.abandon();
      folder.remove();
    });
    findings.add("starts");
    const stage = createStage(scene, kabar, folder);
    for (let kill = 1; kill < options.kills && !scene.isLate(); kill++) {
      await stage.live(random);
      await stage.die();
      if (kill % RESTORE_EVERY === 1) folder.back();
      await stage.comeBack();
      if (kill % RESTORE_EVERY === 1 + RESTORE_AFTER) await stage.restore();
    }
    await stage.live(random);
    await stage.lastRound();
    await stage.die();
    await stage.comeBack();
  });
  return scene.close(async () => {
    await server?.kill();
    folder.remove();
  });
}

/** What happens to the server, act by act. */
function createStage(scene: Scene, kabar: RunningKabar, folder: ReturnType<typeof createFolder>) {
  const { world, proxy, findings, actors } = scene;
  const { ledger } = world;
  const looks = createLooks(world, () => kabar.url);

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

  return {
    /** Some time under load: mostly short, now and then long enough for queues to fill; sometimes with a deploy. */
    async live(random: Random): Promise<void> {
      proxy.up();
      const kind = random.next();
      await Bun.sleep(
        kind < 0.6 ? random.int(50, 900) : kind < 0.94 ? random.int(900, 1800) : random.int(3000, 6000),
      );
      if (random.chance(0.25)) await scene.stirNginx(random.chance(0.5));
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
      await emptyWorld(world, proxy);
    },

    /** Starts again on the same folder; what it holds is compared before anybody is let in. */
    async comeBack(): Promise<void> {
      await kabar.restart();
      findings.add("starts");
      await looks.look();
      world.streams.clear();
    },

    /** Puts the older copy back, as an operator would: what came after it is gone, and must be said to be. */
    async restore(): Promise<void> {
      await kabar.stop();
      folder.restore();
      await kabar.restart();
      findings.add("starts");
      ledger.restore(await looks.findTops());
      await looks.look();
    },

    /** Everybody arrives. */
    async lastRound(): Promise<void> {
      await lastRound(world, actors, proxy, looks);
      checkOutput();
    },
  };
}
