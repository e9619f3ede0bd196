/** A reader of the feed over HTTP. */
import { expect } from "bun:test";

type Json = Record<string, unknown>;

/** The events of a server's feed, and their cursors, until one passes `isLast`. */
export async function readFeedOf(
  url: string,
  query: string,
  isLast: (event: Json) => boolean,
  key: string,
): Promise<{ events: Json[]; ids: string[] }> {
  const gone = new AbortController();
  const response = await fetch(`${url}/api/feed?${query}`, {
    headers: { Authorization: `Bearer ${key}` },
    signal: gone.signal,
  });
  expect(response.status).toBe(200);
  const [events, ids]: [Json[], string[]] = [[], []];
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of response.body ?? []) {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const id = /^id: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (id !== undefined) ids.push(id);
      if (data !== undefined) events.push(JSON.parse(data) as Json);
    }
    if (events.some(isLast)) break;
  }
  gone.abort();
  return { events, ids };
}
