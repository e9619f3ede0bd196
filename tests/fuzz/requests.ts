/**
 * HTTP requests that are wrong or odd, as bytes, each with what the server may do about it: answer with one of some
 * statuses, or end the connection. No input may be answered with 500: that is what bugs are answered with.
 */
import type { Random } from "../audit/random.ts";
import { OPERATOR_KEY } from "../support/server.ts";
import { FUZZ_TOPICS } from "./commands.ts";

export interface RequestCase {
  name: string;
  bytes: string;
  /** The statuses that are right. Empty: any but 5xx. */
  statuses: readonly number[];
  /** The server ends the connection, with or without an answer. */
  ends: boolean;
}

const HOST = "Host: fuzz\r\n";
const PUBLISH = "/api/topics/fuzz-0/messages";
const PATHS = [
  "/",
  "/plain",
  "/widget.js",
  "/widget.json",
  "/widget/x.js",
  "/widget@0.0.0.js",
  "/healthz",
  "/readyz",
  PUBLISH,
  "/websocket",
];
const STRANGE_PATHS = [
  "/%00",
  "/%ff",
  "/%",
  "/%zz",
  "/widget/%ff.js",
  "/widget/%00.js",
  "/widget/..%2f..%2fpackage.json",
  "/widget@%ff.js",
  "/widget@../../kabar.db.js",
  "/widget@.js",
  "//",
  "/../../etc/passwd",
  "/..%2f..%2fetc%2fpasswd",
  "/api/topics//messages",
  "/api/topics/%00/messages",
  "/api/topics/%zz/messages",
  "/api/topics/__proto__/messages",
  "/api/topics/$control/messages",
  `/api/topics/${"x".repeat(65)}/messages`,
  "/api/topics/fuzz-0/messages/more",
  "/api/topics/fuzz-0/events/more",
  "/?a=%ff&b=%",
];
const STRANGE_WORDS = [
  "-1",
  "0",
  "1e9",
  "NaN",
  "99999999999999999999",
  "0x10",
  "%00",
  "%ff",
  "[]",
  "null",
  "1.5",
  "",
  "1,2",
];
const STRANGE_HOSTS = [
  "][",
  "a b",
  "[::1",
  "x:99999999",
  "",
  "%",
  "a@b",
  "x/y",
  "\u00ff\u00fe",
  "x".repeat(2000),
  "http://x",
];
const STRANGE_HEADERS = [
  "Authorization: Bearer wrong",
  "Authorization: Basic eDp5",
  "Authorization: Bearer",
  `Authorization: Bearer ${"x".repeat(5000)}`,
  "Idempotency-Key: not/allowed",
  `Idempotency-Key: ${"x".repeat(65)}`,
  "Last-Event-ID: 1.x",
  "X-Forwarded-For: \u00ff, , ,",
  "Origin: null",
  "Origin: ][",
  "Accept-Encoding: br;q=x, \u00fe",
  "If-None-Match: \u00ff",
  "Range: bytes=5-1",
  "Cookie: a=b; c=\u00ff",
  "__proto__: x",
  "constructor: x",
];
const BODIES = [
  "",
  "{",
  "[]",
  "null",
  '{"text":1}',
  '{"text":"x","id":{}}',
  '{"__proto__":{"text":"x"}}',
  '{"text":""}',
  "\u00ff\u00fe",
  "\u0000",
];
const TYPES = [
  "text/plain",
  "application/json",
  "application/x-www-form-urlencoded",
  "text/html",
  "",
  "application/json; x=\u00ff",
  "multipart/form-data",
];

const OPERATOR_WISHES = [
  "POST /api/admin/keys",
  "PUT /api/admin/topics/nowhere-*",
  "DELETE /api/admin/topics/nowhere",
  "DELETE /api/admin/keys/%ff",
  "DELETE /api/admin/keys/__proto__",
  "POST /api/admin/users/__proto__/revoke",
  "PUT /api/admin/topics/%00",
  "GET /api/admin/audit?after=-1",
  "GET /api/topics/fuzz-0/explain?offset=-1",
  "GET /api/topics/fuzz-0/explain?id=%00",
];

const request = (line: string, headers: string, body = ""): string =>
  `${line} HTTP/1.1\r\n${HOST}${headers}${body === "" ? "" : `Content-Length: ${body.length}\r\n`}\r\n${body}`;

/** A publish whose body is written by hand: headers, and what comes after them. */
const publish = (headers: string, rest: string): string => `${request(`POST ${PUBLISH}`, headers)}${rest}`;

type MakeRequest = (random: Random) => RequestCase;
const answered = (name: string, bytes: string, ...statuses: number[]): RequestCase => ({
  name,
  bytes,
  statuses,
  ends: false,
});
const ended = (name: string, bytes: string, ...statuses: number[]): RequestCase => ({
  name,
  bytes,
  statuses,
  ends: true,
});

/** Requests that HTTP allows and Kabar refuses or bears: the connection stays. */
const ODD: readonly MakeRequest[] = [
  (random) => answered("a strange path", request(`GET ${random.pick(STRANGE_PATHS)}`, "")),
  (random) =>
    answered("a strange header", request(`GET ${random.pick(PATHS)}`, `${random.pick(STRANGE_HEADERS)}\r\n`)),
  (random) => {
    const method = random.pick(["PUT", "DELETE", "PATCH", "TRACE", "POST", "HEAD"]);
    return answered(
      `a wrong method, ${method}`,
      request(`${method} ${random.pick(["/healthz", "/widget.js", "/nowhere"])}`, ""),
    );
  },
  (random) => {
    const query = `${random.pick(["limit", "before", "after"])}=${random.pick(STRANGE_WORDS)}`;
    return answered(
      "a strange query",
      request(`GET ${PUBLISH}?${query}&${query}&a=${random.pick(STRANGE_WORDS)}`, ""),
    );
  },
  (random) => {
    const after = random.pick(["x", "-1", "1.x", ".e.t", "01.e.t", "1.e.t.u", "9999999999999999.e.t"]);
    return answered("a strange cursor", request(`GET /api/topics/fuzz-0/events?after=${after}`, ""), 400);
  },
  (random) => {
    const topic = `fuzz-${random.int(0, FUZZ_TOPICS - 1)}`;
    const type = random.pick(TYPES);
    const header = type === "" ? "" : `Content-Type: ${type}\r\n`;
    return answered(
      "a strange body",
      request(`POST /api/topics/${topic}/messages`, header, random.pick(BODIES)),
    );
  },
  (random) => {
    const body = "[".repeat(random.pick([10, 1000, 20_000]));
    return answered(
      "a deep body",
      request(`POST ${PUBLISH}`, "Content-Type: application/json\r\n", body),
      400,
    );
  },
  () => answered("a body above the limit", request(`POST ${PUBLISH}`, "", "x".repeat(70_000)), 413),
  (random) => {
    const size = random.int(1, 9).toString(16);
    const chunk = `${size};ext=${random.pick(STRANGE_WORDS)}\r\n${"c".repeat(Number.parseInt(size, 16))}\r\n`;
    return answered("a body in chunks", publish("Transfer-Encoding: chunked\r\n", `${chunk}0\r\n\r\n`));
  },
  (random) => {
    const headers = random.pick([
      "Upgrade: websocket\r\n",
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n",
      "Upgrade: h2c\r\nConnection: Upgrade\r\n",
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: other\r\n",
    ]);
    return answered("half a handshake", request("GET /websocket", headers), 400, 426);
  },
  (random) => {
    const query = random.pick([
      "topic=__proto__",
      "topic=%00",
      "topic=nowhere",
      "history=-1",
      "history=1e9",
      "name=%20",
      "name=%e2%80%ae",
    ]);
    const headers =
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    return answered("plain mode asked wrongly", request(`GET /websocket?${query}`, headers), 400, 404);
  },
  (random) => {
    const key = random.pick(["", `Authorization: Bearer ${OPERATOR_KEY}\r\n`]);
    const line = random.pick(OPERATOR_WISHES);
    const body = line.startsWith("P") ? random.pick(BODIES) : "";
    return answered("an operator's strange wish", request(line, key, body));
  },
  (random) =>
    answered(
      "a strange host",
      `GET ${random.pick(PATHS)} HTTP/1.1\r\nHost: ${random.pick(STRANGE_HOSTS)}\r\n\r\n`,
    ),
];

/** Requests that are not HTTP: there is nothing to go on with. */
const BROKEN: readonly MakeRequest[] = [
  () => ended("no host", "GET /healthz HTTP/1.1\r\n\r\n", 400),
  (random) =>
    ended(
      "a wrong version",
      request(`GET /healthz HTTP/${random.pick(["0.9", "2.0", "3", "x", "1.12"])}`, ""),
    ),
  (random) =>
    ended(
      "a strange method",
      request(`${random.pick(["FOO", "G@T", "get", "", "\u0000", "GET\t"])} /healthz`, ""),
    ),
  (random) =>
    ended(
      "a header that is none",
      request(
        "GET /healthz",
        `${random.pick(["Abc", "A b: c", ": x", " x: y", "A\u0000: b", "A: b\r\n c"])}\r\n`,
      ),
    ),
  (random) =>
    ended("line ends of another kind", `GET /healthz HTTP/1.1${random.pick(["\n", "\r"])}Host: x\n\n`),
  (random) =>
    ended("a giant header", request("GET /healthz", `A: ${"x".repeat(random.int(20_000, 60_000))}\r\n`), 431),
  (random) => ended("a giant path", request(`GET /${"x".repeat(random.int(20_000, 60_000))}`, ""), 431, 414),
  () =>
    ended(
      "too many headers",
      request("GET /healthz", Array.from({ length: 300 }, (_, i) => `A${i}: b\r\n`).join("")),
      431,
    ),
  (random) => {
    const length = random.pick(["-1", "+3", "3.0", "0x3", "3 3", "abc", "99999999999999999999999"]);
    return ended("a length that is none", publish(`Content-Length: ${length}\r\n`, "abc"));
  },
  () => ended("two lengths", publish("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), 400),
  () =>
    ended(
      "a length and chunks",
      publish("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      400,
    ),
  (random) => {
    const size = random.pick(["zz", "-1", "ffffffffffffffffff", "", "1g", "0x5"]);
    return ended(
      "a chunk that is none",
      publish("Transfer-Encoding: chunked\r\n", `${size}\r\nabc\r\n0\r\n\r\n`),
    );
  },
  (random) => {
    const length = random.pick([200_000, 10_000_000, 2 ** 31, 2 ** 40]);
    return ended("a giant body, announced", publish(`Content-Length: ${length}\r\n`, "abc"), 413);
  },
  (random) => {
    const chunk = `ffff\r\n${"x".repeat(0xffff)}\r\n`;
    const body = chunk.repeat(random.int(3, 6));
    return ended("chunks above the limit", publish("Transfer-Encoding: chunked\r\n", body), 413);
  },
  () => ended("TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003"),
  () => ended("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  (random) => ended("noise", `${Buffer.from(random.bytes(random.int(20, 300))).toString("latin1")}\r\n\r\n`),
];

/** A request whose connection can go on. */
export const makeOddRequest = (random: Random): RequestCase => random.pick(ODD)(random);
/** A request whose connection can't. */
export const makeBrokenRequest = (random: Random): RequestCase => random.pick(BROKEN)(random);

/** Beginnings of requests and handshakes that never go on; the server has to lose patience. */
export const HALVES: readonly string[] = [
  "",
  "G",
  "GET /healthz HTTP/1.1\r\nHo",
  "GET /websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n",
  `POST ${PUBLISH} HTTP/1.1\r\n${HOST}Content-Length: 30\r\n\r\nabc`,
  `POST ${PUBLISH} HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nab`,
];

/** The status of an answer that has arrived in full, and its size; undefined when it has not. */
export function readAnswer(bytes: Buffer, isHead: boolean): { status: number; size: number } | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  if (status === 100) return { status, size: end + 4 };
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  const size = end + 4 + (isHead || status === 304 || status === 204 ? 0 : Number(length ?? 0));
  return bytes.length >= size ? { status, size } : undefined;
}
