/** Two hubs on Node: the `ws` package, and Socket.IO with its rooms. */
import { join } from "node:path";
import { CACHE, installPackages, outputOf, type Peer, startServer } from "../peer.ts";
import packages from "../package.json" with { type: "json" };

function nodePeer(
  name: "ws" | "socket.io",
  title: string,
  script: string,
  dialect: "hub" | "socket.io",
): Peer {
  return {
    name,
    title,
    dialects: { json: dialect },
    missing: async () =>
      outputOf(["node", "--version"]) === undefined ? "Node is not on this machine" : installPackages(),
    async start(env = {}) {
      const command = ["node", join(import.meta.dir, script)];
      const server = await startServer(command, { ...env, PACKAGES: `${CACHE}/` });
      const version = `${name} ${packages.dependencies[name]} on Node ${outputOf(["node", "--version"])}`;
      return { ...server, pids: [server.pid], version };
    },
  };
}

export const nodeWs = nodePeer("ws", "Node, ws", "ws-hub.mjs", "hub");
export const socketIo = nodePeer("socket.io", "Socket.IO", "socket-io-hub.mjs", "socket.io");
