/** A hub in Go over gorilla/websocket, built the way of that package's well-known chat example. */
import { join } from "node:path";
import { buildGo, CACHE, goVersion, type Peer, startServer } from "../peer.ts";

export const gorilla: Peer = {
  name: "gorilla",
  title: "Go, gorilla/websocket",
  dialects: { json: "hub" },
  missing: async () => buildGo("gorilla"),
  async start() {
    const server = await startServer([join(CACHE, "gorilla")]);
    return { ...server, pids: [server.pid], version: `gorilla/websocket 1.5.3 on ${goVersion()}` };
  },
};
