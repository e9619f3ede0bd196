/** The platform's limit: `Bun.serve` and its native publish, with nothing stored, checked or resumed. */
import { join } from "node:path";
import { type Peer, startServer } from "../peer.ts";

export const bareBun: Peer = {
  name: "bun",
  title: "bare Bun.serve",
  dialects: { json: "hub", plain: "hub", sse: "hub-sse" },
  missing: async () => undefined,
  async start(env = {}) {
    const server = await startServer([process.execPath, join(import.meta.dir, "bare-bun-server.ts")], env);
    return { ...server, pids: [server.pid], version: `Bun ${Bun.version}` };
  },
};
