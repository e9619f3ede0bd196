/**
 * Centrifuge, the library that the Centrifugo server is made of: its hub, its protocol, its history, in memory and in
 * Redis. Recovery is on, as it has to be for a comparison with something that resumes.
 */
import { join } from "node:path";
import {
  buildGo,
  CACHE,
  freePort,
  goVersion,
  guardProcess,
  outputOf,
  type Peer,
  SERVER_CORE,
  startServer,
} from "../peer.ts";

const VERSION = "Centrifuge 0.40.1";

export const centrifuge: Peer = {
  name: "centrifuge",
  title: "Centrifuge, memory",
  dialects: { json: "centrifuge" },
  missing: async () => buildGo("centrifuge"),
  async start() {
    const server = await startServer([join(CACHE, "centrifuge")]);
    return { ...server, pids: [server.pid], version: `${VERSION} on ${goVersion()}` };
  },
};

export const centrifugeRedis: Peer = {
  name: "centrifuge-redis",
  title: "Centrifuge, Redis",
  dialects: { json: "centrifuge" },
  missing: async () =>
    outputOf(["redis-server", "--version"]) === undefined
      ? "redis-server is not on this machine (Debian: redis-server)"
      : buildGo("centrifuge"),
  async start() {
    const port = String(freePort());
    const redis = Bun.spawn(
      ["taskset", "-c", SERVER_CORE, "redis-server", "--port", port, "--save", "", "--appendonly", "no"],
      { cwd: CACHE, stdout: "ignore", stderr: "ignore" },
    );
    const forget = guardProcess(redis.pid);
    while (outputOf(["redis-cli", "-p", port, "ping"]) !== "PONG") await Bun.sleep(50);
    const server = await startServer([join(CACHE, "centrifuge")], { REDIS: `127.0.0.1:${port}` });
    const redisVersion = /v=(\S+)/.exec(outputOf(["redis-server", "--version"]) ?? "")?.[1];
    return {
      port: server.port,
      pids: [server.pid, redis.pid],
      version: `${VERSION} on ${goVersion()}, Redis ${redisVersion}`,
      async stop() {
        await server.stop();
        redis.kill("SIGKILL");
        await redis.exited;
        forget();
      },
    };
  },
};
