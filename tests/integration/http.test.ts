import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
let messages: string;
beforeAll(async () => {
  kabar = await startKabar({
    env: { KABAR_TOPICS: "lobby sse", KABAR_ALLOWED_ORIGINS: "https://good.example" },
  });
  messages = `${kabar.url}/api/topics/lobby/messages`;
});
afterAll(() => kabar.stop());

const post = (body: RequestInit["body"], headers: Record<string, string> = {}, url = messages) =>
  fetch(url, { method: "POST", body: body ?? null, headers });
const codeOf = async (response: Response) => {
  const { error } = (await response.json()) as { error: { code: string } };
  return `${response.status} ${error.code}`;
};

describe("publishing over HTTP", () => {
  test("accepts plain text from a guest and answers with the offset", async () => {
    const response = await post("Deploy finished", { "Content-Type": "text/plain" });
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({
      topic: "lobby",
      offset: 1,
      id: expect.any(String),
      repeated: false,
    });
  });

  test("accepts JSON, and the operator's key with any name", async () => {
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${kabar.operatorKey}` };
    const response = await post('{"text":"v2 is out","name":"Deploys","id":"deploy-2"}', headers);
    expect(await response.json()).toMatchObject({ id: "deploy-2" });
    const history = await fetch(`${messages}?limit=1`).then((r) => r.json());
    expect(history).toMatchObject({
      messages: [{ user: { id: "operator", name: "Deploys", role: "operator" }, text: "v2 is out" }],
    });
  });

  test("with the same Idempotency-Key answers with the first result", async () => {
    const headers = { "Idempotency-Key": "build-7", "Content-Type": "text/plain" };
    const first = await post("green", headers);
    const again = await post("green", headers);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(await again.json()).toEqual({ ...((await first.json()) as object), repeated: true });
    expect(await codeOf(await post("red", headers))).toBe("409 message-id-conflict");
  });

  test.each([
    ["", { "Content-Type": "text/plain" }, "400 text-empty"],
    ["x".repeat(9000), { "Content-Type": "text/plain" }, "413 text-too-long"],
    ["x".repeat(70_000), { "Content-Type": "text/plain" }, "413 too-large"],
    ["<x/>", { "Content-Type": "text/xml" }, "415 unsupported-type"],
    ["{", { "Content-Type": "application/json" }, "400 bad-json"],
    ['{"txt":"x"}', { "Content-Type": "application/json" }, "400 bad-request"],
    [new Uint8Array([0xff, 0xfe]), { "Content-Type": "text/plain" }, "400 bad-request"],
    ["x", { "Content-Type": "text/plain", "Idempotency-Key": "a b" }, "400 bad-message-id"],
    [
      "x",
      { "Content-Type": "text/plain", Authorization: "Bearer wrong-key-of-some-length" },
      "401 bad-credential",
    ],
    ["x", { "Content-Type": "text/plain", Authorization: "Basic YTpi" }, "401 bad-credential"],
    ["x", { "Content-Type": "text/plain", Origin: "https://evil.example" }, "403 origin-denied"],
  ])("%.12p with %j is refused: %s", async (body, headers, expected) => {
    expect(await codeOf(await post(body, headers as Record<string, string>))).toBe(expected);
  });

  test("to an invalid topic is refused by name", async () => {
    expect(await codeOf(await post("x", {}, `${kabar.url}/api/topics/nowhere/messages`))).toBe(
      "404 topic-unknown",
    );
    expect(await codeOf(await post("x", {}, `${kabar.url}/api/topics/a%20b/messages`))).toBe("400 bad-topic");
    expect(await codeOf(await post("x", {}, `${kabar.url}/api/topics/${"%2e".repeat(3)}/messages`))).toBe(
      "400 bad-topic",
    );
  });

  test("too fast is 429 with Retry-After", async () => {
    const strict = await startKabar({
      env: { KABAR_ADDRESS_PUBLISH_RATE: "1", KABAR_ADDRESS_PUBLISH_BURST: "2" },
    });
    const url = `${strict.url}/api/topics/lobby/messages`;
    await post("1", {}, url);
    await post("2", {}, url);
    const third = await post("3", {}, url);
    expect(third.status).toBe(429);
    expect(third.headers.get("retry-after")).toBe("1");
    const key = { Authorization: `Bearer ${strict.operatorKey}` };
    const fast = await Promise.all(Array.from({ length: 20 }, (_, i) => post(`n${i}`, key, url)));
    expect(fast.every(({ status }) => status === 201)).toBe(true);
    await strict.stop();
  });

  test("a body with a false length or without an end disturbs no other client", async () => {
    const socket = connect(kabar.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("POST /api/topics/lobby/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (let i = 0; i < 40; i++) socket.write(`2000\r\n${"x".repeat(0x2000)}\r\n`);
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (bytes) => (text += bytes));
      socket.on("close", () => resolve(text));
      socket.on("end", () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413|^$/);
    expect((await fetch(`${kabar.url}/healthz`)).status).toBe(200);
  });
});

describe("pages of other origins", () => {
  test("that are allowed receive the response and its preflight", async () => {
    const headers = { Origin: "https://good.example", "Content-Type": "text/plain" };
    const response = await post("hello from a page", headers);
    expect(response.status).toBe(201);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    const preflight = await fetch(messages, {
      method: "OPTIONS",
      headers: { Origin: "https://good.example" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Idempotency-Key");
  });

  test("that are not allowed open no socket, history or stream and publish nothing, unlike the server's own page", async () => {
    const upgrade = (origin: string) =>
      fetch(`${kabar.url}/websocket`, {
        headers: {
          Origin: origin,
          Connection: "Upgrade",
          Upgrade: "websocket",
          "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        },
      });
    expect(await codeOf(await upgrade("https://evil.example"))).toBe("403 origin-denied");
    const headers = { Origin: "https://evil.example" };
    expect(await codeOf(await fetch(messages, { headers }))).toBe("403 origin-denied");
    expect(await codeOf(await fetch(messages, { method: "POST", headers, body: "x" }))).toBe(
      "403 origin-denied",
    );
    expect(await codeOf(await fetch(`${kabar.url}/api/topics/lobby/events`, { headers }))).toBe(
      "403 origin-denied",
    );
    expect((await fetch(messages, { headers: { Origin: kabar.url } })).status).toBe(200);
  });
});

describe("addresses", () => {
  test.each([
    ["GET", "/nope", "404 not-found"],
    ["POST", "/healthz", "405 method-not-allowed"],
    ["DELETE", "/api/topics/lobby/messages", "405 method-not-allowed"],
    ["GET", "/websocket", "426 upgrade-required"],
    ["GET", "/widget@9.9.9.js", "404 not-found"],
    ["GET", "/widget/..%2f..%2foperator.key", "404 not-found"],
  ])("%s %s is %s", async (method, path, expected) => {
    expect(await codeOf(await fetch(kabar.url + path, { method }))).toBe(expected);
  });

  test.each([
    ["DELETE", "/healthz", "GET, HEAD"],
    ["PUT", "/api/topics/lobby/messages", "GET, HEAD, POST, OPTIONS"],
    ["HEAD", "/api/topics/lobby/events", "GET, OPTIONS"],
    ["DELETE", "/api/session", "GET, POST, OPTIONS"],
    ["GET", "/api/admin/users/a-1/revoke", "POST"],
    ["GET", "/api/admin/topics/lobby", "PUT, DELETE"],
    ["POST", "/widget@9.9.9.js", "GET, HEAD"],
  ])("%s %s is refused with the methods of this address", async (method, path, allowed) => {
    const refused = await fetch(kabar.url + path, { method });
    expect(refused.status).toBe(405);
    expect(refused.headers.get("allow")).toBe(allowed);
  });

  test("health, readiness and metrics answer", async () => {
    expect(await fetch(`${kabar.url}/healthz`).then((r) => r.text())).toBe("ok\n");
    expect(await fetch(`${kabar.url}/readyz`).then((r) => r.text())).toBe("ready\n");
    const metrics = await fetch(`${kabar.url}/metrics`).then((r) => r.text());
    expect(metrics).toMatch(/^kabar_messages_appended_total [1-9]/m);
    expect(metrics).toMatch(/^kabar_errors_total\{code="origin-denied"\} [1-9]/m);
  });

  test("metrics can be restricted to the operator", async () => {
    const closed = await startKabar({ env: { KABAR_METRICS_PUBLIC: "false" } });
    expect(await codeOf(await fetch(`${closed.url}/metrics`))).toBe("403 forbidden");
    const headers = { Authorization: `Bearer ${closed.operatorKey}` };
    expect((await fetch(`${closed.url}/metrics`, { headers })).status).toBe(200);
    await closed.stop();
  });
});

test("an address without anything is a page for browsers and data for programs, and the page leads back", async () => {
  const ask = (path: string, accept: string) => fetch(kabar.url + path, { headers: { Accept: accept } });
  for (const [path, root] of [
    ["/nothing", "./"],
    ["/a/b/nothing", "../../"],
    [`/${"a/".repeat(500)}`, "../".repeat(8)],
  ] as const) {
    expect(await codeOf(await ask(path, "application/json"))).toBe("404 not-found");
    const page = await ask(path, "text/html,*/*");
    expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
    expect(await page.text()).toContain(`<a class="brand" href="${root}">`);
  }
  expect(await codeOf(await ask("/api/nothing", "text/html"))).toBe("404 not-found");
});
