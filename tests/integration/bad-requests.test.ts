/**
 * Bad requests, byte by byte, at every HTTP door: each is answered with a clear error or its connection is closed, none waits,
 * none is our bug, and a healthy request is answered afterwards.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { SLOW_MS } from "../support/parts.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar();
});
afterAll(() => kabar.stop());

/** Sends bytes and resolves with what came back: when the connection closes, or an answer is there. */
function send(bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(kabar.port, "127.0.0.1", () => socket.write(bytes));
    let answer = "";
    const done = () => {
      clearTimeout(late);
      socket.destroy();
      resolve(answer);
    };
    const late = setTimeout(() => reject(new Error(`no answer to ${String(bytes).slice(0, 80)}`)), 20_000);
    socket.on("data", (data) => {
      answer += data.toString("latin1");
      const end = answer.indexOf("\r\n\r\n");
      if (end < 0 || answer.startsWith("HTTP/1.1 100")) return;
      const length = Number(/^content-length: (\d+)/im.exec(answer)?.[1] ?? 0);
      if (String(bytes).startsWith("HEAD") || answer.length >= end + 4 + length) done();
    });
    socket.on("close", done);
    socket.on("error", done);
  });
}
const statusOf = (answer: string): string => /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? "closed";
const codeOf = (answer: string): string => /"code":"([\w-]+)"/.exec(answer)?.[1] ?? "";

const HOST = "Host: 127.0.0.1\r\n";
const MESSAGES = "/api/topics/lobby/messages";
const get = (path: string, headers = "", method = "GET") =>
  `${method} ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`;
const post = (headers: string, body = "ab", path = MESSAGES) =>
  `POST ${path} HTTP/1.1\r\n${HOST}${headers}\r\n${body}`;
const TWO = "Content-Length: 2\r\n";
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

test.each<[string, string, string]>([
  ["a header of 40 KB", get("/healthz", `X-A: ${"a".repeat(40_000)}\r\n`), "431"],
  ["300 headers", get("/healthz", Array.from({ length: 300 }, (_, i) => `X-${i}: 1\r\n`).join("")), "431"],
  ["a path of 20 KB", get(`/${"a".repeat(20_000)}`), "431"],
  ["a topic of 5 KB", get(`/api/topics/${"a".repeat(5000)}/messages`), "400 bad-topic"],
  ["bytes that are no UTF-8", get("/api/topics/%ff%fe/messages"), "400 bad-topic"],
  ["a broken escape", get("/api/topics/%zz/messages"), "400 bad-topic"],
  ["a null byte in a topic", get("/api/topics/%00/messages"), "400 bad-topic"],
  ["a null byte in a page's topic", get("/t/%00"), "404"],
  ["a way out of the folder", get("/widget/..%2f..%2foperator.key"), "404 not-found"],
  ["the same, plain", get("/widget/../../operator.key"), "404 not-found"],
  ["a broken escape in a script's name", get("/widget/%E0%A4%A"), "404 not-found"],
  ["a broken escape in a frame's topic", get("/embed/%E0%A4%A"), "404"],
  ["a broken escape in the query", get(`${MESSAGES}?limit=%E0%A4%A`), "400 bad-request"],
  ["thousands of parameters", get(`${MESSAGES}?${"a=1&".repeat(3000)}`), "200"],
  ["a parameter twice", get(`${MESSAGES}?limit=1&limit=x`), "400 bad-request"],
  ["prototype names as parameters", get(`${MESSAGES}?__proto__=1&constructor=2`), "200"],
  ["no Host", "GET /healthz HTTP/1.1\r\n\r\n", "400"],
  ["a Host that is none", "GET / HTTP/1.1\r\nHost: a b<\r\n\r\n", "400 bad-request"],
  ["markup as Host", 'GET /widget.json HTTP/1.1\r\nHost: "><script>\r\n\r\n', "400 bad-request"],
  ["a policy as Host", "GET /embed/lobby HTTP/1.1\r\nHost: x; script-src *\r\n\r\n", "400"],
  ["an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "400 bad-request"],
  ["CONNECT", get("x:443", "", "CONNECT"), "404 not-found"],
  ["TRACE", get("/", "", "TRACE"), "405 method-not-allowed"],
  ["DELETE of messages", get(MESSAGES, "", "DELETE"), "405 method-not-allowed"],
  ["PUT of messages", get(MESSAGES, TWO, "PUT"), "405 method-not-allowed"],
  ["POST to a page", post(TWO, "ab", "/t/lobby"), "405 method-not-allowed"],
  ["POST to the socket's address", post(TWO, "ab", "/websocket"), "405 method-not-allowed"],
  ["OPTIONS of a page", get("/", "", "OPTIONS"), "405 method-not-allowed"],
  ["OPTIONS of the operator's door", get("/api/admin/keys", "", "OPTIONS"), "405 method-not-allowed"],
  ["OPTIONS of messages", get(MESSAGES, "", "OPTIONS"), "204"],
  ["a method that nobody knows", get("/", "", "BREW"), "closed"],
  ["HEAD of a page", get("/", "", "HEAD"), "200"],
  ["HEAD of messages", get(MESSAGES, "", "HEAD"), "200"],
  ["HEAD of a script", get("/widget.js", "", "HEAD"), "200"],
  ["HEAD of a stream", get("/api/topics/lobby/events", "", "HEAD"), "405"],
  ["HEAD of a session", get("/api/session", "", "HEAD"), "405"],
  ["HEAD of the socket's address", get("/websocket", "", "HEAD"), "426"],
  ["a Content-Length below the body's", post("Content-Length: 1\r\n", "abcd"), "201"],
  ["a negative Content-Length", post("Content-Length: -1\r\n", ""), "400"],
  ["a Content-Length that is no number", post("Content-Length: abc\r\n", ""), "400"],
  ["two Content-Lengths", post("Content-Length: 2\r\nContent-Length: 3\r\n", "abc"), "400"],
  [
    "Content-Length beside chunks",
    post(`${TWO}Transfer-Encoding: chunked\r\n`, `${chunk("ab")}0\r\n\r\n`),
    "400",
  ],
  ["a Content-Length beyond numbers", post("Content-Length: 99999999999999999999\r\n"), "400"],
  ["a Content-Length of 70 KB", post("Content-Length: 70000\r\n"), "413 too-large"],
  ["a Content-Length of 700 KB", post("Content-Length: 700000\r\n"), "413 too-large"],
  ["chunks", post("Transfer-Encoding: chunked\r\n", `${chunk("ab")}0\r\n\r\n`), "201"],
  ["a chunk of no length", post("Transfer-Encoding: chunked\r\n", "zz\r\nab\r\n0\r\n\r\n"), "400"],
  [
    "chunks of 160 KB",
    post("Transfer-Encoding: chunked\r\n", chunk("a".repeat(4096)).repeat(40)),
    "413 too-large",
  ],
  ["another transfer coding", post("Transfer-Encoding: gzip\r\n"), "400"],
  ["a coded body", post(`${TWO}Content-Encoding: gzip\r\n`), "415 unsupported-type"],
  ["a body that says that it is not coded", post(`${TWO}Content-Encoding: identity\r\n`), "201"],
  ["a null byte in the text", post("Content-Length: 3\r\n", "a\0b"), "201"],
  ["a null byte in a header", get("/healthz", "X-A: a\0b\r\n"), "400"],
  ["a null byte in the path", get("/he\0alth"), "505"],
  ["no body", post("", ""), "400 text-empty"],
  ["another charset", post(`${TWO}Content-Type: text/plain; charset=utf-16\r\n`), "415 unsupported-type"],
  ["the right charset", post(`${TWO}Content-Type: text/plain; charset="UTF-8"\r\n`), "201"],
  [
    "a form with files",
    post(`${TWO}Content-Type: multipart/form-data; boundary=x\r\n`),
    "415 unsupported-type",
  ],
  [
    "two types",
    post(`${TWO}Content-Type: text/plain\r\nContent-Type: application/json\r\n`),
    "415 unsupported-type",
  ],
  ["two ids", post(`${TWO}Idempotency-Key: a\r\nIdempotency-Key: b\r\n`), "400 bad-message-id"],
  ["an empty id", post(`${TWO}Idempotency-Key: \r\n`), "400 bad-message-id"],
  [
    "two credentials",
    post(`${TWO}Authorization: Bearer a\r\nAuthorization: Bearer b\r\n`),
    "401 bad-credential",
  ],
  ["a range of a script", get("/widget.js", "Range: bytes=0-10\r\n"), "200"],
  ["a range of a page", get("/t/lobby", "Range: bytes=5-\r\n"), "200"],
  ["an expectation that nobody knows", post(`${TWO}Expect: magic\r\n`), "201"],
  ["a place that is none", get("/api/topics/lobby/events", "Last-Event-ID: nonsense\r\n"), "400 bad-request"],
  [
    "bytes that are no text for a session",
    post("Content-Length: 3\r\n", "\xff\xfe\0", "/api/session"),
    "400 bad-request",
  ],
  ["a body of a session that is none", post(TWO, "\x7f\0", "/api/session"), "404 not-found"],
  [
    "a broken handshake",
    get("/websocket", "Upgrade: websocket\r\nConnection: Upgrade\r\n"),
    "400 bad-request",
  ],
  [
    "another version of WebSocket",
    get(
      "/websocket",
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    ),
    "426",
  ],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"],
  ["a TLS greeting", "\x16\x03\x01\0\xc8\x01\0\0\xc4\x03\x03\0\0", "400"],
  ["two slashes", get("//api//topics"), "404 not-found"],
  ["no slash", get("healthz"), "400"],
  ["a folded header", get("/healthz", "X-A: a\r\n b\r\n"), "400"],
])("%s is answered", async (_, bytes, expected) => {
  const answer = await send(Buffer.from(bytes, "latin1"));
  expect(`${statusOf(answer)} ${codeOf(answer)}`.trim()).toBe(expected);
  expect((await fetch(`${kabar.url}/healthz`)).status).toBe(200);
});

test("a body that waits for permission gets it, and is stored once", async () => {
  const socket = connect(kabar.port, "127.0.0.1");
  let answer = "";
  const has = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => answer.includes(text) && resolve();
      socket.on("data", look);
      look();
    });
  socket.on("data", (data) => {
    answer += data.toString();
  });
  socket.write(post(`${TWO}Expect: 100-continue\r\n`, ""));
  await has("100 Continue");
  socket.write("ab");
  await has("201 Created");
  socket.destroy();
});

test("no bad request was an internal error, and no stream stayed open", async () => {
  expect(kabar.output()).not.toMatch(/"level":"error"|bug/);
  const metrics = await (await fetch(`${kabar.url}/metrics`)).text();
  expect(metrics).not.toMatch(/^kabar_sessions\{[^}]*\} [1-9]/m);
});

describe("the metrics", () => {
  test("cannot be read by pages of other origins", async () => {
    const { headers } = await fetch(`${kabar.url}/metrics`, { headers: { Origin: "https://other.example" } });
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
  });

  test("are refused without a CORS header where they are not public", async () => {
    const closed = await startKabar({ env: { KABAR_METRICS_PUBLIC: "false" } });
    const { status, headers } = await fetch(`${closed.url}/metrics`);
    expect([status, headers.get("access-control-allow-origin")]).toEqual([403, null]);
    await closed.stop();
  });
});

describe("reads of one address", () => {
  test("are limited by number and by bytes for every page, file, history and stream", async () => {
    const tight = await startKabar({
      env: {
        KABAR_ADDRESS_READ_RATE: "1",
        KABAR_ADDRESS_READ_BURST: "30",
        KABAR_ADDRESS_FILE_RATE: "1",
        KABAR_ADDRESS_FILE_BURST: "30",
        KABAR_TRUSTED_PROXY_HOPS: "1",
      },
    });
    for (let i = 0; i < 20; i++)
      await fetch(`${tight.url}/api/topics/lobby/messages`, {
        method: "POST",
        body: `${i} ${"x".repeat(8000)}`,
      });
    const paths = [
      "/",
      "/plain",
      "/privacy",
      "/.well-known/kabar.json",
      "/widget.json",
      "/widget.js",
      "/favicon.ico",
      "/embed/lobby",
      "/t/lobby",
      "/t/lobby?before=9",
      "/api/topics/lobby/messages?limit=20",
      "/metrics",
      "/api/topics/lobby/events?after=0",
      "/api/search?q=x",
    ];
    for (const [i, path] of paths.entries()) {
      const headers = { "X-Forwarded-For": `203.0.113.${i + 1}` };
      let passed = 0;
      for (;;) {
        const stop = new AbortController();
        const response = await fetch(tight.url + path, { headers, signal: stop.signal });
        if (path.includes("/events") && response.ok) {
          const reader = response.body?.getReader();
          for (let bytes = 0; bytes < 160_000;) bytes += (await reader?.read())?.value?.length ?? 160_000;
        } else if (response.ok) await response.arrayBuffer();
        const { status } = response;
        stop.abort();
        if (status === 429) break;
        expect([path, status]).toEqual([path, 200]);
        if (++passed > 60) throw new Error(`${path} has no limit`);
      }
      // 160 KB are eleven reads' worth.
      if (/lobby\/messages|\/t\/lobby|events|search/.test(path))
        expect([path, passed < 10]).toEqual([path, true]);
      const others = await fetch(tight.url + path.replace("after=0", "last=0"), {
        headers: { "X-Forwarded-For": "203.0.113.99" },
        method: path.includes("/events") ? "OPTIONS" : "GET",
      });
      expect([path, others.ok]).toEqual([path, true]);
    }
    await tight.stop();
  });
});
