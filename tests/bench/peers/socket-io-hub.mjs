// A hub as Socket.IO's documentation writes it: join a room, emit to the room.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const { Server } = createRequire(process.env.PACKAGES)("socket.io");
const http = createServer();
// Pings are put off beyond the run: the load does not answer them.
const io = new Server(http, { transports: ["websocket"], pingInterval: 3_600_000, serveClient: false });

io.on("connection", (socket) => {
  const { topic } = socket.handshake.query;
  socket.join(topic);
  socket.on("m", (text) => io.to(topic).emit("m", text));
});
http.listen(0, "127.0.0.1", 4096, () => console.log(`listening ${http.address().port}`));
