// Answers "!time" in the lobby: a bot in ten lines. Run it with `bun examples/bot.ts`, or in a project with the package `kabar`.
import { createClient } from "kabar/client";

const client = createClient({ server: process.argv[2] ?? "http://localhost:3000", name: "Time bot" });

client.on("message", ({ topic, text, id }, { replay }) => {
  // A repeat of the same id is stored once, so the bot never answers twice.
  if (text === "!time" && !replay)
    void client.publish(topic, { text: new Date().toUTCString(), id: `re-${id}` });
});
await client.subscribe("lobby");
