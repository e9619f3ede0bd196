/**
 * Broken WebSocket traffic: each case is bytes to send on an open connection, and how the server must end it
 * (RFC 6455 section 7.4.1: 1002 protocol error, 1007 wrong data, 1009 too big).
 */
import type { Random } from "../audit/random.ts";
import { frame, OP } from "./frames.ts";

export interface FrameCase {
  name: string;
  bytes: Uint8Array;
  /** The close codes that are right; empty when the connection must stay open and answer a ping. */
  closes: readonly number[];
  /** What an answer must have in it, where the connection stays open. */
  says?: string;
}

/** What the server takes at most (`max_frame_bytes`, its default). */
const MAX_FRAME_BYTES = 65_536;
const INSIDE = '"id":"inside"';
const PING = `{"type":"ping",${INSIDE}}`;

/** Bytes that are no UTF-8, in the ways that decoders get wrong. */
const NOT_UTF8: readonly (readonly number[])[] = [
  [0xff],
  [0xc0, 0x80], // an overlong NUL
  [0xe0, 0x80, 0xaf], // an overlong slash
  [0xed, 0xa0, 0x80], // half a surrogate pair
  [0xf4, 0x90, 0x80, 0x80], // beyond U+10FFFF
  [0xf8, 0x88, 0x80, 0x80, 0x80], // five bytes
  [0xe2, 0x82], // ends in the middle
  [0x80], // begins in the middle
];

/** Close codes that no endpoint may send (RFC 6455 section 7.4.1 and 7.4.2). */
const FORBIDDEN_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];

function notUtf8(random: Random): Buffer {
  const before = "a".repeat(random.int(0, 40));
  return Buffer.concat([Buffer.from(before), Buffer.from(random.pick(NOT_UTF8))]);
}

function closePayload(code: number, reason: Uint8Array = Buffer.alloc(0)): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return Buffer.concat([payload, reason]);
}

/** Cuts a text into frames, some of them empty, with pings in between. */
function fragments(text: string, random: Random): Buffer {
  const parts: Buffer[] = [];
  const cuts = random.int(1, 6);
  let at = 0;
  for (let i = 0; i <= cuts; i++) {
    const isLast = i === cuts;
    const end = isLast ? text.length : Math.min(text.length, at + random.int(0, 12));
    parts.push(frame(i === 0 ? OP.text : OP.continuation, text.slice(at, end), { fin: isLast }));
    if (random.chance(0.3) && !isLast) parts.push(frame(OP.ping, random.bytes(random.int(0, 125))));
    at = end;
  }
  return Buffer.concat(parts);
}

type MakeCase = (random: Random) => FrameCase;
const broken = (name: string, bytes: Uint8Array, ...closes: number[]): FrameCase => ({ name, bytes, closes });
const borne = (name: string, bytes: Uint8Array, says?: string): FrameCase => ({
  name,
  bytes,
  closes: [],
  ...(says ? { says } : {}),
});

/** Every kind of broken (and a few of right) traffic. */
export const FRAME_CASES: readonly MakeCase[] = [
  (random) => broken("reserved bits", frame(random.pick([1, 2, 8, 9]), "x", { rsv: random.int(1, 7) }), 1002),
  (random) => broken("reserved opcode", frame(random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), "x"), 1002),
  (random) => broken("no mask", frame(random.pick([1, 2, 8, 9, 10]), "{}", { masked: false }), 1002),
  (random) => broken("a control frame in pieces", frame(random.pick([8, 9, 10]), "x", { fin: false }), 1002),
  (random) =>
    broken("a long control frame", frame(random.pick([8, 9, 10]), random.bytes(random.int(126, 400))), 1002),
  () => broken("a continuation of nothing", frame(OP.continuation, PING), 1002),
  (random) => {
    const begun = frame(OP.text, "{", { fin: false });
    return broken(
      "a new message inside another",
      Buffer.concat([begun, frame(random.pick([1, 2]), "}")]),
      1002,
    );
  },
  (random) => broken("not UTF-8", frame(OP.text, notUtf8(random)), 1007),
  (random) => {
    const bytes = notUtf8(random);
    const cut = random.int(0, bytes.length);
    const first = frame(OP.text, bytes.subarray(0, cut), { fin: false });
    return broken(
      "not UTF-8, in pieces",
      Buffer.concat([first, frame(OP.continuation, bytes.subarray(cut))]),
      1007,
    );
  },
  (random) => {
    const length = BigInt(MAX_FRAME_BYTES + random.int(1, 1_000_000));
    return broken("too big, announced", frame(random.pick([1, 2]), random.bytes(8), { length }), 1009);
  },
  () => broken("too big, sent", frame(OP.text, "x".repeat(MAX_FRAME_BYTES + 1)), 1009),
  () => {
    const half = "x".repeat(MAX_FRAME_BYTES / 2 + 1);
    const first = frame(OP.text, half, { fin: false });
    return broken("too big, in pieces", Buffer.concat([first, frame(OP.continuation, half)]), 1009);
  },
  (random) => {
    const length = random.pick([1n << 63n, (1n << 64n) - 1n, (1n << 63n) - 1n, 1n << 40n, (1n << 32n) + 5n]);
    return broken("a giant length", frame(random.pick([1, 2]), "x", { length, lengthBytes: 8 }), 1009, 1002);
  },
  () => broken("a close of one byte", frame(OP.close, new Uint8Array([3])), 1002),
  (random) =>
    broken("a forbidden close code", frame(OP.close, closePayload(random.pick(FORBIDDEN_CODES))), 1002),
  (random) => broken("a close reason not UTF-8", frame(OP.close, closePayload(1000, notUtf8(random))), 1007),
  (random) => {
    const code = random.pick([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 4999]);
    return broken("a right close", frame(OP.close, closePayload(code, Buffer.from("bye"))), code, 1000);
  },
  (random) =>
    broken(
      "a right close, and more",
      Buffer.concat([frame(OP.close, closePayload(1000)), random.bytes(50)]),
      1000,
    ),
  (random) => {
    const line = random.pick(["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST /websocket HTTP/1.1\r\n\r\n"]);
    return broken("a request", Buffer.from(line), 1002);
  },
  (random) => {
    const bytes = Buffer.from(random.bytes(random.int(4, 200)));
    // Without the mask bit, whatever else it is, it is no client's frame.
    bytes[1] = (bytes[1] ?? 0) & 0x7f;
    return broken("noise", bytes, 1002);
  },
  (random) => {
    const strikes = Array.from({ length: 20 }, () => frame(OP.text, random.pick(["nope", "[]", "", "{"])));
    return broken("twenty frames that are no commands", Buffer.concat(strikes), 4500);
  },
  (random) => {
    const key = random.pick(["wrong", "", "x".repeat(300)]);
    return broken("a wrong key", frame(OP.text, JSON.stringify({ type: "hello", id: 1, key })), 4501);
  },
  (random) => borne("right pieces", fragments(PING, random), INSIDE),
  (random) =>
    borne(
      "a length with zeros before it",
      frame(OP.text, PING, { lengthBytes: random.pick([2, 8]) }),
      INSIDE,
    ),
  () => {
    const nothing = Array.from({ length: 200 }, () => frame(OP.continuation, "", { fin: false }));
    const bytes = Buffer.concat([
      frame(OP.text, "", { fin: false }),
      ...nothing,
      frame(OP.continuation, PING),
    ]);
    return borne("nothing in many pieces", bytes, INSIDE);
  },
  (random) => {
    const pong = frame(OP.pong, random.bytes(random.int(0, 125)));
    return borne("pongs nobody asked for", Buffer.concat([pong, frame(OP.pong, "")]));
  },
  (random) => borne("binary", frame(OP.binary, random.bytes(random.int(0, 500))), "bad-json"),
];
