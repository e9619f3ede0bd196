// A hub as one writes it with the `ws` package: each message goes to every socket of its topic.
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(process.env.PACKAGES)("ws");
const topics = new Map();
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false, backlog: 4096 });

server.on("connection", (socket, request) => {
  const topic = new URL(request.url, "http://localhost").searchParams.get("topic") ?? "bench";
  const members = topics.get(topic) ?? new Set();
  topics.set(topic, members.add(socket));
  socket.on("message", (data) => {
    for (const member of members) member.send(data, { binary: false });
  });
  socket.on("close", () => members.delete(socket));
  socket.on("error", () => {});
});
server.on("listening", () => console.log(`listening ${server.address().port}`));
