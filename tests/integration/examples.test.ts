import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { hasCommand, pythonPath, testWith, SLOW_MS } from "../support/parts.ts";
import { cleanEnv, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const examples = join(import.meta.dir, "../../examples");

test("the bot answers once, and only its own question", async () => {
  const kabar = await startKabar();
  const bot = Bun.spawn([process.execPath, join(examples, "bot.ts"), kabar.url]);
  try {
    const client = await Client.open(kabar.url, { name: "Ana" });
    await client.ask("subscribe", { topic: "lobby" });
    // The bot may subscribe after a question: it is asked until it answers.
    const answered = (async () => {
      for (;;) {
        const [message] = await client.messages(1);
        if (message?.user.name === "Time bot") return message;
      }
    })();
    let done = false;
    void answered.then(() => (done = true));
    for (let i = 0; !done && i < 200; i++) {
      await client.publish("lobby", "!time", `q-${i}`);
      await Promise.race([answered, Bun.sleep(50)]);
    }
    expect(Date.parse((await answered).text)).toBeGreaterThan(0);
    client.close();
  } finally {
    bot.kill();
    await bot.exited;
    await kabar.stop();
  }
});

testWith(
  "curl",
  hasCommand("curl"),
  "apt-get install curl",
)("notify.sh publishes once however often it runs", async () => {
  const kabar = await startKabar();
  const env = { ...cleanEnv(), KABAR_OPERATOR_KEY: kabar.operatorKey, KABAR_URL: kabar.url };
  for (let i = 0; i < 2; i++) {
    const { exitCode } = Bun.spawnSync([join(examples, "notify.sh"), "deploy-42", "Deploy 42 finished"], {
      env,
    });
    expect(exitCode).toBe(0);
  }
  const history = await fetch(`${kabar.url}/api/topics/lobby/messages`).then((response) => response.json());
  expect(history).toMatchObject({
    top: 1,
    messages: [{ id: "deploy-42", user: { name: "Deploys", role: "operator" } }],
  });
  await kabar.stop();
});

testWith(
  "Python's websockets",
  pythonPath !== undefined,
  "apt-get install python3-websockets, or name a Python that has it in TEST_PYTHON",
)(
  "client.py prints and publishes each message once, in order, while the server and it come and go",
  async () => {
    const kabar = await startKabar();
    const state = join(createFolder(), "state.json");
    let printed = "";
    const lines = () => printed.split("\n").slice(0, -1);
    function start() {
      const program = [
        pythonPath ?? "",
        join(examples, "client.py"),
        kabar.url.replace("http", "ws"),
        "lobby",
        state,
      ];
      const child = Bun.spawn(program, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
      const ended = (async () => {
        const decoder = new TextDecoder();
        for await (const bytes of child.stdout) printed += decoder.decode(bytes, { stream: true });
      })();
      return { child, ended };
    }
    async function say(to: ReturnType<typeof start>, from: number, count: number) {
      for (let i = from; i < from + count; i++) to.child.stdin.write(`typed ${i}\n`);
      await to.child.stdin.flush();
    }
    let program = start();
    await say(program, 0, 10);
    await until("the first lines are back", () => lines().length === 10);
    await kabar.kill();
    await say(program, 10, 10);
    await kabar.restart();
    await until("the lines that waited are back", () => lines().length === 20);
    program.child.kill();
    await program.child.exited;
    await program.ended;
    const ana = await Client.open(kabar.url, { name: "Ana" });
    for (let i = 0; i < 5; i++) await ana.publish("lobby", `missed ${i}`);
    ana.close();
    program = start();
    await say(program, 20, 5);
    await until("what it missed is printed", () => lines().length === 30);
    program.child.kill();
    await program.ended;
    await kabar.stop();
    expect(lines().map((line) => Number.parseInt(line, 10))).toEqual(
      Array.from({ length: 30 }, (_, i) => i + 1),
    );
    const typed = lines().filter((line) => line.includes("typed"));
    expect(typed.map((line) => Number(line.replace(/.*typed /, "")))).toEqual(
      Array.from({ length: 25 }, (_, i) => i),
    );
    expect(new Set(typed.map((line) => line.replace(/^\d+ |: typed.*/g, ""))).size).toBe(1);
    expect(
      readFileSync(join(examples, "client.py"), "utf8").trimEnd().split("\n").length,
    ).toBeLessThanOrEqual(40);
  },
);
