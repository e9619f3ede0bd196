/**
 * One audit of several nodes on one PostgreSQL: actors roam between the nodes behind a balancer, nodes are killed and
 * replaced while the others go on, the database meets one trouble after another, a standby is promoted with and without
 * what was acknowledged. Now and then everybody is sent out, and the log is compared with what they saw.
 */
import { type Database, type DatabaseOptions, startDatabase } from "./database.ts";
import { createLooks, emptyWorld, lastRound } from "./look.ts";
import { type AuditNode, type Nodes, startNodes } from "./nodes.ts";
import { createPresent } from "./present.ts";
import type { Random } from "./random.ts";
import { type AuditOptions, type AuditResult, createScene, type Scene } from "./scene.ts";
import { createWitnesses, type Witnesses } from "./witnesses.ts";

export interface NodesAuditOptions extends AuditOptions, DatabaseOptions {
  nodes: number;
}

/** The log is looked at after so many acts; in each a node is killed. */
const LOOK_EVERY = 5;
/** What befalls the database in an act, in turn; a deploy is trouble of a node. */
const TROUBLES = ["crash", "terminate", "hole", "none", "crash and kill", "deploy"] as const;
type Trouble = (typeof TROUBLES)[number];
/** A standby is promoted in these acts of so many: once with all that is acknowledged, once without. */
const PROMOTE_EVERY = 25;
const FAIL_OVER_AT = 3;
const FORK_AT = 2;
/** Deliveries go on within this time: the goal, counted and not required of a busy machine. */
const GOAL_MS = 2000;

/** Runs an audit with nodes. Everything it started has ended when it resolves, also when it fails. */
export async function runNodesAudit(options: NodesAuditOptions): Promise<AuditResult> {
  const modules = ["sweep-often", "short-duties", ...(options.sabotage ? [options.sabotage] : [])];
  let nodes: Nodes | undefined;
  let database: Database | undefined;
  let witnesses: Witnesses | undefined;
  const scene = await createScene(options, (random) => nodes?.pick(random).kabar.port ?? 0);
  scene.world.mayRefuse = true;
  options.onStart?.(() => {
    nodes?.abandon();
    scene.nginx?.abandon();
    database?.abandon();
  });

  await scene.play(async () => {
    database = await startDatabase(scene.findings, scene.random.fork("database"), options);
    nodes = await startNodes({
      count: options.nodes,
      url: database.url,
      modules,
      findings: scene.findings,
    });
    witnesses = createWitnesses(nodes, scene.findings);
    await witnesses.attend();
    const stage = createStage(scene, nodes, database, witnesses);
    const isEnough = () => scene.findings.count("kills") >= options.kills || scene.isLate();
    for (let act = 0; !isEnough(); act++) {
      await stage.live();
      await stage.trouble(TROUBLES[act % TROUBLES.length] ?? "none");
      if (!isEnough()) await stage.loseNode();
      if (act % PROMOTE_EVERY === FAIL_OVER_AT) await stage.failOver();
      if (act % PROMOTE_EVERY === FORK_AT) await stage.fork();
      if (act % LOOK_EVERY === LOOK_EVERY - 1) await stage.look();
    }
    await stage.live();
    await stage.lastRound();
  });
  return scene.close(async () => {
    witnesses?.stop();
    await nodes?.stop();
    await database?.stop();
  });
}

/** What happens to the nodes and their database, act by act. */
function createStage(scene: Scene, nodes: Nodes, database: Database, witnesses: Witnesses) {
  const { world, proxy, findings, actors } = scene;
  const random: Random = scene.random.fork("stage");
  const looks = createLooks(world, () => nodes.pick(random).kabar.url);
  const present = createPresent(nodes, findings);

  /** Nobody is in, and what was under way in the nodes is done. */
  async function settle(): Promise<void> {
    await emptyWorld(world, proxy);
    // Appends of a node are stored in order, so the witness's comes after those of everybody who has left.
    await witnesses.round();
    let before = "";
    let now = JSON.stringify([...(await looks.findTops())]);
    while (now !== before) {
      before = now;
      await Bun.sleep(100);
      now = JSON.stringify([...(await looks.findTops())]);
    }
  }

  /** The database is back: measures how long it takes until messages arrive at every node. */
  async function goOn(): Promise<void> {
    await witnesses.attend();
    const ms = await witnesses.round();
    findings.add("troubles of the database");
    if (ms <= GOAL_MS) findings.add("troubles that were over at once");
    findings.longest("until deliveries went on", ms);
  }

  async function kill(node: AuditNode): Promise<void> {
    proxy.expectEnd();
    await nodes.kill(node);
    await Bun.sleep(20);
    proxy.expectEnd(false);
  }

  async function live(): Promise<void> {
    proxy.up();
    await Bun.sleep(random.chance(0.85) ? random.int(50, 1200) : random.int(1500, 3000));
    if (random.chance(0.2)) await scene.stirNginx(random.chance(0.5));
  }
  /** Some time under load, and then one commit at every node. */
  async function liveOn(): Promise<void> {
    await live();
    await witnesses.attend();
    await witnesses.round();
  }

  const TROUBLE: Record<Trouble, () => Promise<void>> = {
    none: () => Promise.resolve(),
    async crash() {
      await database.crash(random.int(0, 1500), () => nodes.expectUnready());
      await goOn();
    },
    async "crash and kill"() {
      const node = nodes.pick(random);
      await database.crash(random.int(0, 300), () => kill(node));
      await nodes.bringBack(node);
      await goOn();
    },
    async terminate() {
      await database.terminate();
      await goOn();
    },
    async hole() {
      await database.blackHole(random.chance(0.15) ? random.int(10_000, 13_000) : random.int(300, 4000));
      await goOn();
    },
    async deploy() {
      proxy.expectEnd();
      await nodes.deploy(nodes.pick(random));
      proxy.expectEnd(false);
    },
  };

  /** Compares the log with what everybody saw. */
  async function look(): Promise<void> {
    await settle();
    await looks.look();
    world.streams.clear();
  }

  return {
    live,
    look,
    trouble: (name: Trouble): Promise<void> => TROUBLE[name](),

    /** One node is killed; the others go on, and it comes back after a while. */
    async loseNode(): Promise<void> {
      const node = nodes.pick(random);
      await present.arrive(node);
      await kill(node);
      await Bun.sleep(random.int(0, 400));
      await nodes.bringBack(node);
      nodes.check();
      await witnesses.attend();
    },

    /** The database is replaced by a standby that lacks nothing: nobody notices anything. */
    async failOver(): Promise<void> {
      proxy.up();
      await database.failOver(liveOn);
      await goOn();
      await look();
    },

    /** The database is replaced by a standby that lacks what was acknowledged last: readers must receive a gap. */
    async fork(): Promise<void> {
      await look();
      proxy.up();
      witnesses.expectFork(true);
      await database.fork(liveOn, look);
      await goOn();
      witnesses.expectFork(false);
      world.ledger.restore(await looks.findTops());
      await looks.look();
      world.streams.clear();
    },

    /** Everybody arrives; what all of them saw is in the log. */
    async lastRound(): Promise<void> {
      nodes.check();
      await lastRound(world, actors, proxy, looks);
      await look();
      await present.checkGone();
    },
  };
}
