import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { SCOPES, type Scope } from "../../src/users/api-keys.ts";
import { Client } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { nextOf, signToken, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_TOPICS: "here there" } });
  await admin("PUT", "topics/secret", { guests: "none", users: "none" });
});
afterAll(() => kabar.stop());

const admin = (method: string, path: string, body?: object, key = kabar.operatorKey) =>
  fetch(`${kabar.url}/api/admin/${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const makeKey = async (scope: Scope, topics: string[]) =>
  (await (await admin("POST", "keys", { name: `Key ${scope}`, scope, topics })).json()) as {
    id: string;
    secret: string;
  };
const ask = (key: string, method: string, path: string, body?: string) =>
  fetch(`${kabar.url}/api/topics/${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body }),
  }).then(({ status }) => status);

/** The status of everything that a key can be used for, in a topic. */
const answers = async (key: string, topic: string) => ({
  read: await ask(key, "GET", `${topic}/messages`),
  publish: await ask(key, "POST", `${topic}/messages`, "x"),
  moderate: await ask(key, "POST", `${topic}/moderate/mode`, '{"mode":{"slowS":0}}'),
  queue: await ask(key, "GET", `${topic}/queue`),
  admin: (await admin("GET", "keys", undefined, key)).status,
});

const CAN: Record<Scope, object> = {
  read: { read: 200, publish: 403, moderate: 403, queue: 403, admin: 403 },
  publish: { read: 200, publish: 201, moderate: 403, queue: 403, admin: 403 },
  moderate: { read: 200, publish: 201, moderate: 200, queue: 200, admin: 403 },
  admin: { read: 200, publish: 201, moderate: 200, queue: 200, admin: 200 },
  feed: { read: 200, publish: 403, moderate: 403, queue: 403, admin: 403 },
};

test("a key of scope admin is valid for everything, and is refused with a list of topics", async () => {
  const { secret } = await makeKey("admin", []);
  expect(await answers(secret, "secret")).toEqual(CAN.admin as never);
  const refused = await admin("POST", "keys", { name: "News", scope: "admin", topics: ["news"] });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({
    error: { message: expect.stringContaining("must be absent") },
  });
});

describe.each(SCOPES.filter((scope) => scope !== "admin"))("a key of scope %s", (scope) => {
  test("may do what its scope allows in its topics, private ones too", async () => {
    const { secret } = await makeKey(scope, ["here", "secret"]);
    expect(await answers(secret, "here")).toEqual(CAN[scope] as never);
    expect(await answers(secret, "secret")).toEqual(CAN[scope] as never);
  });

  test("may do nothing in other topics, even where guests may write", async () => {
    const { secret } = await makeKey(scope, ["here"]);
    const elsewhere = { read: 403, publish: 403, moderate: 403, queue: 403 };
    expect(await answers(secret, "there")).toMatchObject(elsewhere);
  });
});

describe("a revocation closes every door:", () => {
  const openStream = async (key: string, topic = "secret") => {
    const response = await fetch(`${kabar.url}/api/topics/${topic}/events`, {
      headers: { Authorization: `Bearer ${key}` },
    });
    const reader = response.body?.getReader();
    await reader?.read();
    return async () => {
      while (!(await reader?.read())?.done);
      return "ended";
    };
  };

  test("a key that is revoked ends its sessions and streams", async () => {
    const { id, secret } = await makeKey("read", ["secret"]);
    const client = await Client.open(kabar.url, { key: secret });
    const stream = await openStream(secret);
    await admin("DELETE", `keys/${id}`);
    expect(await client.line.closed).toEqual({ code: 4502, reason: "revoked" });
    expect(await stream()).toBe("ended");
  });

  test("a user who is revoked loses the stream with the sessions", async () => {
    const token = await signToken("1", { topics: { secret: "read" } });
    const client = await Client.open(kabar.url, { token });
    const stream = await openStream(token);
    await admin("POST", "users/u:1/revoke");
    expect(await client.line.closed).toEqual({ code: 4502, reason: "revoked" });
    expect(await stream()).toBe("ended");
  });

  test("closing a topic to guests ends the streams of guests only", async () => {
    await admin("PUT", "topics/open", { guests: "read" });
    const ana = await Client.open(kabar.url);
    await ana.ask("subscribe", { topic: "open" });
    const stream = await openStream(ana.hello.guest as string, "open");
    const token = await signToken("2");
    const other = await openStream(token, "open");
    await admin("PUT", "topics/open", { guests: "none" });
    expect(await nextOf(ana, "rights")).toMatchObject({ can: { read: false } });
    expect(await stream()).toBe("ended");
    await admin("DELETE", "topics/open");
    expect(await other()).toBe("ended");
    ana.close();
  });
});
