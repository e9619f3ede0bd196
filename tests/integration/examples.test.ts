import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { hasCommand, testWith, SLOW_MS } from "../support/parts.ts";
import { cleanEnv, startKabar } from "../support/server.ts";

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
