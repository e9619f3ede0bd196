/** Rows of the table of rights about the search: in a topic, in a private one, over all, and for hidden entries. */
import type { Actor } from "./actors.ts";
import { signToken } from "./people.ts";

type Reply = Record<string, unknown>;
type Try = (actor: Actor, place: { topic: string }) => Promise<string>;

/** Tries by the label of their row. `outcomeOf` is the table's word for an answer; a search that finds nothing is `–`. */
export function searchTries(url: () => string, outcomeOf: (reply: Reply) => string): Record<string, Try> {
  async function search({ bearer }: Actor, query: string): Promise<Reply> {
    const headers: HeadersInit = bearer ? { Authorization: `Bearer ${bearer}` } : {};
    return (await (await fetch(`${url()}/api/search?${query}`, { headers })).json()) as Reply;
  }
  const ask = async (actor: Actor, query: string) => outcomeOf(await search(actor, query));
  async function find(actor: Actor, query: string): Promise<string> {
    const reply = await search(actor, query);
    return Array.isArray(reply.messages) && reply.messages.length === 0 ? "–" : outcomeOf(reply);
  }

  return {
    "`GET /api/search` of a topic": (actor, { topic }) => ask(actor, `q=mine&topic=${topic}`),
    "`GET /api/search` of a private topic": (actor) => ask(actor, "q=mine&topic=p-private"),
    "`GET /api/search`: hidden entries of others": (actor, { topic }) =>
      find(actor, `q="said+while+hidden"&topic=${topic}`),
    "`GET /api/search` over all topics: finds in a private topic": async (actor) => {
      const token = await signToken("boss", { role: "moderator" });
      const headers = { Authorization: `Bearer ${token}`, "Idempotency-Key": "search" };
      await fetch(`${url()}/api/topics/p-private/messages`, {
        method: "POST",
        headers,
        body: "confidential",
      });
      return find(actor, "q=confidential");
    },
  };
}
