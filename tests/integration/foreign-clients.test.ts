/** Clients that are not ours: the `ws` package in Node, Python's `websockets`, curl; slack_sdk, Apprise and two clients of ntfy. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { hasCommand, pythonPath, SLOW_MS, testWith } from "../support/parts.ts";
import { testWithSenders } from "../support/python-senders.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOPICS: "node python curl senders" } });
});
afterAll(() => kabar.stop());

async function run(command: string[], input: string): Promise<string> {
  const child = Bun.spawn(command, {
    stdin: new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
    cwd: `${import.meta.dir}/../..`,
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${err}`);
  return out;
}

const NODE_CLIENT = `
const WebSocket = require("ws");
const socket = new WebSocket(process.argv[2], "kabar.v1");
const send = (command) => socket.send(JSON.stringify(command));
socket.on("open", () => {
  send({ type: "hello", id: 1, name: "Node" });
  send({ type: "subscribe", id: 2, topic: "node" });
  send({ type: "publish", id: 3, topic: "node", messageId: "n-1", text: "from ws" });
});
socket.on("message", (data) => {
  const frame = JSON.parse(data);
  if (frame.type !== "messages") return;
  console.log(frame.messages.map((m) => m.user.name + ": " + m.text).join());
  socket.close();
});
`;

testWith(
  "Node",
  hasCommand("node"),
  "install Node 20 or newer",
)("Node's ws speaks kabar.v1 with us", async () => {
  const address = `ws://127.0.0.1:${kabar.port}/websocket`;
  expect(await run(["node", "-", address], NODE_CLIENT)).toBe("Node: from ws\n");
});

const PYTHON_CLIENT = `
import asyncio, json, sys, websockets
async def main(address):
    async with websockets.connect(address, subprotocols=["kabar.v1"]) as socket:
        await socket.send(json.dumps({"type": "hello", "id": 1, "name": "Python"}))
        hello = json.loads(await socket.recv())
        await socket.send(json.dumps({"type": "subscribe", "id": 2, "topic": "python"}))
        await socket.recv()
        await socket.send(json.dumps({"type": "publish", "id": 3, "topic": "python", "messageId": "p-1", "text": "dari Python"}))
        frames = [json.loads(await socket.recv()) for _ in range(2)]
        print(sorted(frame["type"] for frame in frames), hello["user"]["name"])
    async with websockets.connect(address + "?topic=python&history=1&name=Ular") as socket:
        print(await socket.recv())
        await socket.send("plain")
        print(await socket.recv())
asyncio.run(main(sys.argv[1]))
`;

testWith(
  "Python's websockets",
  pythonPath !== undefined,
  "apt-get install python3-websockets, or name a Python that has it in TEST_PYTHON",
)("Python's websockets speaks both modes with us", async () => {
  const address = `ws://127.0.0.1:${kabar.port}/websocket`;
  expect(await run([pythonPath ?? "", "-", address], PYTHON_CLIENT)).toBe(
    "['messages', 'ok'] Python\nPython: dari Python\nUlar: plain\n",
  );
});

testWith(
  "curl",
  hasCommand("curl"),
  "apt-get install curl",
)("curl publishes, reads history and follows the stream", async () => {
  const topic = `http://127.0.0.1:${kabar.port}/api/topics/curl`;
  const follower = Bun.spawn(["curl", "-sN", `${topic}/events?after=0`], { stdout: "pipe" });
  expect(await run(["curl", "-s", "-d", "Deploy finished", `${topic}/messages`], "")).toMatch(
    /^\{"topic":"curl","offset":1,/,
  );
  expect(await run(["curl", "-s", `${topic}/messages?limit=1`], "")).toContain('"text":"Deploy finished"');
  let seen = "";
  for await (const bytes of follower.stdout) {
    seen += new TextDecoder().decode(bytes);
    if (seen.includes("Deploy finished")) break;
  }
  follower.kill();
  expect(seen).toMatch(/id: 1\.[\w-]+\.\w+\ndata: \{"topic":"curl","offset":1,/);
});

const SENDERS = `
import asyncio, sys, threading
from urllib.parse import urlparse
hook, base = sys.argv[1:3]
host, token = urlparse(hook).netloc, hook.split("/")[-1]

from slack_sdk.webhook import WebhookClient
from slack_sdk.models.blocks import HeaderBlock, SectionBlock
slack = WebhookClient(hook)
blocks = [HeaderBlock(text="Deploy"), SectionBlock(text="*done* by <https://a.example/|Ana>")]
for answer in (slack.send(text="fallback", blocks=blocks), slack.send(text="")):
    print("slack", answer.status_code, answer.body)

import apprise
senders = apprise.Apprise()
senders.add(f"mmost://{host}/{token}")
senders.add(f"ntfy://{host}/senders?priority=high&tags=warning&click=https://c.example/")
print("apprise", bool(senders.notify(title="Backup", body="finished")))

from ntfpy.raw_subscribe import raw_subscribe
from ntfpy.raw_send import raw_send
from ntfy.backends.ntfy_sh import notify
got, done = [], threading.Event()
def receive(message):
    got.append(f"{getattr(message, 'title', None)}: {message.message}")
    if len(got) == 2: done.set()
threading.Thread(target=lambda: asyncio.run(raw_subscribe(base, "senders", handler=receive)), daemon=True).start()
import requests, time
while not got:
    raw_send(base, "senders", "by ntfpy", title="First")
    time.sleep(0.2)
notify("Second", "by ntfy", "senders", host=base)
done.wait(20)
print("ntfy", sorted(set(got)))
poll = requests.get(f"{base}/senders/json?poll=1&since=all").text.splitlines()
print(len(poll) >= 5)
`;

testWithSenders("slack_sdk, Apprise and two clients of ntfy send and receive", async (python) => {
  const made = await fetch(`${kabar.url}/api/admin/hooks/in`, {
    method: "POST",
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    body: JSON.stringify({ topic: "senders", name: "Senders" }),
  });
  const { url } = (await made.json()) as { url: string };
  expect(await python(SENDERS, url, `${kabar.url}/ntfy`)).toBe(
    "slack 200 ok\nslack 400 no_text\napprise True\nntfy ['First: by ntfpy', 'Second: by ntfy']\nTrue\n",
  );
  const read = await fetch(`${kabar.url}/api/topics/senders/messages?after=0`);
  const { messages } = (await read.json()) as { messages: Record<string, unknown>[] };
  for (const wanted of [
    { title: "Deploy", text: "**done** by Ana (https://a.example/)" },
    { text: expect.stringMatching(/Backup[\s\S]*finished/) },
    { title: "Backup", text: "finished", priority: 4, tags: ["warning"], link: "https://c.example/" },
  ])
    expect(messages).toContainEqual(expect.objectContaining(wanted));
});

test("all foreign clients share one log", async () => {
  const client = await Client.open(kabar.url);
  expect(await client.ask("history", { topic: "curl" })).toMatchObject({ type: "ok" });
  client.close();
});
