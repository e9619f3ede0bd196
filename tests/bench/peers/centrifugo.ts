/**
 * Centrifugo as its owner runs it, in memory and over Redis, with history and recovery on: a comparison with something
 * that resumes. The Go toolchain builds the pinned version once.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../../support/ports.ts";
import {
  CACHE,
  goVersion,
  guardProcess,
  installGo,
  outputOf,
  type Peer,
  type RunningPeer,
  SERVER_CORE,
  startServer,
} from "../peer.ts";

const VERSION = "6.9.1";
const PACKAGE = "github.com/centrifugal/centrifugo/v6";

const install = (): string | undefined => installGo("centrifugo", PACKAGE, VERSION);

/** The load's connections send no token, and answer no pings: the next one comes after the run. */
const configOf = (port: number, redisPort?: string): object => ({
  http_server: { address: "127.0.0.1", port },
  usage_stats: { disabled: true },
  client: { insecure: true, ping_interval: "1h", pong_timeout: "1m" },
  channel: { without_namespace: { history_size: 512, history_ttl: "60s", force_recovery: true } },
  ...(redisPort && { engine: { type: "redis", redis: { address: [`redis://127.0.0.1:${redisPort}`] } } }),
});

async function startCentrifugo(redisPort?: string): Promise<RunningPeer> {
  const folder = mkdtempSync(join(tmpdir(), "kabar-bench-centrifugo-"));
  const port = findFreePort();
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify(configOf(port, redisPort)));
  const command = [join(CACHE, "centrifugo"), "-c", config];
  const server = await startServer(command, {}, /serving websocket.* on 127\.0\.0\.1:(\d+)/);
  return {
    ...server,
    pids: [server.pid],
    version: `Centrifugo ${VERSION} on ${goVersion()}`,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const centrifugo: Peer = {
  name: "centrifugo",
  title: "Centrifugo, memory",
  dialects: { json: "centrifugo" },
  missing: async () => install(),
  start: () => startCentrifugo(),
};

export const centrifugoRedis: Peer = {
  name: "centrifugo-redis",
  title: "Centrifugo, Redis",
  dialects: { json: "centrifugo" },
  missing: async () =>
    outputOf(["redis-server", "--version"]) === undefined
      ? "redis-server is not on this machine (Debian: redis-server)"
      : install(),
  async start() {
    const port = String(findFreePort());
    const redis = Bun.spawn(
      ["taskset", "-c", SERVER_CORE, "redis-server", "--port", port, "--save", "", "--appendonly", "no"],
      { cwd: CACHE, stdout: "ignore", stderr: "ignore" },
    );
    const forget = guardProcess(redis.pid);
    while (outputOf(["redis-cli", "-p", port, "ping"]) !== "PONG") await Bun.sleep(50);
    const server = await startCentrifugo(port);
    const redisVersion = /v=(\S+)/.exec(outputOf(["redis-server", "--version"]) ?? "")?.[1];
    return {
      port: server.port,
      pids: [...server.pids, redis.pid],
      version: `${server.version}, Redis ${redisVersion}`,
      async stop() {
        await server.stop();
        redis.kill("SIGKILL");
        await redis.exited;
        forget();
      },
    };
  },
};
