/** Kabar itself, as it is started for everybody: fsync, guests' checks, limits that the load stays below. */
import { startKabar } from "../../support/server.ts";
import { guardProcess, outputOf, type Peer, SERVER_CORE } from "../peer.ts";

const TOPICS = { KABAR_TOPICS: "bench bench-* acks lobby" };
const LIMITS = {
  KABAR_SESSION_PUBLISH_RATE: "100000",
  KABAR_SESSION_PUBLISH_BURST: "100000",
  KABAR_SESSION_COMMAND_RATE: "100000",
  KABAR_SESSION_COMMAND_BURST: "100000",
  KABAR_ADDRESS_PUBLISH_RATE: "100000",
  KABAR_ADDRESS_PUBLISH_BURST: "100000",
};

export const kabar: Peer = {
  name: "kabar",
  title: "Kabar (fsync)",
  dialects: { json: "kabar", plain: "kabar-plain", sse: "kabar-sse" },
  missing: async () => undefined,
  async start({ DATA_DIR, ...env } = {}) {
    const server = await startKabar({
      env: { ...TOPICS, ...LIMITS, ...env },
      wrapper: () => ["taskset", "-c", SERVER_CORE],
      ...(DATA_DIR === undefined ? {} : { dataDir: DATA_DIR }),
    });
    const forget = guardProcess(server.pid());
    return {
      port: server.port,
      pids: [server.pid()],
      version: `Kabar ${(outputOf(["git", "-C", import.meta.dir, "rev-parse", "--short", "HEAD"]) ?? "").trim()}`,
      async stop() {
        await server.stop();
        forget();
      },
    };
  },
};
