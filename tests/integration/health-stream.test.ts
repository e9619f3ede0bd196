/** The health of the server as server-sent events, which the console's Home follows. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar();
});
afterAll(() => kabar.stop());

const bearer = { Authorization: `Bearer ${OPERATOR_KEY}` };
const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${kabar.url}/api/admin/${path}`, { headers: bearer, ...init });
const post = async (path: string, body: object) =>
  (await (await ask(path, { method: "POST", body: JSON.stringify(body) })).json()) as Record<string, string>;

interface HealthEvent {
  type: string;
  id: string | undefined;
  data: Record<string, unknown>;
}

/** Opens a stream and reads its events one by one. */
async function follow(headers: Record<string, string> = bearer) {
  const gone = new AbortController();
  const response = await ask("health/events", { headers, signal: gone.signal });
  async function* read(): AsyncGenerator<HealthEvent, undefined> {
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for await (const bytes of response.body ?? []) {
        const blocks = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
          const data = field("data");
          if (data !== undefined)
            yield { type: field("event") ?? "", id: field("id"), data: JSON.parse(data) };
        }
      }
    } catch (error) {
      if (!gone.signal.aborted) throw error;
    }
  }
  const events = read();
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    async next(type = "health"): Promise<HealthEvent | undefined> {
      for await (const event of { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) })
        if (event.type === type) return event;
      return undefined;
    },
    leave: () => gone.abort(),
  };
}

test("a stream tells how the server is, again and again, with the same fields as the route", async () => {
  const { status, type, next, leave } = await follow();
  expect([status, type]).toEqual([200, "text/event-stream; charset=utf-8"]);
  const first = await next();
  expect(first?.data).toMatchObject({ ready: true, sessions: 0 });
  const route = (await (await ask("health")).json()) as object;
  expect(Object.keys(first?.data ?? {}).toSorted()).toEqual(Object.keys(route).toSorted());
  const series = await next("series");
  expect(series?.data).toMatchObject({ stepMs: 10_000, at: [] });
  expect(series?.id).toMatch(/^[0-9a-f]+:\d+$/);
  const client = await Client.open(kabar.url);
  let now = first;
  while (now?.data.sessions === 0) now = await next();
  expect(now?.data.sessions).toBe(1);
  expect(Number(now?.data.now)).toBeGreaterThan(Number(first?.data.now));
  client.close();
  leave();

  // The place of before: nothing is sent twice.
  const again = await follow({ ...bearer, "Last-Event-ID": series?.id ?? "" });
  await again.next();
  await again.next();
  again.leave();
});

test("the end of a session ends its stream, a revoked key that of the key, and no other", async () => {
  const signedIn = await ask("console/sessions", {
    method: "POST",
    headers: {},
    body: JSON.stringify({ key: OPERATOR_KEY }),
  });
  const cookie = { Cookie: (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
  const { id = "", secret = "" } = await post("keys", { name: "Watcher", scope: "admin" });
  const [ofSession, ofKey, other] = await Promise.all([
    follow(cookie),
    follow({ Authorization: `Bearer ${secret}` }),
    follow(),
  ]);
  expect([ofSession, ofKey, other].map(({ status }) => status)).toEqual([200, 200, 200]);
  for (const { next } of [ofSession, ofKey, other]) expect(await next()).toBeDefined();
  await ask("console/sessions/own", { method: "DELETE", headers: { ...cookie, Origin: kabar.url } });
  while ((await ofSession.next()) !== undefined);
  expect((await follow(cookie)).status).toBe(401);
  expect(await ofKey.next()).toBeDefined();
  await ask(`keys/${id}`, { method: "DELETE" });
  while ((await ofKey.next()) !== undefined);
  expect((await follow({ Authorization: `Bearer ${secret}` })).status).toBe(401);
  expect(await other.next()).toBeDefined();
  other.leave();
});

test("a page of another site cannot read the stream with the cookie", async () => {
  const signedIn = await ask("console/sessions", {
    method: "POST",
    headers: {},
    body: JSON.stringify({ key: OPERATOR_KEY }),
  });
  const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  expect((await follow({ Cookie: cookie, "Sec-Fetch-Site": "same-site" })).status).toBe(403);
  expect((await follow({ Cookie: cookie, Origin: "https://evil.example" })).status).toBe(403);
});

test("more than twenty streams are refused, and HEAD opens none", async () => {
  const streams = await Promise.all(Array.from({ length: 20 }, () => follow()));
  for (const { next } of streams) expect(await next()).toBeDefined();
  const refused = await ask("health/events");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "30"]);
  expect((await ask("health/events", { method: "HEAD" })).status).toBe(405);
  streams[0]?.leave();
  const { leave } = await until("room for another one", async () => {
    const stream = await follow();
    return stream.status === 200 ? stream : undefined;
  });
  for (const stream of [{ leave }, ...streams]) stream.leave();
});

test("a shutdown does not wait for readers", async () => {
  const { next } = await until("room after the readers of before", async () => {
    const stream = await follow();
    return stream.status === 200 ? stream : undefined;
  });
  expect(await next()).toBeDefined();
  await kabar.restart();
  // An end, and no broken connection.
  while ((await next()) !== undefined);
});
