/**
 * Single attackers, each from an address of its own: what one of them sends is allowed or refused, and costs the server
 * either way. A flood runs until it is stopped and counts what it sent.
 */
import { OPERATOR_KEY } from "../support/server.ts";
import { PROTOCOL } from "../../src/protocol.ts";

/** What a flood needs to know. */
export interface Target {
  url: string;
  /** The attacker's address, as the proxy before the server tells it. */
  address: string;
  isOver(): boolean;
  /** Counts a frame or a request. */
  sent(): void;
}

export type Flood = (target: Target) => Promise<void>;

/** The default `max_text_bytes`, and nearly the default `max_frame_bytes`. */
const TEXT = 8000;
const FRAME = 64_000;
/** Frames sent before the sender looks whether the server is still there. */
const TURN = 10;
const TURN_DEADLINE_MS = 200;

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const say = (text: string) => ({ type: "publish", text });
const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const unchecked = (i: number): string =>
  `${b64({ alg: "RS256", kid: `k${i}` })}.${b64({ sub: "x", exp: 4e9 })}.AAAA`;

const headersOf = ({ address }: Target) => ({ "X-Forwarded-For": address });

async function request(target: Target, path: string, init: RequestInit = {}): Promise<string> {
  target.sent();
  const headers = { ...headersOf(target), ...(init.headers as Record<string, string> | undefined) };
  try {
    return await (await fetch(target.url + path, { ...init, headers })).text();
  } catch {
    return "";
  }
}
const post = (target: Target, path: string, body: string, headers: Record<string, string> = {}) =>
  request(target, path, {
    method: "POST",
    body,
    headers: { "Content-Type": "application/json", ...headers },
  });

/** Requests, a few at a time. */
function requests(make: (target: Target, i: number) => Promise<unknown>, atOnce = 4): Flood {
  return async (target) => {
    let i = 0;
    const worker = async () => {
      while (!target.isOver()) await make(target, i++);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  };
}

type MakeFrame = (i: number) => object | string;

function connect(target: Target, protocols: string[], path = "/websocket"): WebSocket {
  return new WebSocket(target.url.replace("http", "ws") + path, {
    headers: headersOf(target),
    protocols,
  } as unknown as string[]);
}

/** Sends turns of frames until the socket ends; a turn waits for an answer, or a moment. */
async function sendTurns(target: Target, socket: WebSocket, make: MakeFrame, topic: string): Promise<void> {
  let announce: () => void = () => {};
  socket.onmessage = () => announce();
  const ended = new Promise<void>((resolve) => (socket.onclose = () => resolve()));
  await new Promise<void>((resolve) => {
    socket.onopen = () => resolve();
    void ended.then(resolve);
  });
  for (let i = 0; socket.readyState === WebSocket.OPEN && !target.isOver();) {
    for (let turn = 0; turn < TURN; turn++, i++) {
      const frame = make(i);
      const fields =
        typeof frame === "string" ? frame : { id: i, topic, messageId: `m${i}-${target.address}`, ...frame };
      socket.send(typeof fields === "string" ? fields : JSON.stringify(fields));
      target.sent();
    }
    const answered = new Promise<void>((resolve) => (announce = resolve));
    await Promise.race([answered, ended, Bun.sleep(TURN_DEADLINE_MS)]);
  }
  socket.close();
  await Promise.race([ended, Bun.sleep(TURN_DEADLINE_MS)]);
}

/** Sessions one after the other, each for as long as the server bears it. */
function session(make: MakeFrame, topic = "lobby", hello: object = { name: "Mallory" }): Flood {
  return async (target) => {
    while (!target.isOver()) {
      const first = { type: "hello", ...hello };
      await sendTurns(target, connect(target, [PROTOCOL]), (i) => (i === 0 ? first : make(i)), topic);
      await Bun.sleep(5);
    }
  };
}
/** Lines of plain mode. */
function lines(make: (i: number) => string, topic = "lobby"): Flood {
  return async (target) => {
    while (!target.isOver()) {
      await sendTurns(target, connect(target, [], `/websocket?topic=${topic}&history=50`), make, topic);
      await Bun.sleep(5);
    }
  };
}

/** Reads a stream as fast as it comes. */
async function drink(target: Target, path: string): Promise<void> {
  target.sent();
  const stop = new AbortController();
  try {
    const { body } = await fetch(target.url + path, { headers: headersOf(target), signal: stop.signal });
    let bytes = 0;
    for await (const chunk of body ?? []) {
      bytes += chunk.length;
      if (target.isOver() || bytes > 3_000_000) break;
    }
  } catch {
    // Refused: the next try comes.
  }
  stop.abort();
}

/** A streamed session: opened, fed with requests full of frames, left. */
async function stream(target: Target, i: number): Promise<void> {
  const stop = new AbortController();
  try {
    const { body } = await fetch(`${target.url}/api/session`, {
      headers: headersOf(target),
      signal: stop.signal,
    });
    const first = await body?.getReader().read();
    const secret = /data: (\S+)/.exec(new TextDecoder().decode(first?.value))?.[1] ?? "";
    const frames = Array.from({ length: 255 }, (_, at) =>
      JSON.stringify(
        at === 0 ? { type: "hello", id: 0 } : { type: at % 2 ? "ping" : "history", id: at, topic: "big" },
      ),
    );
    for (let turn = 0; turn < 3 && !target.isOver(); turn++)
      await post(target, "/api/session", [secret, ...frames].join("\n"), { "Content-Type": "text/plain" });
    if (i % 3 === 0) await post(target, "/api/session", `${secret}\n${"[".repeat(FRAME)}`);
  } catch {
    // Refused.
  }
  stop.abort();
  await Bun.sleep(2);
}

/** A moderator's worst patterns, then texts for them. */
const moderate = (target: Target, words: object) =>
  post(target, "/api/topics/words/moderate/words", JSON.stringify({ words }), {
    Authorization: `Bearer ${OPERATOR_KEY}`,
  });
const PATTERNS = [
  `${"[?]".repeat(19)}zq`,
  `${"?".repeat(50)}zq`,
  `${"[a]".repeat(15)}b`,
  "[".repeat(60),
  "a[a][a]a[a]zq",
  `${"*a".repeat(20)}`,
];

/** Small frames without a pause: the bytes are made once. */
const pingFlood: Flood = async (target) => {
  while (!target.isOver()) {
    const socket = connect(target, [PROTOCOL]);
    await new Promise<void>((resolve) => {
      socket.onopen = () => resolve();
      socket.onclose = () => resolve();
    });
    socket.send('{"type":"hello","id":0}');
    while (socket.readyState === WebSocket.OPEN && !target.isOver()) {
      for (let i = 0; i < 500; i++, target.sent()) socket.send('{"type":"ping","id":1}');
      while (socket.bufferedAmount > 1_000_000 && !target.isOver()) await Bun.sleep(1);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    socket.close();
  }
};

const LOOK_ALIKES = [
  "ᴀᴅᴍɪɴ",
  "🅰dmin",
  "Ꭺdmin",
  "admɨn",
  "Ana⠀",
  "rn".repeat(20),
  "ﷺ".repeat(40),
  `a${"\u0301".repeat(200)}`,
];

/** The attackers, by what they do. */
export const FLOODS: Record<string, Flood> = {
  "nested JSON in a body": requests((t) =>
    post(t, "/api/topics/lobby/messages", `{"text":${nested(FRAME / 2)}}`),
  ),
  "nested JSON in a frame": session(() => `{"id":1,"type":"hello","guest":${nested(FRAME / 2)}}`),
  "nested JSON in an act": requests((t) =>
    post(t, "/api/topics/lobby/moderate/mode", `{"mode":${nested(FRAME / 2)}}`),
  ),
  "spaces in a body": requests((t) =>
    post(t, "/api/topics/lobby/messages", `a${" ".repeat(FRAME)}x`, { "Content-Type": "text/plain" }),
  ),
  "spaces in a frame": session(() => say(`a${" ".repeat(FRAME - 200)}x`)),
  "spaces in plain mode": lines(() => `a${" \n".repeat(FRAME / 2)}x`),
  "emoji where nothing else may be written": session(() => say(`${"👍🏽".repeat(TEXT / 8 - 1)}x`), "moods"),
  "brackets behind addresses": session(() => say(`("http://a${")]}".repeat(660)} `.repeat(4)), "links"),
  "letters and hyphens where links are refused": session(() => say("a-".repeat(TEXT / 2)), "links"),
  "small frames": pingFlood,
  typing: session(() => ({ type: "typing" })),
  edits: session(
    (i) =>
      i === 1 ? say("first") : { type: "edit", target: i < 60 ? 1 : i, text: String(i).repeat(TEXT / 4) },
    "edits",
  ),
  "word patterns of a moderator": requests(async (t, i) => {
    await moderate(t, { block: [PATTERNS[i % PATTERNS.length]] });
    await post(t, "/api/topics/words/messages", "a".repeat(TEXT), { "Content-Type": "text/plain" });
  }, 2),
  "many word patterns of a moderator": requests(async (t, i) => {
    await moderate(t, { block: Array.from({ length: 500 }, (_, at) => `[a]${at.toString(36)}?[b]${i}zq`) });
    await post(t, "/api/topics/words/messages", "a1b2".repeat(TEXT / 4), { "Content-Type": "text/plain" });
  }, 1),
  replays: session(
    (i) =>
      i % 2
        ? { type: "subscribe", cursor: { epoch: "e", offset: 0, tag: "" }, last: 200, messageId: undefined }
        : { type: "unsubscribe" },
    "big",
  ),
  "pages of history": session((i) => ({ type: "history", before: 200 + i, limit: 200 }), "big"),
  "pages of history over HTTP": requests((t) => request(t, "/api/topics/big/messages?limit=200"), 8),
  "readers of server-sent events": requests((t) => drink(t, "/api/topics/big/events?after=0"), 8),
  transcripts: requests((t) => request(t, "/t/big"), 8),
  reports: session((i) => ({ type: "report", target: 1 + (i % 900), why: "x".repeat(500) }), "big"),
  reactions: session(
    (i) => ({ type: "react", target: 1 + (i % 5), emoji: i % 2 ? "👍" : "🎉", on: i % 3 > 0 }),
    "big",
  ),
  "names of look-alikes": session((i) => ({ type: "rename", name: LOOK_ALIKES[i % LOOK_ALIKES.length] })),
  "long names": session((i) => ({
    type: "rename",
    name: ["ﷺ", "a\u0301", "🇩🇪", " "][i % 4]?.repeat(FRAME / 24),
  })),
  "unchecked tokens": session(
    (i) => ({ type: "history", limit: 1, pad: "x".repeat(i % 2 ? 100 : FRAME / 2) }),
    "big",
    {
      token: unchecked(1),
    },
  ),
  "made-up tokens": requests((t, i) =>
    request(t, "/api/topics/lobby/messages", { headers: { Authorization: `Bearer ${unchecked(i)}` } }),
  ),
  "identify again and again": session((i) => ({ type: "identify", token: unchecked(i) })),
  "streamed sessions": requests(stream, 4),
  "long headers": requests((t, i) =>
    request(t, "/t/lobby", {
      headers: {
        "Accept-Language": "a-".repeat(3000),
        "Accept-Encoding": "br".repeat(1500),
        "Idempotency-Key": '"'.repeat(100),
        Cookie: "a=b; ".repeat(400),
        "User-Agent": "x(".repeat(400 + i),
        "X-Forwarded-For": `${"1.2.3.4:5, [::1%%%]:6, ".repeat(60)}${t.address}`,
      },
    }),
  ),
  "odd addresses": requests((t, i) =>
    request(
      t,
      `/${["t/", "embed/", "widget/", "api/topics/"][i % 4]}${"%20".repeat(1000)}?${"a=%ff&".repeat(500)}`,
    ),
  ),
};
