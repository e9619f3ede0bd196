// Answers "!time" in the lobby: a bot in ten lines. Run it with `bun examples/bot.ts`, or any runtime that has WebSocket.
const socket = new WebSocket(process.argv[2] ?? "ws://localhost:3000/websocket", "kabar.v1");
const send = (command: object) => socket.send(JSON.stringify(command));
socket.onopen = () => send({ type: "hello", id: 1, name: "Time bot" });
socket.onmessage = ({ data }) => {
  const frame = JSON.parse(data);
  if (frame.id === 1) send({ type: "subscribe", id: 2, topic: "lobby" });
  for (const { text, id } of frame.type === "messages" ? frame.messages : [])
    if (text === "!time")
      send({ type: "publish", id: 3, topic: "lobby", messageId: `re-${id}`, text: new Date().toUTCString() });
};
