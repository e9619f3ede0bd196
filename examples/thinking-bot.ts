// Answers every question in the lobby in parts, as a language model does: one message that grows. Needs a key that may publish:
//   KABAR_KEY=… bun examples/thinking-bot.ts http://localhost:3000
import { createClient } from "kabar/client";

const client = createClient({
  server: process.argv[2] ?? "http://localhost:3000",
  token: process.env.KABAR_KEY,
  name: "Oracle",
});

/** Stands in for a model: yields an answer word by word. */
async function* think(question: string) {
  for (const word of `You ask **${question}** The answer is forty-two.`.split(/(?<= )/)) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    yield word;
  }
}

client.on("message", async ({ topic, text, id, offset }, { mine, replay }) => {
  if (mine || replay || !text.endsWith("?")) return;
  const answer = await client.begin(topic, { id: `re-${id}`, replyTo: offset });
  for await (const word of think(text)) answer.append(word);
  await answer.done();
});
await client.subscribe("lobby");
