/** A Redis that keeps nothing on disk, for the peers whose nodes meet in one. */
import { findFreePort } from "../../support/ports.ts";
import { CACHE, guardProcess, outputOf, SERVER_CORE } from "../peer.ts";

/** The reason why there is no Redis here; undefined when there is one. */
export const missingRedis = (): string | undefined =>
  outputOf(["redis-server", "--version"]) === undefined
    ? "redis-server is not on this machine (Debian: redis-server)"
    : undefined;

/** Starts a Redis on a free port. Resolves when it answers. */
export async function startRedis(): Promise<{
  port: string;
  pid: number;
  version: string;
  stop(): Promise<void>;
}> {
  const port = String(findFreePort());
  const redis = Bun.spawn(
    ["taskset", "-c", SERVER_CORE, "redis-server", "--port", port, "--save", "", "--appendonly", "no"],
    { cwd: CACHE, stdout: "ignore", stderr: "ignore" },
  );
  const forget = guardProcess(redis.pid);
  while (outputOf(["redis-cli", "-p", port, "ping"]) !== "PONG") await Bun.sleep(50);
  return {
    port,
    pid: redis.pid,
    version: `Redis ${/v=(\S+)/.exec(outputOf(["redis-server", "--version"]) ?? "")?.[1]}`,
    async stop() {
      redis.kill("SIGKILL");
      await redis.exited;
      forget();
    },
  };
}
