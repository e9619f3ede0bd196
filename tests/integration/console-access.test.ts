/** The ways into the owner's console beside links and keys, over HTTP: named owners and what ends their sessions. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { SLOW_MS } from "../support/parts.ts";
import { sign } from "../support/actors.ts";
import { signToken, TOKEN_SECRET } from "../support/people.ts";
import { run } from "../support/run.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

const PASSPHRASE = "otter lantern violin crumb";
let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar({
    env: { KABAR_LOG_LEVEL: "debug", KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_TOPICS: "lobby help other" },
  });
});
afterAll(() => kabar.stop());

interface Asking {
  cookie?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Asks as the operator, by the key. */
  byKey?: boolean;
}
/** Asks the admin door as a page of this server does. */
const ask = (method: string, path: string, { cookie, body, headers = {}, byKey = false }: Asking = {}) =>
  fetch(`${kabar.url}/api/admin/${path}`, {
    method,
    redirect: "manual",
    headers: {
      ...(byKey ? { Authorization: `Bearer ${OPERATOR_KEY}` } : { Origin: kabar.url }),
      ...(cookie === undefined ? {} : { Cookie: cookie }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
const signIn = (body: unknown, asking: Asking = {}) => ask("POST", "console/sessions", { body, ...asking });
const cookieOf = (response: Response): string =>
  (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string; message: string } }).error;
const own = async (cookie?: string) =>
  (await (await ask("GET", "console", cookie === undefined ? {} : { cookie })).json()) as Record<
    string,
    unknown
  >;
const audit = async () =>
  (
    (await (await ask("GET", "audit?limit=200", { byKey: true })).json()) as {
      entries: { key: string; by: string; value: Record<string, unknown> | null; why?: string }[];
    }
  ).entries;
const command = (args: string[], input: string) =>
  run(["console", ...args], {
    input,
    env: { PORT: String(kabar.port), KABAR_DATA_DIR: kabar.dataDir, KABAR_OPERATOR_KEY: OPERATOR_KEY },
  });

test("a page that is not signed in learns so without an error", async () => {
  const answer = await ask("GET", "console");
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ signedIn: false, ways: { passphrase: false, passkey: false } });
  expect(answer.headers.get("set-cookie")).toBeNull();
  expect((await ask("GET", "console", { headers: { "Sec-Fetch-Site": "cross-site" } })).status).toBe(403);
  const ended = await ask("GET", "console", { cookie: "nothing=1" });
  expect(await ended.json()).toMatchObject({ signedIn: false });
});

test("an owner is made from the shell, signs in, and the audit log names the owner", async () => {
  expect(await command(["--owner", "Ana"], "short\n")).toMatchObject({
    code: 2,
    err: expect.stringContaining("has 5 characters, must be 15 to 256 characters"),
  });
  for (const args of [
    ["--owner"],
    ["--owner", "Ana", PASSPHRASE],
    ["--owner", "Ana", "--remove", "x"],
    ["Ana"],
  ])
    expect(await command(args, "")).toMatchObject({
      code: 2,
      err: expect.stringContaining("usage: console"),
    });
  const made = await command(["--owner", "Ana"], `${PASSPHRASE}\nmore\n`);
  expect(made).toMatchObject({ code: 0, out: "" });

  expect((await own()).ways).toEqual({ passphrase: true, passkey: false });
  const entered = await signIn({ name: "ana", passphrase: PASSPHRASE });
  expect(entered.status).toBe(201);
  const cookie = cookieOf(entered);
  expect(await own(cookie)).toMatchObject({
    signedIn: true,
    how: "passphrase",
    user: { id: "owner:ana", name: "Ana", role: "operator" },
  });
  await ask("PUT", "topics/made-by-ana", { cookie, body: {} });
  await ask("POST", "topics/made-by-ana/messages", { cookie, body: { text: "hello" } });
  expect(await (await ask("GET", "topics/made-by-ana/messages", { byKey: true })).text()).toContain(
    '"name":"Ana"',
  );
  const entries = await audit();
  expect(entries.find(({ key }) => key === "topic:made-by-ana")?.by).toBe("owner:ana");
  expect(entries.find(({ key }) => key.startsWith("console-session:"))?.by).toBe("owner:ana");
  expect(entries.find(({ key }) => key === "console-owner:ana")).toMatchObject({ why: "command line" });
  expect(JSON.stringify(entries)).not.toMatch(/argon2|"hash"|"mark":/);
  const sessions = await (await ask("GET", "console/sessions", { cookie })).text();
  expect(sessions).toContain('"owner":"Ana"');
  expect(sessions).not.toContain('"mark"');

  // After a restart the session holds; a removal ends it.
  await kabar.restart();
  expect((await own(cookie)).signedIn).toBe(true);
  expect(await command(["--owner", "Ana", "--remove"], "")).toMatchObject({ code: 0 });
  expect(await own(cookie)).toMatchObject({ signedIn: false, ended: true });
  expect((await ask("GET", "keys", { cookie })).status).toBe(401);
  expect(kabar.output()).not.toContain(PASSPHRASE);
});

test("a wrong name or passphrase, a foreign page and a broken body get no session", async () => {
  expect(
    (await ask("PUT", "console/owners/bo", { byKey: true, body: { passphrase: PASSPHRASE } })).status,
  ).toBe(201);
  const wrong = await signIn({ name: "bo", passphrase: "wrong" });
  const unknown = await signIn({ name: "nobody", passphrase: "wrong" });
  expect([wrong.status, unknown.status]).toEqual([401, 401]);
  expect(await errorOf(wrong)).toEqual(await errorOf(unknown));
  expect(wrong.headers.get("set-cookie")).toBeNull();

  const good = { name: "bo", passphrase: PASSPHRASE };
  for (const headers of [{ Origin: "https://evil.example" }, { "Sec-Fetch-Site": "same-site" }])
    expect((await signIn(good, { headers })).status).toBe(403);
  for (const body of [
    { name: "bo" },
    { passphrase: PASSPHRASE },
    { ...good, key: OPERATOR_KEY },
    { name: ["bo"], passphrase: PASSPHRASE },
    { name: "bo", passphrase: { toString: PASSPHRASE } },
    { name: "bo", passphrase: "x".repeat(3000) },
    "[".repeat(100_000),
    `{"name":${'{"a":'.repeat(10_000)}`,
  ])
    expect((await signIn(body)).status).toBe(400);
  expect((await signIn("x".repeat(200_000))).status).toBe(413);
  // What an error repeats is never the passphrase.
  const short = await ask("PUT", "console/owners/x", { byKey: true, body: { passphrase: 12345678 } });
  expect((await errorOf(short)).message).not.toContain("12345678");
  for (const name of ["%20x", "a%2Fb", "x".repeat(41), "%D0%B0na"])
    expect(
      (await ask("PUT", `console/owners/${name}`, { byKey: true, body: { passphrase: PASSPHRASE } })).status,
    ).toBe(400);
});

test("a sign-in makes a new session and ends the one that the browser had; a new passphrase ends all of the owner", async () => {
  const good = { name: "bo", passphrase: PASSPHRASE };
  const first = cookieOf(await signIn(good));
  const elsewhere = cookieOf(await signIn(good));
  const second = cookieOf(await signIn(good, { cookie: first }));
  expect(second).not.toBe(first);
  expect((await own(first)).signedIn).toBe(false);
  // A secret that somebody planted does not become a session.
  const [name = ""] = first.split("=");
  const planted = `${name}=session_${"0".repeat(12)}_${"x".repeat(32)}`;
  const third = cookieOf(await signIn(good, { cookie: planted }));
  expect(third).not.toBe(planted);
  expect((await own(planted)).signedIn).toBe(false);

  const change = { passphrase: "a wholly different lantern" };
  expect((await ask("PUT", "console/owners/bo", { cookie: second, body: change })).status).toBe(204);
  for (const cookie of [second, third, elsewhere]) expect((await own(cookie)).signedIn).toBe(false);
  expect((await signIn(good)).status).toBe(401);
  expect((await signIn({ name: "bo", ...change })).status).toBe(201);
});

test("a moderator's token opens the inbox and the topics that it permits, and nothing else, until it ends", async () => {
  const token = await signToken("mo", { topics: { "h*": "moderate", lobby: "write" } });
  const entered = await signIn({ token });
  expect(entered.status).toBe(201);
  const cookie = cookieOf(entered);
  const { until } = (await entered.json()) as { until: number };
  expect(until).toBeLessThanOrEqual(Date.now() + 600_000);
  expect(await own(cookie)).toMatchObject({
    how: "token",
    operator: false,
    user: { id: "u:mo", role: "user" },
  });

  for (const topic of ["help", "other"]) {
    await ask("POST", `topics/${topic}/moderate`, {
      byKey: true,
      body: { action: "mode", mode: { hold: "all" } },
    });
    await fetch(`${kabar.url}/api/topics/${topic}/messages`, { method: "POST", body: `held in ${topic}` });
  }
  const inbox = await (await ask("GET", "inbox", { cookie })).text();
  expect(inbox).toContain("held in help");
  expect(inbox).not.toContain("held in other");
  expect(JSON.parse(inbox).count).toBe(1);
  // Of those who look at cases, the moderator sees those of the same topics.
  const look = (topic: string) =>
    `inbox?desk=desk-${topic}&case=${encodeURIComponent(`held ${topic} u:x 1`)}`;
  for (const topic of ["help", "other"]) await ask("GET", look(topic), { byKey: true });
  const { looking } = (await (await ask("GET", look("lobby"), { cookie })).json()) as { looking: unknown[] };
  expect(looking).toEqual([{ case: "held help u:x 1", by: "Operator" }]);
  expect(await (await ask("GET", "inbox", { byKey: true })).text()).not.toContain("held lobby");
  const listed = (await (await ask("GET", "log/topics", { cookie })).json()) as {
    topics: { name: string }[];
  };
  expect(listed).toMatchObject({ topics: [{ name: "help" }], more: false });
  expect(Object.keys(listed)).not.toContain("count");
  for (const topic of ["help", "other"])
    await ask("POST", `topics/${topic}/moderate`, {
      byKey: true,
      body: { action: "timeout", user: `u:loud-in-${topic}`, seconds: 60 },
    });
  const people = await (await ask("GET", "people", { cookie })).text();
  expect(people).toContain("u:loud-in-help");
  expect(people).not.toContain("u:loud-in-other");
  const mode = { action: "mode", mode: { hold: "none" } };
  expect((await ask("POST", "topics/help/moderate", { cookie, body: mode })).status).toBe(200);
  const entries = await audit();
  expect(entries.find(({ key }) => key === "mode:help")?.by).toBe("u:mo");

  // Every other route of the admin door refuses, and so do the topics that the token does not permit to moderate.
  const refused: [string, string][] = [
    ...[
      "keys",
      "topics",
      "settings",
      "health",
      "health/events",
      "audit",
      "audit/export",
      "nodes",
      "backup",
    ].map((path): [string, string] => ["GET", path]),
    ["GET", "console/sessions"],
    ["GET", "users/u:x"],
    ["GET", "console/owners"],
    ["PUT", "console/owners/mo"],
    ["POST", "console/links"],
    ["PUT", "topics/help"],
    ["DELETE", "users/u:x"],
    ["DELETE", "console/sessions/0"],
    ...["lobby", "other", "unknown-topic"].flatMap((topic): [string, string][] => [
      ["GET", `topics/${topic}/messages`],
      ["POST", `topics/${topic}/messages`],
      ["GET", `topics/${topic}/export`],
      ["GET", `topics/${topic}/mode`],
      ["POST", `topics/${topic}/moderate`],
    ]),
  ];
  for (const [method, path] of refused) {
    const { status } = await ask(method, path, { cookie, ...(method === "GET" ? {} : { body: {} }) });
    expect([method, path, status]).toEqual([method, path, path.includes("unknown") ? 404 : 403]);
  }

  // A ban in the topic, a revocation and the end of the token end what the session may.
  const ban = { action: "ban", user: "u:mo" };
  await ask("POST", "topics/help/moderate", { byKey: true, body: ban });
  expect((await ask("GET", "topics/help/messages", { cookie })).status).toBe(403);
  expect(await (await ask("GET", "inbox", { cookie })).json()).toEqual({
    cases: [],
    count: 0,
    looking: [],
    taken: [],
  });
  expect((await ask("DELETE", "console/sessions/own", { cookie })).status).toBe(204);
  expect((await own(cookie)).signedIn).toBe(false);
  const other = cookieOf(await signIn({ token }));
  await ask("POST", "users/u:mo/revoke", { byKey: true });
  expect((await own(other)).signedIn).toBe(false);
  expect(await errorOf(await signIn({ token }))).toMatchObject({ code: "bad-token" });

  expect(await errorOf(await signIn({ token: await sign("late", -60) }))).toMatchObject({
    code: "token-expired",
  });
  expect(await errorOf(await signIn({ token: await signToken("plain") }))).toMatchObject({
    code: "forbidden",
  });
  for (const bad of ["x", OPERATOR_KEY, "a.b.c", token.slice(0, -4)])
    expect((await signIn({ token: bad })).status).toBe(401);
  expect(kabar.output()).not.toContain(token);
});

const statusOf = async (path: string, headers: Record<string, string>, method = "GET") =>
  (await fetch(`${kabar.url}${path}`, { method, headers })).status;

test("a session is good for the admin routes alone, from pages of this server alone, until it is ended", async () => {
  const Cookie = cookieOf(await signIn({ key: OPERATOR_KEY }));
  expect(await statusOf("/api/admin/backup", { Cookie })).toBe(200);
  // Elsewhere the cookie counts for nothing: the request is a guest's.
  for (const path of ["/api/topics/lobby/queue", "/api/topics/lobby/explain?offset=1", "/api/feed"])
    expect([path, await statusOf(path, { Cookie })]).toEqual([path, 403]);
  const evil = { Cookie, Origin: "https://evil.example" };
  expect(await statusOf("/api/admin/keys", evil)).toBe(403);
  expect(await statusOf("/api/admin/topics/made", { Cookie }, "PUT")).toBe(403);
  expect(await statusOf("/api/admin/topics/made", { ...evil, "Sec-Fetch-Site": "cross-site" }, "PUT")).toBe(
    403,
  );
  expect(await statusOf("/api/admin/topics/made", { Cookie, Origin: kabar.url }, "PUT")).toBe(200);
  expect((await signIn({ key: OPERATOR_KEY }, { headers: { Origin: "https://evil.example" } })).status).toBe(
    403,
  );
  // A wrong key beside a good cookie is wrong.
  expect(await statusOf("/api/admin/keys", { Cookie, Authorization: "Bearer wrong" })).toBe(401);
  await kabar.restart();
  expect(await statusOf("/api/admin/keys", { Cookie })).toBe(200);
  const own = { Cookie, Origin: kabar.url };
  expect(await statusOf("/api/admin/console/sessions/own", own, "DELETE")).toBe(204);
  expect(await statusOf("/api/admin/keys", { Cookie })).toBe(401);
  const audit = await (await ask("GET", "audit?limit=5", { byKey: true })).text();
  expect(audit).toContain("console-session:");
  expect(audit).not.toMatch(/"hash"|"mark"/);
});

test("API keys make no links and no sessions, and neither does a sign-in without either way in", async () => {
  const made = await ask("POST", "keys", { byKey: true, body: { name: "back end", scope: "admin" } });
  const { secret } = (await made.json()) as { secret: string };
  expect((await signIn({ key: secret })).status).toBe(403);
  expect((await signIn({ key: "wrong" })).status).toBe(401);
  for (const body of [{}, { key: OPERATOR_KEY, code: "x" }, { code: 7 }])
    expect([body, (await signIn(body)).status]).toEqual([body, 400]);
});

test("another server on this host has a cookie of another name, and takes owners from its proxy", async () => {
  const other = await startKabar({
    env: {
      KABAR_TRUSTED_PROXY_HOPS: "1",
      KABAR_CONSOLE_PROXY_HEADER: "X-Forwarded-User",
      KABAR_CONSOLE_PROXY_FROM: "127.0.0.1",
      KABAR_CONSOLE_PROXY_NAMES: "ana@example.com",
    },
  });
  try {
    const here = cookieOf(await signIn({ key: OPERATOR_KEY }));
    const answer = await fetch(`${other.url}/api/admin/console/sessions`, {
      method: "POST",
      body: JSON.stringify({ key: OPERATOR_KEY }),
    });
    const jar = `${here}; ${cookieOf(answer)}`;
    expect(here.split("=")[0]).not.toBe(cookieOf(answer).split("=")[0]);
    for (const { url } of [kabar, other])
      expect((await fetch(`${url}/api/admin/keys`, { headers: { Cookie: jar } })).status).toBe(200);

    const byProxy = async (
      method: string,
      path: string,
      name: string,
      headers: Record<string, string> = {},
    ) => {
      const url = `${other.url}/api/${path}`;
      const body = method === "GET" ? {} : { body: "{}" };
      const answer = await fetch(url, { method, headers: { "X-Forwarded-User": name, ...headers }, ...body });
      return { status: answer.status, text: await answer.text() };
    };
    const page = { Origin: other.url };
    const ana = "ana@example.com";
    expect((await byProxy("GET", "admin/console", ana)).text).toContain('"how":"proxy"');
    expect((await byProxy("GET", "admin/keys", ana)).status).toBe(200);
    expect((await byProxy("PUT", "admin/topics/by-proxy", ana, page)).status).toBe(200);
    expect((await byProxy("GET", "admin/audit", ana)).text).toContain('"by":"owner:ana@example.com"');
    // Neither a page of elsewhere nor a program, neither another name nor two, nor another door, nor beside a wrong key.
    expect((await byProxy("PUT", "admin/topics/x", ana, { Origin: "https://evil.example" })).status).toBe(
      403,
    );
    expect((await byProxy("PUT", "admin/topics/x", ana)).status).toBe(403);
    for (const name of ["bo", `${ana}, bo`, "ANA@example.com", "x".repeat(5000)])
      expect((await byProxy("GET", "admin/keys", name)).status).toBe(403);
    expect((await byProxy("GET", "admin/keys", "")).status).toBe(403);
    expect((await byProxy("GET", "feed", ana)).status).toBe(403);
    expect((await byProxy("GET", "admin/keys", ana, { Authorization: "Bearer wrong" })).status).toBe(401);
    // Off by default.
    expect((await ask("GET", "keys", { headers: { "X-Forwarded-User": ana } })).status).toBe(403);
  } finally {
    await other.stop();
  }
});
