import { afterEach, expect, test } from "bun:test";
import { createCookies, requireOwnPage } from "../../src/doors/console-cookie.ts";
import { describeBrowser } from "../../src/doors/browser-name.ts";
import { loadControl } from "../../src/log/control.ts";
import type { MessageLog } from "../../src/log/log.ts";
import { createConsoleAccess, LINK_LIFE_MS } from "../../src/users/console-access.ts";
import { createFolder } from "../support/folder.ts";
import { openTestLog } from "../support/log.ts";

const root = createFolder();
let opened: MessageLog | undefined;
afterEach(() => opened?.close());

const CAUSE = { by: "operator" };
const SESSION_LIFE_MS = 3_600_000;

/** A log with as many nodes over it as a test wants; `wrong` has the address of each wrong secret. */
async function setUp() {
  let now = 1_000_000;
  const wrong: string[] = [];
  const { log } = openTestLog(root);
  opened = log;
  const openNode = async (operatorMark = "mark") =>
    createConsoleAccess({
      control: await loadControl(log),
      owners: { markOf: () => undefined },
      isRevoked: () => false,
      serverSecret: "secret",
      operatorMark,
      sessionLifeMs: SESSION_LIFE_MS,
      guesses: { require: () => undefined, note: (address) => void wrong.push(address) },
      now: () => now,
    });
  const kept = async () =>
    (await log.read("$control", { after: 0, limit: 500 })).map(({ body }) => body).join("\n");
  return { node: await openNode(), openNode, kept, wrong, passTime: (ms: number) => (now += ms) };
}

test("a link signs in once, on whichever node, and the log has no secret", async () => {
  const { node, openNode, kept, wrong } = await setUp();
  const nodes = [node, await openNode(), await openNode()];
  const { secret } = await node.makeLink(CAUSE);
  const uses = await Promise.allSettled(nodes.map((each) => each.useLink(secret, "192.0.2.1")));
  expect(uses.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
  await expect(node.useLink(secret, "192.0.2.1")).rejects.toMatchObject({ code: "bad-credential" });
  expect(wrong).toHaveLength(3);
  expect(await kept()).not.toContain(secret.slice(-32));
});

test("a link is refused when it is wrong, has expired, or has the secret of another", async () => {
  const { node, passTime, wrong: guesses } = await setUp();
  const [one, two] = [await node.makeLink(CAUSE), await node.makeLink(CAUSE)];
  const mixed = one.secret.slice(0, 17) + two.secret.slice(17);
  for (const wrong of ["", "link_", mixed, `${one.secret}x`, one.secret.replace("link", "session")])
    await expect(node.useLink(wrong, "192.0.2.1")).rejects.toMatchObject({ code: "bad-credential" });
  expect(guesses).toHaveLength(5);
  passTime(LINK_LIFE_MS - 1);
  await node.useLink(one.secret, "192.0.2.1");
  passTime(1);
  await expect(node.useLink(two.secret, "192.0.2.1")).rejects.toMatchObject({ code: "bad-credential" });
});

test("the link of a start works once, on its own node, and writes nothing", async () => {
  const { node, openNode, kept, passTime } = await setUp();
  const other = await openNode();
  const secret = node.makeLinkOfStart();
  expect(await kept()).toBe("");
  await expect(other.useLink(secret, "192.0.2.1")).rejects.toMatchObject({ code: "bad-credential" });
  await expect(node.useLink(`${secret}x`, "192.0.2.1")).rejects.toMatchObject({ code: "bad-credential" });
  await node.useLink(secret, "192.0.2.1");
  await expect(node.useLink(secret, "192.0.2.1")).rejects.toMatchObject({ code: "bad-credential" });
  const late = node.makeLinkOfStart();
  passTime(LINK_LIFE_MS);
  await expect(node.useLink(late, "192.0.2.1")).rejects.toMatchObject({ code: "bad-credential" });
});

test("at most twenty unused links wait: the oldest ends first", async () => {
  const { node } = await setUp();
  const links = [];
  for (let i = 0; i < 21; i++) links.push(await node.makeLink(CAUSE));
  await expect(node.useLink(links[0]?.secret ?? "", "a")).rejects.toMatchObject({ code: "bad-credential" });
  await node.useLink(links[1]?.secret ?? "", "a");
});

test("a session holds on every node and after a restart, until it is ended or its time is over", async () => {
  const { node, openNode, passTime, kept } = await setUp();
  const [one, two] = [
    await node.makeSession({ how: "link" }, "Firefox, Linux"),
    await node.makeSession({ how: "key" }, undefined),
  ];
  const other = await openNode();
  expect(other.findSession(one.secret)).toMatchObject({ how: "link", who: { isOperator: true } });
  expect(other.listSessions().map(({ how, browser }) => [how, browser])).toEqual([
    ["link", "Firefox, Linux"],
    ["key", undefined],
  ]);
  expect(JSON.stringify(other.listSessions())).not.toMatch(/hash|mark/);
  expect(await kept()).not.toContain(one.secret.slice(-32));
  await other.endSession(node.findSession(one.secret)?.id ?? "", CAUSE);
  expect(node.findSession(one.secret)).toBeUndefined();
  await expect(node.endSession("none", CAUSE)).rejects.toMatchObject({ code: "not-found" });
  passTime(SESSION_LIFE_MS);
  expect(node.findSession(two.secret)).toBeUndefined();
  expect(node.listSessions()).toEqual([]);
});

test("a moderator who signs in often ends sessions of their own and nobody else's", async () => {
  const { node, passTime } = await setUp();
  const owner = await node.makeSession({ how: "key" }, undefined);
  const moderator = (id: string) => ({
    user: { id, name: "Mo", role: "moderator" as const },
    grants: [],
    issuedAtMs: 1,
    expiresAtMs: 1_000_000 + SESSION_LIFE_MS / 2,
  });
  const enter = (id: string) => node.makeSession({ how: "token", moderator: moderator(id) }, undefined);
  const other = await enter("u:other");
  const made = [];
  for (let i = 0; i < 7; i++) made.push(await enter("u:mo"));
  expect(made.map(({ secret }) => node.findSession(secret) !== undefined)).toEqual([
    ...[false, false],
    ...[true, true, true, true, true],
  ]);
  for (const { secret } of [owner, other]) expect(node.findSession(secret)).toBeDefined();
  // The session ends with the token.
  passTime(SESSION_LIFE_MS / 2);
  expect(node.findSession(other.secret)).toBeUndefined();
  expect(node.findSession(owner.secret)).toBeDefined();
});

test("a sign-in ends the session that the browser had, also when making room has ended it", async () => {
  const { node } = await setUp();
  const moderator = {
    user: { id: "u:mo", name: "Mo", role: "moderator" as const },
    grants: [],
    issuedAtMs: 1,
    expiresAtMs: 1_000_000 + SESSION_LIFE_MS,
  };
  const enter = (before?: string) =>
    node.makeSession(
      { how: "token", moderator },
      undefined,
      before === undefined ? undefined : { id: node.findSession(before)?.id ?? "", by: "u:mo" },
    );
  const made = [];
  for (let i = 0; i < 5; i++) made.push((await enter()).secret);
  const [oldest = "", second = ""] = made;
  const again = await enter(oldest);
  expect(node.findSession(oldest)).toBeUndefined();
  expect(node.findSession(again.secret)).toBeDefined();
  expect(node.listSessions()).toHaveLength(5);
  const other = await enter(again.secret);
  expect(node.findSession(again.secret)).toBeUndefined();
  expect(node.findSession(other.secret)).toBeDefined();
  expect(node.findSession(second)).toBeUndefined();
});

test("another operator's key ends every session", async () => {
  const { node, openNode } = await setUp();
  const { secret } = await node.makeSession({ how: "key" }, undefined);
  const changed = await openNode("another mark");
  expect(changed.findSession(secret)).toBeUndefined();
  expect(changed.listSessions()).toEqual([]);
});

const request = (
  method: string,
  headers: Record<string, string>,
  url = "http://chat.example/api/admin/keys",
) => new Request(url, { method, headers });

test("a request with the cookie is refused when a page of elsewhere sent it", () => {
  const config = { publicUrl: "" };
  const outcome = (method: string, headers: Record<string, string>, isFirst = false) => {
    try {
      requireOwnPage(request(method, headers), config, isFirst);
      return "ok";
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const own = "http://chat.example";
  for (const [method, headers, expected] of [
    ["GET", {}, "ok"],
    ["GET", { "sec-fetch-site": "same-origin" }, "ok"],
    ["GET", { "sec-fetch-site": "none" }, "ok"],
    ["GET", { "sec-fetch-site": "same-site" }, "origin-denied"],
    ["GET", { "sec-fetch-site": "cross-site" }, "origin-denied"],
    ["GET", { origin: "http://evil.example" }, "origin-denied"],
    ["POST", {}, "origin-denied"],
    ["POST", { "sec-fetch-site": "none" }, "origin-denied"],
    ["POST", { origin: own }, "ok"],
    ["POST", { origin: "null" }, "origin-denied"],
    ["POST", { origin: `${own}:8080` }, "origin-denied"],
    ["POST", { origin: "http://evil.example" }, "origin-denied"],
    ["POST", { origin: own, "sec-fetch-site": "same-site" }, "origin-denied"],
    // Behind a proxy that changes `Host`, the browser's own word decides.
    ["DELETE", { origin: "https://chat.outside.example", "sec-fetch-site": "same-origin" }, "ok"],
  ] as [string, Record<string, string>, string][])
    expect([method, headers, outcome(method, headers)]).toEqual([method, headers, expected]);
  expect(outcome("POST", {}, true)).toBe("ok");
  expect(outcome("POST", { origin: "http://evil.example" }, true)).toBe("origin-denied");
  expect(() =>
    requireOwnPage(request("POST", { origin: "https://x.example" }), { publicUrl: "https://x.example/chat" }),
  ).not.toThrow();
});

test("the cookie is for no script, has a name for each server, and over https belongs to this host alone", () => {
  const session = { secret: "session_x", until: Date.now() + 60_500 };
  const inside = createCookies({ publicUrl: "" }, "one");
  const outside = createCookies({ publicUrl: "https://x.example/chat" }, "one");
  const ask = (headers: Record<string, string>, url?: string) => request("POST", headers, url);
  const safe = inside.write(ask({ origin: "https://chat.example" }), session);
  expect(safe).toMatch(/^__Host-kabar_console_one=session_x; Path=\/; .*Secure; HttpOnly; SameSite=Strict$/);
  expect(safe).toMatch(/Max-Age=60/);
  // Other programs share the host: the cookie keeps to the path.
  const shared = outside.write(ask({ origin: "https://x.example" }, "http://x.example/api/admin/x"), session);
  expect(shared).toMatch(
    /^__Secure-kabar_console_one=session_x; Path=\/chat\/api\/admin; .*Secure; HttpOnly/,
  );
  // Through a tunnel to the server's own port there is no path of `public_url`.
  const tunnel = ask({ origin: "http://localhost:3000" }, "http://localhost:3000/api/admin/x");
  expect(outside.write(tunnel, session)).toMatch(/^kabar_console_one=\S+ Path=\/api\/admin; /);
  expect(inside.write(ask({ origin: "http://chat.example" }), session)).not.toMatch(/Secure/);
  expect(inside.write(ask({}))).toMatch(/^kabar_console_one=;.*Max-Age=0/);

  const read = (cookie: string, cookies = inside, url?: string) =>
    cookies.read(request("GET", { cookie }, url));
  expect(read("a=b; kabar_console_one=session_x; kabar_console_two=session_y")).toBe("session_x");
  expect(read("kabar_console_two=session_y")).toBeUndefined();
  expect(read("kabar_console_one=planted; __Host-kabar_console_one=session_x")).toBe("session_x");
  // What a page without https planted does not count for https.
  expect(read("kabar_console_one=planted", inside, "https://chat.example/api/admin/keys")).toBeUndefined();
  expect(read("kabar_console_one=planted", outside, "http://x.example/api/admin/keys")).toBeUndefined();
  expect(inside.read(request("GET", {}))).toBeUndefined();
});

test("a browser is named in two words", () => {
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  const edge =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0";
  const phone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1";
  expect([firefox, edge, phone, "curl/8.5", "<script>"].map(describeBrowser)).toEqual([
    "Firefox, Linux",
    "Edge, Windows",
    "Safari, iPhone",
    undefined,
    undefined,
  ]);
});
