/** Origins of pages that the admin API adds and removes while servers run: over SQLite, and on two nodes over PostgreSQL. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { PROTOCOL } from "../../src/protocol.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const ENV = { KABAR_ALLOWED_ORIGINS: "https://own.example https://*.own.example" };
const SITE = "https://site.example";

if (!postgresBin)
  testWith("PostgreSQL", false, "Debian: postgresql")("origins of two nodes", async () => undefined);
const postgres = postgresBin ? await startPostgres() : undefined;

const admin = (node: RunningKabar, method: string, path: string, body?: object, headers = {}) =>
  fetch(`${node.url}/api/admin/${path}`, {
    method,
    headers: { Authorization: `Bearer ${OPERATOR_KEY}`, ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const add = async (node: RunningKabar, origin: unknown): Promise<[number, string]> => {
  const answer = await admin(node, "POST", "origins", { origin });
  const body = (await answer.json()) as { origin?: string; error?: { message: string } };
  return [answer.status, body.origin ?? body.error?.message ?? ""];
};
const remove = async (node: RunningKabar, origin: string): Promise<number> =>
  (await admin(node, "DELETE", `origins?${new URLSearchParams({ origin })}`)).status;
const list = async (node: RunningKabar) =>
  ((await (await admin(node, "GET", "origins")).json()) as { origins: { origin: string; source: string }[] })
    .origins;

/** Opens a socket as a page of an origin does; false when it is refused. */
function dial(node: RunningKabar, origin: string): Promise<WebSocket | false> {
  const options = { headers: { Origin: origin }, protocols: [PROTOCOL] };
  const socket = new WebSocket(`${node.url.replace(/^http/, "ws")}/websocket`, options as never);
  return new Promise((resolve) => {
    socket.addEventListener("open", () => resolve(socket));
    socket.addEventListener("error", () => resolve(false));
  });
}
/** The doors that let pages of an origin in, and the policy of the page that others may frame. */
async function doorsOpenTo(node: RunningKabar, origin: string): Promise<Record<string, boolean>> {
  const status = async (path: string, method = "GET", body?: string) => {
    const gone = new AbortController();
    const answer = await fetch(node.url + path, {
      method,
      headers: { Origin: origin },
      signal: gone.signal,
      ...(body === undefined ? {} : { body }),
    });
    gone.abort();
    return answer.status;
  };
  const socket = await dial(node, origin);
  if (socket) socket.close();
  const embed = await fetch(`${node.url}/embed/lobby`);
  return {
    socket: socket !== false,
    history: (await status("/api/topics/lobby/messages")) === 200,
    publish: (await status("/api/topics/lobby/messages", "POST", "hello")) === 201,
    events: (await status("/api/topics/lobby/events")) === 200,
    session: (await status("/api/session")) === 200,
    ntfy: (await status("/ntfy/lobby/json")) === 200,
    frame: embed.headers.get("content-security-policy")?.includes(` ${origin}`) === true,
  };
}
const ALL = {
  socket: true,
  history: true,
  publish: true,
  events: true,
  session: true,
  ntfy: true,
  frame: true,
};
const NONE = Object.fromEntries(Object.keys(ALL).map((door) => [door, false]));

describe("on one server", () => {
  let kabar: RunningKabar;
  beforeAll(async () => {
    kabar = await startKabar({ env: ENV });
  });
  afterAll(() => kabar.stop());

  test("an added origin is in force at every door at once, after a restart, and until it is removed", async () => {
    expect(await doorsOpenTo(kabar, SITE)).toEqual(NONE);
    expect(await add(kabar, SITE)).toEqual([201, SITE]);
    expect(await add(kabar, SITE)).toEqual([200, SITE]);
    expect(await doorsOpenTo(kabar, SITE)).toEqual(ALL);
    await kabar.restart();
    expect(await doorsOpenTo(kabar, SITE)).toEqual(ALL);
    expect(await list(kabar)).toEqual([
      { origin: "https://own.example", source: "environment" },
      { origin: "https://*.own.example", source: "environment" },
      { origin: SITE, source: "api" },
    ]);
    expect(await remove(kabar, SITE)).toBe(204);
    expect(await doorsOpenTo(kabar, SITE)).toEqual(NONE);
    expect(await remove(kabar, SITE)).toBe(404);
    const { entries } = (await (await admin(kabar, "GET", "audit")).json()) as {
      entries: { key: string; by: string; value: unknown }[];
    };
    expect(entries.filter(({ key }) => key === `origin:${SITE}`).map(({ by, value }) => [by, value])).toEqual(
      [
        ["operator", null],
        ["operator", true],
      ],
    );
  });

  test("a removal ends the sessions and streams of its pages, and no others", async () => {
    await add(kabar, SITE);
    const socket = await dial(kabar, SITE);
    const kept = await dial(kabar, "https://own.example");
    if (!socket || !kept) throw new Error("both may connect");
    const closed = new Promise<number>((resolve) =>
      socket.addEventListener("close", ({ code }) => resolve(code)),
    );
    const streams = await Promise.all(
      ["/api/topics/lobby/events", "/api/session", "/ntfy/lobby/json"].map((path) =>
        fetch(kabar.url + path, { headers: { Origin: SITE } }),
      ),
    );
    await remove(kabar, SITE);
    // For good: a client that came back would be refused again and again.
    expect(await closed).toBe(4503);
    // Each has an end.
    for (const stream of streams) await stream.text();
    expect(kept.readyState).toBe(WebSocket.OPEN);
    kept.close();
  });

  test("an origin of the configuration cannot be removed", async () => {
    expect(await remove(kabar, "https://own.example")).toBe(404);
    expect(await doorsOpenTo(kabar, "https://own.example")).toEqual(ALL);
  });

  test("an origin is taken as browsers send it, and anything else is refused in words", async () => {
    for (const [given, kept] of [
      [" https://Shop.Example/ ", "https://shop.example"],
      ["https://port.example:443", "https://port.example"],
      ["http://port.example:8080", "http://port.example:8080"],
      ["https://bücher.example", "https://xn--bcher-kva.example"],
      ["https://*.wild.example", "https://*.wild.example"],
    ] as const) {
      expect([given, await add(kabar, given)]).toEqual([given, [201, kept]]);
      expect(await remove(kabar, given)).toBe(204);
    }
    const rule =
      'must be an origin like https://example.com or https://*.example.com (scheme, host, port; no path), or "*".';
    for (const wrong of [
      "",
      "shop.example",
      "https://shop.example/chat",
      "https://shop.example?x",
      "https://user@shop.example",
      "https://shop.example:99999x",
      "https://*",
      "https://a.*.example",
      "javascript:alert(1)",
      "https://a.example; script-src *",
      "https://a.example https://b.example",
      "https://a.example\r\nX: y",
      `https://${"a".repeat(400)}.example`,
      ["https://a.example"],
      null,
      { origin: "https://a.example" },
    ]) {
      const [status, message] = await add(kabar, wrong);
      expect([wrong, status, message.endsWith(rule)]).toEqual([wrong, 400, true]);
    }
    expect(await list(kabar)).toHaveLength(2);
  });

  test("the list is bounded, since one header holds it", async () => {
    const names = Array.from({ length: 60 }, (_, i) => `https://a-site-with-a-long-name-${i}.example`);
    const outcomes: number[] = [];
    for (const name of names) outcomes.push((await add(kabar, name))[0]);
    expect(new Set(outcomes)).toEqual(new Set([201, 400]));
    const page = await fetch(`${kabar.url}/embed/lobby`);
    expect(page.headers.get("content-security-policy")?.length).toBeLessThan(4000);
    for (const { origin, source } of await list(kabar)) if (source === "api") await remove(kabar, origin);
  });

  test("an added origin, even *, opens no door of the admin API to its pages", async () => {
    const link = (await (await admin(kabar, "POST", "console/links", {})).json()) as { link: string };
    const code = link.link.slice(link.link.indexOf("#") + 1);
    const body = JSON.stringify({ code });
    const session = await fetch(`${kabar.url}/api/admin/console/sessions`, { method: "POST", body });
    const cookie = session.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const asPage = (origin: string, method: string, path: string, given?: object) =>
      admin(kabar, method, path, given, {
        Authorization: "",
        Cookie: cookie,
        Origin: origin,
      }).then(({ status }) => status);
    const ask = async (origin: string) => [
      await asPage(origin, "GET", "settings"),
      await asPage(origin, "POST", "origins", { origin: "https://evil.example" }),
      await asPage(origin, "DELETE", `origins?origin=${encodeURIComponent(SITE)}`),
    ];
    await add(kabar, SITE);
    await add(kabar, "*");
    const fetchWithout = (headers: Record<string, string>) =>
      fetch(`${kabar.url}/api/admin/origins`, { headers: { Cookie: cookie, ...headers } });
    expect((await fetchWithout({ Origin: SITE })).status).toBe(403);
    expect((await fetchWithout({ Origin: kabar.url })).status).toBe(200);
    for (const origin of [SITE, "https://evil.example", "null"]) {
      const statuses = await ask(origin);
      expect([origin, statuses.every((status) => status === 401 || status === 403)]).toEqual([origin, true]);
    }
    expect((await list(kabar)).map(({ origin }) => origin)).toContain(SITE);
    for (const origin of [SITE, "*"]) await remove(kabar, origin);
  });

  test("an API key of scope admin sees the list, and does not change it", async () => {
    const made = await admin(kabar, "POST", "keys", { name: "back end", scope: "admin" });
    const { secret } = (await made.json()) as { secret: string };
    const asKey = { Authorization: `Bearer ${secret}` };
    expect((await admin(kabar, "GET", "origins", undefined, asKey)).status).toBe(200);
    expect((await admin(kabar, "POST", "origins", { origin: SITE }, asKey)).status).toBe(403);
    expect((await admin(kabar, "DELETE", `origins?origin=${SITE}`, undefined, asKey)).status).toBe(403);
  });
});

describe.skipIf(!postgres)("on two nodes", () => {
  const nodes: RunningKabar[] = [];
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  });

  test("an origin that one node adds or removes is in force on the other", async () => {
    const env = {
      ...ENV,
      KABAR_LOG: (await postgres?.createDatabase()) ?? "",
      KABAR_GUEST_SECRET: "the-same-secret-on-every-node",
    };
    nodes.push(...(await Promise.all([startKabar({ env }), startKabar({ env })])));
    const [one, other] = nodes;
    if (!one || !other) throw new Error("two nodes");
    expect(await doorsOpenTo(other, SITE)).toEqual(NONE);
    await add(one, SITE);
    const lists = async () => (await list(other)).some(({ origin }) => origin === SITE);
    await until("the origin on the other node", lists);
    expect(await doorsOpenTo(other, SITE)).toEqual(ALL);
    const socket = await dial(other, SITE);
    if (!socket) throw new Error("the page may connect");
    const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
    await remove(one, SITE);
    await closed;
    expect(await doorsOpenTo(other, SITE)).toEqual(NONE);
    expect(await doorsOpenTo(one, SITE)).toEqual(NONE);
  });
});
