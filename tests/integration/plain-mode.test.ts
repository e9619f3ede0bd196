import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client, Line } from "../support/client.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar({
    env: { KABAR_TOPICS: "lobby help", KABAR_SESSION_PUBLISH_RATE: "1", KABAR_SESSION_PUBLISH_BURST: "4" },
  });
});
afterAll(() => kabar.stop());

test("a page that only opens a socket receives every message, its own included, as name: text", async () => {
  const ana = await Line.open(kabar.url, "/websocket?name=Ana");
  const guest = await Line.open(kabar.url);
  ana.send("Selamat pagi");
  expect(await ana.next()).toBe("Ana: Selamat pagi");
  expect(await guest.next()).toBe("Ana: Selamat pagi");
  guest.send("two\nlines");
  expect(await ana.next()).toMatch(/^Guest-[a-z]+: two\n\tlines$/);
  ana.close();
  guest.close();
});

test("plain mode and kabar.v1 are two views of one topic", async () => {
  const plain = await Line.open(kabar.url, "/websocket?topic=help&name=Ana");
  const client = await Client.open(kabar.url, { name: "Budi" });
  await client.ask("subscribe", { topic: "help" });
  plain.send("from plain");
  expect((await client.messages(1))[0]).toMatchObject({
    text: "from plain",
    user: { name: "Ana", role: "guest" },
  });
  expect(await plain.next()).toBe("Ana: from plain");
  await client.publish("help", "from kabar.v1");
  expect(await plain.next()).toBe("Budi: from kabar.v1");
  const late = await Line.open(kabar.url, "/websocket?topic=help&history=1");
  expect(await late.next()).toBe("Budi: from kabar.v1");
  for (const open of [plain, late]) open.close();
  client.close();
});

test("a refused frame is answered by one line, and the socket stays open", async () => {
  const line = await Line.open(kabar.url);
  line.send("   ");
  expect(await line.next()).toBe("! The text is empty. Send at least one visible character.");
  line.send("x".repeat(8193));
  expect(await line.next()).toBe("! The text has 8193 bytes; at most 8192 are allowed.");
  line.socket.send(new Uint8Array([1, 2, 3]));
  expect(await line.next()).toBe("! Frames must be text; this one is binary.");
  line.send("one");
  expect(await line.next()).toEndWith(": one");
  line.close();
});

test("a client that sends too fast receives the time to wait", async () => {
  const line = await Line.open(kabar.url);
  for (let i = 0; i < 5; i++) line.send(`m${i}`);
  const lines = [];
  for (let i = 0; i < 5; i++) lines.push(await line.next());
  expect(lines.filter((text) => text.startsWith("! "))).toEqual(["! Too fast. Wait 1 s and send it again."]);
  line.close();
});

test.each([
  ["/websocket?topic=nowhere", 404, "topic-unknown"],
  ["/websocket?topic=a%20b", 400, "bad-topic"],
  ["/websocket?history=many", 400, "bad-request"],
  ["/websocket?name=%20", 400, "bad-name"],
])("an upgrade to %s is refused with %d %s", async (path, status, code) => {
  const response = await fetch(kabar.url + path, {
    headers: {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    },
  });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { code } });
});
