/** Rows of the tables of rights about growing messages: begun and appended to by everybody, over the socket and over HTTP. */
import type { Actor } from "./actors.ts";
import type { Client } from "./client.ts";

type Reply = Record<string, unknown>;
type Try = (actor: Actor, place: { topic: string }) => Promise<string>;

export interface GrowingTriesParts {
  url: () => string;
  /** The author of the message that is another's. */
  author: () => Client;
  /** The table's word for an answer. */
  outcomeOf: (reply: Reply) => string;
}

const ask = async (client: { ask: Client["ask"] }, type: string, fields: object) =>
  (await client.ask(type, fields)) as unknown as Reply;
const begin = (client: { ask: Client["ask"] }, topic: string) =>
  ask(client, "publish", { topic, messageId: crypto.randomUUID(), text: "", growing: true });

/** Tries of commands and of routes, by the label of their row. A message that could not be begun is not appended to. */
export function growingTries({ url, author, outcomeOf }: GrowingTriesParts) {
  const commands: Record<string, Try> = {
    "`publish` with `growing`, `append`": async ({ session }, { topic }) => {
      const begun = await begin(session, topic);
      if (begun.offset === undefined) return outcomeOf(begun);
      const end = { topic, target: begun.offset, sequence: 1, text: "x", done: true };
      return outcomeOf(await ask(session, "append", end));
    },
    "`append` to another's": async ({ session }, { topic }) => {
      const { offset: target } = await begin(author(), topic);
      const outcome = outcomeOf(await ask(session, "append", { topic, target, sequence: 1, text: "x" }));
      await ask(author(), "append", { topic, target, sequence: 1, text: "x", done: true });
      return outcome;
    },
  };
  const routes: Record<string, Try> = {
    "`POST /api/topics/:topic/messages/:id/append`": async ({ bearer }, { topic }) => {
      const id = crypto.randomUUID();
      const post = async (path: string, body: object) => {
        const answer = await fetch(`${url()}/api/topics/${topic}/messages${path}`, {
          method: "POST",
          headers: { "Content-Type": "application/json", Authorization: `Bearer ${bearer}` },
          body: JSON.stringify(body),
        });
        return (await answer.json()) as Reply;
      };
      await post("", { id, text: "", growing: true });
      return outcomeOf(await post(`/${id}/append`, { sequence: 1, text: "x", done: true }));
    },
  };
  return { commands, routes };
}
