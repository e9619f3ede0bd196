import { expect, test } from "bun:test";
import { createOfflineChanges } from "../../widget/page/offline-changes.ts";
import { createAreas, FakeServer } from "../support/widget-fakes.ts";
import { start } from "../support/widget-start.ts";

/** A client whose changes wait. */
async function begin(options: Parameters<typeof start>[0] = {}) {
  const started = await start(options);
  const { client, clock } = started;
  client.attach_({ runCommand_: createOfflineChanges(client, clock.now, clock.after) });
  await clock.pass(0);
  const react = (messageId: string, on: boolean) =>
    client.command("react", { topic: "lobby", messageId, target: 1, emoji: "👍", on });
  return { ...started, react };
}
const changes = (server: FakeServer) =>
  server.sockets.flatMap((s) => s.received.filter((f) => f.type === "react" || f.type === "edit"));

test("a change made offline waits for the connection and is sent in order", async () => {
  const { client, clock, server, react } = await begin();
  server.isUp = false;
  server.drop();
  const done = [react("r1", true), react("r2", false)];
  void client.command("edit", { topic: "lobby", messageId: "e1", target: 1, text: "later" });
  await clock.pass(60_000);
  expect(changes(server)).toEqual([]);
  server.isUp = true;
  await clock.pass(60_000);
  await Promise.all(done);
  expect(changes(server).map((f) => f.messageId)).toEqual(["r1", "r2", "e1"]);
});

test("a change whose reply was lost is sent again with its id, and a refused one is reported once", async () => {
  const { clock, server, react } = await begin();
  const { last: socket } = server;
  const handle = socket.onframe;
  socket.onframe = (frame) => frame.type !== "react" && handle(frame);
  const done = react("r1", true);
  await clock.pass(0);
  server.refuse = (f) =>
    f.type === "react" ? { type: "error", code: "message-unknown", message: "", retry: false } : undefined;
  server.drop();
  const refused = done.catch((error: { code: string }) => error.code);
  await clock.pass(10_000);
  expect(await refused).toBe("message-unknown");
  expect(changes(server).map((f) => f.messageId)).toEqual(["r1", "r1"]);
  server.drop();
  await clock.pass(10_000);
  expect(changes(server)).toHaveLength(2);
});

test("other commands fail at once", async () => {
  const { client, server } = await begin();
  server.isUp = false;
  server.drop();
  const failed = await client
    .command("queue", { topic: "lobby" })
    .catch((error: { code: string }) => error.code);
  expect(failed).toBe("connection-lost");
});

test("a reload keeps waiting changes after the first message, and erasing removes them", async () => {
  const areas = createAreas();
  const one = await begin({ areas });
  void one.client.send("lobby", "hi");
  await one.clock.pass(0);
  one.server.isUp = false;
  one.server.drop();
  void one.react("r1", true);
  await one.clock.pass(0);
  expect(Object.keys(areas.local).some((key) => key.endsWith(":change:r1"))).toBe(true);
  one.client.stop();
  const two = await begin({ areas });
  await two.clock.pass(0);
  expect(changes(two.server).map((f) => f.messageId)).toEqual(["r1"]);
  two.server.drop();
  void two.react("r2", true);
  await two.clock.pass(0);
  two.identity.signOut({ forget: true });
  expect(areas.local).toEqual({});
});

test("a held message is requested again after a reload, and gone once approved", async () => {
  const areas = createAreas();
  const server = new FakeServer();
  let isHeld = true;
  server.refuse = (f) =>
    f.type === "publish" && isHeld
      ? { type: "ok", topic: "lobby", offset: 0, repeated: false, held: true }
      : undefined;
  const one = await start({ areas, server2: server });
  void one.client.send("lobby", "hm");
  await one.clock.pass(0);
  one.client.stop();
  const two = await start({ areas, server2: server });
  await two.clock.pass(0);
  expect(two.client.state.topics.lobby?.pending).toMatchObject([{ text: "hm", held: true }]);
  two.client.stop();
  isHeld = false;
  const three = await start({ areas, server2: server });
  await three.clock.pass(0);
  expect(three.client.state.topics.lobby?.pending).toEqual([]);
  expect(server.log().map((m) => m.text)).toEqual(["hm"]);
  expect(Object.keys(areas.local).filter((key) => key.includes("unsent"))).toEqual([]);
});
