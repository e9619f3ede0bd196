/** Rows of the table of rights about the search, at both doors: in a topic, in a private one, over all, and for hidden entries. */
import type { Actor } from "./actors.ts";
import { signToken } from "./people.ts";

type Reply = Record<string, unknown>;
type Try = (actor: Actor, place: { topic: string }) => Promise<string>;
type Search = (actor: Actor, query: Record<string, string>) => Promise<Reply>;

/** Tries by the label of their row. `outcomeOf` is the table's word for an answer; a search that finds nothing is `–`. */
function triesOf(
  door: string,
  url: () => string,
  outcomeOf: (reply: Reply) => string,
  search: Search,
): Record<string, Try> {
  async function find(actor: Actor, query: Record<string, string>): Promise<string> {
    const reply = await search(actor, query);
    return Array.isArray(reply.messages) && reply.messages.length === 0 ? "–" : outcomeOf(reply);
  }
  return {
    [`${door} of a topic`]: async (actor, { topic }) => outcomeOf(await search(actor, { q: "mine", topic })),
    [`${door} of a private topic`]: async (actor) =>
      outcomeOf(await search(actor, { q: "mine", topic: "p-private" })),
    [`${door}: hidden entries of others`]: (actor, { topic }) =>
      find(actor, { q: '"said while hidden"', topic }),
    [`${door} over all topics: finds in a private topic`]: async (actor) => {
      const token = await signToken("boss", { role: "moderator" });
      const headers = { Authorization: `Bearer ${token}`, "Idempotency-Key": "search" };
      await fetch(`${url()}/api/topics/p-private/messages`, {
        method: "POST",
        headers,
        body: "confidential",
      });
      return find(actor, { q: "confidential" });
    },
  };
}

/** The rows of the command `search`. */
export const searchCommandTries = (url: () => string, outcomeOf: (reply: Reply) => string) =>
  triesOf(
    "`search`",
    url,
    outcomeOf,
    async ({ session }, query) => (await session.ask("search", query)) as unknown as Reply,
  );

/** The rows of the route. */
export const searchTries = (url: () => string, outcomeOf: (reply: Reply) => string) =>
  triesOf("`GET /api/search`", url, outcomeOf, async ({ bearer }, query) => {
    const headers: HeadersInit = bearer ? { Authorization: `Bearer ${bearer}` } : {};
    const response = await fetch(`${url()}/api/search?${new URLSearchParams(query)}`, { headers });
    return (await response.json()) as Reply;
  });
