/** Publishes messages over HTTP and reads the stored ones. */
import type { RunningKabar } from "./server.ts";

/** Publishes over HTTP, with the operator's key and any name. */
export async function publish(
  server: RunningKabar,
  text: string,
  topic = "lobby",
  name = "Ana",
): Promise<void> {
  const response = await fetch(`${server.url}/api/topics/${topic}/messages?name=${name}`, {
    method: "POST",
    body: text,
    headers: { Authorization: `Bearer ${server.operatorKey}`, "Content-Type": "text/plain" },
  });
  if (!response.ok) throw new Error(await response.text());
}

/** The texts of the messages stored in a topic, oldest first. */
export async function stored(server: RunningKabar, topic = "lobby"): Promise<string[]> {
  const response = await fetch(`${server.url}/api/topics/${topic}/messages?limit=200`);
  const { messages } = (await response.json()) as { messages: { text: string }[] };
  return messages.map((m) => m.text);
}
