/**
 * Centrifugo as its owner runs it, in memory and over Redis, with history and recovery on: a comparison with something
 * that resumes. The Go toolchain builds the pinned version once.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../../support/ports.ts";
import { CACHE, goVersion, installGo, type Peer, type RunningPeer, startServer } from "../peer.ts";
import { missingRedis, startRedis } from "./redis.ts";

const VERSION = "6.9.1";
const PACKAGE = "github.com/centrifugal/centrifugo/v6";

export const installCentrifugo = (): string | undefined => installGo("centrifugo", PACKAGE, VERSION);

/** The load's connections send no token, and answer no pings: the next one comes after the run. */
const configOf = (port: number, engine: object): object => ({
  http_server: { address: "127.0.0.1", port },
  usage_stats: { disabled: true },
  client: { insecure: true, ping_interval: "1h", pong_timeout: "1m" },
  channel: { without_namespace: { history_size: 512, history_ttl: "60s", force_recovery: true } },
  ...engine,
});

/** The part of a configuration that names a Redis. */
export const overRedis = (port: string): object => ({
  engine: { type: "redis", redis: { address: [`redis://127.0.0.1:${port}`] } },
});

/** Starts a node. `engine` is the part of its configuration that says where messages go; without it, nowhere else. */
export async function startCentrifugo(engine: object = {}): Promise<RunningPeer> {
  const folder = mkdtempSync(join(tmpdir(), "kabar-bench-centrifugo-"));
  const port = findFreePort();
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify(configOf(port, engine)));
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
  missing: async () => installCentrifugo(),
  start: () => startCentrifugo(),
};

/** The reason why Centrifugo can't run over Redis here. */
export const missingOverRedis = async (): Promise<string | undefined> =>
  missingRedis() ?? installCentrifugo();

export const centrifugoRedis: Peer = {
  name: "centrifugo-redis",
  title: "Centrifugo, Redis",
  dialects: { json: "centrifugo" },
  missing: missingOverRedis,
  async start() {
    const redis = await startRedis();
    const server = await startCentrifugo(overRedis(redis.port));
    return {
      port: server.port,
      pids: [...server.pids, redis.pid],
      version: `${server.version}, ${redis.version}`,
      async stop() {
        await server.stop();
        await redis.stop();
      },
    };
  },
};
