// A hub as Socket.IO's documentation writes it: join a room, emit to the room. With REDIS (a port) it is one of several nodes.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const load = createRequire(process.env.PACKAGES);
const { Server } = load("socket.io");
const http = createServer();
// Pings are put off beyond the run: the load does not answer them.
const options = { transports: ["websocket"], pingInterval: 3_600_000, serveClient: false };
if (process.env.REDIS) {
  const redis = load("redis").createClient({ url: `redis://127.0.0.1:${process.env.REDIS}` });
  await redis.connect();
  options.adapter = load("@socket.io/redis-streams-adapter").createAdapter(redis);
}
const io = new Server(http, options);

io.on("connection", (socket) => {
  const { topic } = socket.handshake.query;
  socket.join(topic);
  socket.on("m", (text) => io.to(topic).emit("m", text));
});
http.listen(0, "127.0.0.1", 4096, () => console.log(`listening ${http.address().port}`));
