import { collect } from "../support/run.ts";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { SignJWT } from "jose";
import { Client, Line } from "../support/client.ts";
import { createFolder } from "../support/folder.ts";
import { cleanEnv, type RunningKabar, startKabar } from "../support/server.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

const SECRET = "a-shared-secret-of-thirty-two-or-more";
const root = join(import.meta.dir, "../..");
const dataDir = createFolder();
let kabar: RunningKabar;
beforeAll(async () => {
  const file = join(dataDir, "kabar.toml");
  await Bun.write(
    file,
    `[topics.lobby]\n[topics.news]\nguests = "read"\nusers = "read"\n[topics.staff]\nguests = "none"\nusers = "none"\n[topics.members]\nguests = "read"`,
  );
  kabar = await startKabar({
    dataDir,
    env: { KABAR_TOKEN_SECRET: SECRET, KABAR_CONFIG: file, KABAR_TOKEN_SKEW_S: "1" },
  });
});
afterAll(() => kabar.stop());

const sign = (
  sub: string,
  more: Record<string, unknown> = {},
  lifeS = 600,
  iat = Math.floor(Date.now() / 1000),
) =>
  new SignJWT({ name: `User ${sub}`, ...more })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(sub)
    .setIssuedAt(iat)
    .setExpirationTime(iat + lifeS)
    .sign(new TextEncoder().encode(SECRET));
const admin = (method: string, path: string, body?: object, key = kabar.operatorKey) =>
  fetch(`${kabar.url}/api/admin${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const post = (topic: string, text: string, key: string) =>
  fetch(`${kabar.url}/api/topics/${topic}/messages`, {
    method: "POST",
    body: text,
    headers: { Authorization: `Bearer ${key}` },
  });
const nextOf = async (client: Client, type: string) => {
  for (;;) {
    const event = (await client.events.next(type)) as unknown as Record<string, unknown>;
    if (event.type === type) return event;
  }
};

describe("a signed user", () => {
  test("has the id, name and rights of the token", async () => {
    const client = await Client.open(kabar.url, {
      token: await sign("1", { topics: { staff: "write" } }),
      name: "Somebody else",
    });
    expect(client.hello).toMatchObject({
      user: { id: "u:1", name: "User 1", role: "user" },
      expiresAt: expect.any(Number),
    });
    expect(client.hello.guest).toBeUndefined();
    expect(await client.publish("staff", "hi")).toMatchObject({ type: "ok" });
    expect(await client.publish("members", "hi")).toMatchObject({ type: "ok" });
    expect(await client.publish("news", "hi")).toMatchObject({ code: "forbidden" });
    expect(await client.ask("rename", { name: "x" })).toMatchObject({ code: "forbidden" });
    client.close();
  });

  test("may send commands right after hello, which wait for the check of the token", async () => {
    const token = await sign("2");
    const line = await Line.open(kabar.url, "/websocket", ["kabar.v1"]);
    line.send(JSON.stringify({ type: "hello", id: 1, token }));
    line.send(JSON.stringify({ type: "publish", id: 2, topic: "members", messageId: "m", text: "x" }));
    expect(JSON.parse(await line.next())).toMatchObject({ id: 1, user: { id: "u:2" } });
    expect(JSON.parse(await line.next())).toMatchObject({ id: 2, type: "ok" });
    line.close();
  });

  test("with an invalid or expired token receives the reason, and may go on as a guest", async () => {
    const client = await Client.open(kabar.url, { token: await sign("3", {}, 10, 1000) });
    expect(client.hello).toMatchObject({ type: "error", code: "token-expired", retry: false });
    expect(await client.ask("hello", { token: "rubbish" })).toMatchObject({ code: "bad-token" });
    expect(await client.ask("hello")).toMatchObject({ user: { role: "guest" } });
    expect(await client.ask("subscribe", { topic: "members" })).toMatchObject({
      can: { read: true, write: false },
    });
    client.close();
  });

  test("over HTTP is the same user", async () => {
    const token = await sign("4");
    expect((await post("members", "from a form", token)).status).toBe(201);
    expect((await post("news", "x", token)).status).toBe(403);
    expect((await post("members", "x", `${token}x`)).status).toBe(401);
  });

  test("whose token expires keeps reading as a guest, and writes again with a fresh token", async () => {
    const iat = Math.floor(Date.now() / 1000);
    // The clocks' tolerance lets a token in that ended a moment ago; its session receives the event at once.
    const client = await Client.open(kabar.url, {
      token: await sign("5", { topics: { staff: "read" } }, 1, iat),
    });
    await client.ask("subscribe", { topic: "members" });
    await client.ask("subscribe", { topic: "staff" });
    expect(await nextOf(client, "token")).toMatchObject({ inMs: expect.any(Number) });
    const lost = await nextOf(client, "rights");
    const other = await nextOf(client, "rights");
    expect([lost, other].map(({ topic }) => topic).sort()).toEqual(["members", "staff"]);
    expect(await client.publish("members", "x")).toMatchObject({ code: "token-expired" });
    expect(await client.ask("identify", { token: await sign("6") })).toMatchObject({ code: "bad-token" });
    expect(await client.ask("identify", { token: await sign("5") })).toMatchObject({ user: { id: "u:5" } });
    expect(await nextOf(client, "rights")).toMatchObject({ topic: "members", can: { write: true } });
    await client.publish("members", "again");
    const [message] = await client.messages(1);
    expect(message).toMatchObject({ text: "again", user: { id: "u:5", role: "user" } });
    client.close();
  });

  test("who was a guest before keeps the session and its cursors", async () => {
    const client = await Client.open(kabar.url);
    await client.ask("subscribe", { topic: "members", people: true });
    expect(await client.publish("members", "x")).toMatchObject({ code: "forbidden" });
    expect(await client.ask("identify", { token: await sign("7") })).toMatchObject({ user: { id: "u:7" } });
    expect(await nextOf(client, "rights")).toMatchObject({ can: { write: true } });
    expect(await client.publish("members", "x")).toMatchObject({ type: "ok" });
    client.close();
  });

  test("who is revoked is disconnected at once, with all earlier tokens, and returns with a later one", async () => {
    const old = await sign("8", {}, 600, Math.floor(Date.now() / 1000) - 5);
    const sessions = await Promise.all([1, 2].map(() => Client.open(kabar.url, { token: old })));
    expect((await admin("POST", "/users/u:8/revoke", { why: "left the company" })).status).toBe(204);
    for (const { line } of sessions) expect(await line.closed).toEqual({ code: 4502, reason: "revoked" });
    expect((await Client.open(kabar.url, { token: old })).hello).toMatchObject({ code: "bad-token" });
    await kabar.restart();
    expect((await Client.open(kabar.url, { token: old })).hello).toMatchObject({ code: "bad-token" });
    // The site's clock may be a second ahead: so long a new token could be one of before.
    for (;;) {
      const fresh = await sign("8", {}, 600, Math.floor(Date.now() / 1000));
      const { hello, line } = await Client.open(kabar.url, { token: fresh });
      line.close();
      if (hello.type === "error") continue;
      expect(hello).toMatchObject({ user: { id: "u:8" } });
      break;
    }
  });
});

describe("the admin door", () => {
  test("opens for the operator and admin keys only", async () => {
    for (const [method, path] of [
      ["GET", "/keys"],
      ["POST", "/keys"],
      ["GET", "/topics"],
      ["PUT", "/topics/lobby"],
      ["GET", "/audit"],
      ["POST", "/users/x/revoke"],
    ] as const) {
      expect((await fetch(`${kabar.url}/api/admin${path}`, { method })).status).toBe(403);
      expect((await admin(method, path, undefined, await sign("9", { role: "moderator" }))).status).toBe(403);
      expect(
        (await admin(method, path, undefined, "kk_000000000000_00000000000000000000000000000000")).status,
      ).toBe(401);
    }
  });

  test("creates keys that are valid for their scope and topics until revoked", async () => {
    const made = (await admin("POST", "/keys", { name: "Deploys", scope: "publish", topics: ["news"] }).then(
      (r) => r.json(),
    )) as {
      id: string;
      secret: string;
    };
    expect((await post("news", "v2 is out", made.secret)).status).toBe(201);
    expect((await post("lobby", "x", made.secret)).status).toBe(403);
    expect((await admin("GET", "/keys", undefined, made.secret)).status).toBe(403);
    const history = (await fetch(`${kabar.url}/api/topics/news/messages`).then((r) => r.json())) as {
      messages: { user: object }[];
    };
    expect(history.messages.at(-1)?.user).toEqual({ id: `key:${made.id}`, name: "Deploys", role: "service" });
    const listed = await admin("GET", "/keys").then((r) => r.text());
    expect(listed).toContain("Deploys");
    expect(listed).not.toContain(made.secret.slice(-20));
    expect(listed).not.toContain("hash");
    await admin("DELETE", `/keys/${made.id}`);
    expect((await post("news", "x", made.secret)).status).toBe(401);
    expect(await admin("POST", "/keys", { name: "x", scope: "all" }).then((r) => r.json())).toMatchObject({
      error: { message: 'scope: is "all", must be one of read, publish, moderate, admin, feed.' },
    });
  });

  test("changes a topic's rules for every open session at once", async () => {
    const client = await Client.open(kabar.url);
    await client.ask("subscribe", { topic: "lobby" });
    expect((await admin("PUT", "/topics/lobby", { guests: "read", why: "calm down" })).status).toBe(200);
    expect(await nextOf(client, "rights")).toMatchObject({
      topic: "lobby",
      can: { read: true, write: false },
    });
    expect(await client.publish("lobby", "x")).toMatchObject({ code: "forbidden" });
    await admin("PUT", "/topics/lobby", { guests: "none" });
    expect(await nextOf(client, "rights")).toMatchObject({ can: { read: false } });
    expect(await client.ask("unsubscribe", { topic: "lobby" })).toMatchObject({ code: "not-subscribed" });
    await admin("DELETE", "/topics/lobby");
    expect(await client.publish("lobby", "free again")).toMatchObject({ type: "ok" });
    const { entries } = (await admin("GET", "/audit?limit=3").then((r) => r.json())) as { entries: object[] };
    expect(entries).toMatchObject([
      { key: "topic:lobby", value: null, by: "operator" },
      { key: "topic:lobby", value: { guests: "none" } },
      { key: "topic:lobby", why: "calm down" },
    ]);
    client.close();
  });

  test("refuses an unknown topic rule by name", async () => {
    expect(await admin("PUT", "/topics/lobby", { guests: "all" }).then((r) => r.json())).toMatchObject({
      error: {
        code: "bad-request",
        message: 'topics.lobby: guests: is "all", must be one of write, read, none.',
      },
    });
    expect((await admin("PUT", "/topics/$control", {})).status).toBe(400);
  });
});

test("all data of a user is exported, then erased: text, edits, name and id, also for resuming readers", async () => {
  const client = await Client.open(kabar.url, { token: await sign("55", { name: "Ana Lestari" }) });
  await client.ask("subscribe", { topic: "lobby" });
  await client.publish("lobby", "something private", "p-1");
  const [message] = await client.messages(1);
  const target = message?.offset ?? 0;
  await client.ask("edit", { topic: "lobby", messageId: "p-2", target, text: "something more private" });
  const exported = (await admin("GET", "/users/u:55/export").then((r) => r.json())) as { entries: object[] };
  expect(exported.entries).toMatchObject([
    { topic: "lobby", offset: target, text: "something more private", user: { name: "Ana Lestari" } },
    { kind: "edit", text: "something more private" },
  ]);
  const reader = await Client.open(kabar.url);
  await reader.ask("subscribe", { topic: "lobby" });
  expect(await admin("DELETE", "/users/u:55", { why: "asked for it" }).then((r) => r.json())).toEqual({
    erased: 2,
  });
  await reader.messages(1);
  const seen = await Client.open(kabar.url);
  await seen.ask("subscribe", { topic: "lobby", last: 3 });
  const left = JSON.stringify(await seen.messages(3));
  expect(left).toContain('"removed":"moderator"');
  expect(left).not.toMatch(/private|Lestari|u:55/);
  expect(
    ((await admin("GET", "/users/u:55/export").then((r) => r.json())) as { entries: object[] }).entries,
  ).toEqual([]);
  for (const open of [client, reader, seen]) open.close();
});

const runCommand =
  (command: string) =>
  async (...args: string[]) => {
    const child = Bun.spawn([process.execPath, join(root, "src/server.ts"), command, ...args], {
      cwd: dataDir,
      env: {
        ...cleanEnv(),
        PORT: String(kabar.port),
        KABAR_DATA_DIR: dataDir,
        KABAR_OPERATOR_KEY: kabar.operatorKey,
      },
      stdout: "pipe",
      stderr: "pipe",
    });
    return collect(child);
  };

describe("the command users", () => {
  const run = runCommand("users");

  test("exports, erases and revokes a user of the running server", async () => {
    const client = await Client.open(kabar.url, { token: await sign("66", { name: "Dewi" }) });
    await client.publish("lobby", "of mine");
    const exported = await run("export", "u:66");
    expect(JSON.parse(exported.out)).toMatchObject({ user: "u:66", entries: [{ text: "of mine" }] });
    expect(await run("erase", "u:66", "asked", "for", "it")).toMatchObject({
      code: 0,
      err: "Erased u:66: removed its name and text from 1 entry.\n",
    });
    expect(JSON.parse((await run("export", "u:66")).out)).toMatchObject({ entries: [] });
    expect((await run("revoke", "u:66")).code).toBe(0);
    expect(await client.line.closed).toMatchObject({ reason: "revoked" });
    const { entries } = (await admin("GET", "/audit?limit=5").then((r) => r.json())) as {
      entries: { why?: string }[];
    };
    expect(entries.some(({ why }) => why === "asked for it")).toBe(true);
  });

  test("prints its usage, and requires a running server", async () => {
    for (const args of [[], ["export"], ["explode", "u:66"], ["export", "u:66", "because"]])
      expect(await run(...args)).toMatchObject({
        code: 2,
        err: expect.stringContaining("usage: users export ID"),
      });
    await kabar.kill();
    expect(await run("export", "u:66")).toMatchObject({
      code: 2,
      err: expect.stringContaining("no Kabar server answers"),
    });
    await kabar.restart();
  });
});

describe("the command keys", () => {
  const run = runCommand("keys");

  test("creates, lists and revokes keys, with and without a running server", async () => {
    const first = await run("make", "From the shell", "publish", "news");
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/^kk_\w{12}_[\w-]{32}\n$/);
    expect((await post("news", "x", first.out.trim())).status).toBe(201);
    await kabar.kill();
    const id = first.out.split("_")[1] ?? "";
    expect((await run("list")).out).toContain(`${id}  publish   news`);
    expect((await run("revoke", id)).code).toBe(0);
    await kabar.restart();
    expect((await post("news", "x", first.out.trim())).status).toBe(401);
    expect((await run("list")).out).not.toContain(id);
  });

  test("prints its usage", async () => {
    expect(await run("make", "x", "everything")).toMatchObject({
      code: 2,
      err: expect.stringContaining("usage: keys make NAME"),
    });
  });
});

test("the example signs a token that the server accepts", async () => {
  const { stdout } = Bun.spawnSync(
    [process.execPath, join(root, "examples/sign-token.ts"), "77", "Ana Lestari"],
    {
      env: { ...cleanEnv(), KABAR_TOKEN_SECRET: SECRET },
    },
  );
  const client = await Client.open(kabar.url, { token: stdout.toString().trim() });
  expect(client.hello).toMatchObject({ user: { id: "u:77", name: "Ana Lestari", role: "user" } });
  client.close();
});
