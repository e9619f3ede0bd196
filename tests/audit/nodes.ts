/** The nodes of an audit: servers on one database, each with a folder of its own. They are killed and replaced one by one. */
import { startKabar, type RunningKabar } from "../support/server.ts";
import type { Findings } from "./findings.ts";
import { createFolder } from "./folder.ts";
import type { Random } from "./random.ts";
import { ENV, sabotagePaths } from "./scene.ts";
import { waitUntil } from "./world.ts";

export interface AuditNode {
  number: number;
  kabar: RunningKabar;
  /** Whether the balancer sends connections to it. */
  isUp: boolean;
}

export interface NodesOptions {
  count: number;
  /** The database's address. */
  url: string;
  /** Modules of sabotage/ that each node loads first. */
  modules: readonly string[];
  findings: Findings;
}

/** How long a node may take to say that it is not ready, after its database has gone. */
const UNREADY_MS = 15_000;

export type Nodes = Awaited<ReturnType<typeof startNodes>>;

/** Starts the nodes. None is left running when it rejects. */
export async function startNodes({ count, url, modules, findings }: NodesOptions) {
  const list: AuditNode[] = [];
  const folders = Array.from({ length: count }, () => createFolder(sabotagePaths(modules)));

  function removeFolders(): void {
    for (const folder of folders) folder.remove();
  }
  async function stop(): Promise<void> {
    await Promise.all(list.map(({ kabar }) => kabar.kill()));
    removeFolders();
  }
  try {
    for (const { path } of folders) {
      const kabar = await startKabar({ dataDir: path, env: { ...ENV, KABAR_LOG: url } });
      list.push({ number: list.length + 1, kabar, isUp: true });
      findings.add("starts");
    }
  } catch (error) {
    await stop();
    throw error;
  }

  const up = (): AuditNode[] => list.filter(({ isUp }) => isUp);
  function isAlive({ kabar }: AuditNode): boolean {
    try {
      return process.kill(kabar.pid(), 0);
    } catch {
      return false;
    }
  }
  /** What a node logged since its start. Work that failed while the database was away is no news. */
  function checkOutput({ kabar }: AuditNode): void {
    const bugs = kabar
      .output()
      .split("\n")
      .filter((line) => line.includes('"msg":"bug'));
    for (const bug of bugs) findings.violate("process", `a node logged: ${bug.slice(0, 400)}`);
  }
  function checkAlive(node: AuditNode): void {
    if (isAlive(node)) return;
    findings.violate("process", `a node had ended by itself:\n${node.kabar.output().slice(-2000)}`);
  }
  const isUnready = async ({ kabar }: AuditNode): Promise<boolean> => {
    const answer = await fetch(`${kabar.url}/readyz`, {
      keepalive: false,
      signal: AbortSignal.timeout(5000),
    });
    return answer.status === 503;
  };

  return {
    up,
    pick: (random: Random): AuditNode => random.pick(up()),

    /** SIGKILL in the middle of whatever it does. */
    async kill(node: AuditNode): Promise<void> {
      checkAlive(node);
      checkOutput(node);
      node.isUp = false;
      await node.kabar.kill();
      findings.add("kills");
    },

    /** Starts a node that was killed. */
    async bringBack(node: AuditNode): Promise<void> {
      await node.kabar.restart();
      node.isUp = true;
      findings.add("starts");
    },

    /** SIGTERM, and the next one in its place; the balancer knows. */
    async deploy(node: AuditNode): Promise<void> {
      checkAlive(node);
      checkOutput(node);
      node.isUp = false;
      await node.kabar.restart();
      node.isUp = true;
      findings.add("deploys");
      findings.add("starts");
    },

    /** While the database is away, each node says that it is not ready. */
    async expectUnready(): Promise<void> {
      for (const node of up()) {
        let isSaid = false;
        const looks = async () => {
          while (!isSaid && node.isUp) {
            isSaid = await isUnready(node).catch(() => false);
            await Bun.sleep(50);
          }
        };
        void looks();
        if (await waitUntil(() => isSaid, UNREADY_MS)) findings.add("unready nodes");
        else {
          isSaid = true;
          findings.violate("goes-on", "the database was away, and a node called itself ready");
        }
      }
    },

    /** What all of them logged, and that all of them are there. */
    check(): void {
      for (const node of up()) {
        checkAlive(node);
        checkOutput(node);
      }
    },
    stop,
    /** Ends everything without waiting. */
    abandon(): void {
      for (const node of list) if (isAlive(node)) process.kill(node.kabar.pid(), "SIGKILL");
      removeFolders();
    },
  };
}
