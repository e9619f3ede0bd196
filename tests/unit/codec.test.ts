import { describe, expect, test } from "bun:test";
import {
  encodeMessages,
  encodeOk,
  encodeSse,
  encodeWithMessages,
  parseCommand,
  parsePublishBody,
} from "../../src/codec.ts";
import { encodeMessage, encodePlain } from "../../src/log/message-body.ts";
import { KabarError } from "../../src/errors.ts";
import { createRandom, type Random } from "../support/seed.ts";

const errorOf = (frame: string) => {
  const parsed = parseCommand(frame);
  if (!("error" in parsed)) throw new Error(`${frame} was taken for a command`);
  return { id: parsed.id, code: parsed.error.code, message: parsed.error.message };
};

describe("a command", () => {
  test.each([
    [{ type: "hello", id: 1 }],
    [{ type: "hello", id: "a", guest: "g1.x.y", name: "Ana" }],
    [{ type: "subscribe", id: 1, topic: "lobby", cursor: { epoch: "e", offset: 3, tag: "t" }, last: 20 }],
    [{ type: "publish", id: 1, topic: "lobby", messageId: "m-1", text: "x" }],
    [{ type: "edit", id: 1, topic: "lobby", messageId: "m-1", target: 4, text: "x" }],
    [{ type: "react", id: 1, topic: "lobby", messageId: "m-1", target: 4, emoji: "👩‍💻", on: false }],
    [{ type: "publish", id: 1, topic: "lobby", messageId: "m-1", text: "x", replyTo: 3, mentions: ["g-1"] }],
    [{ type: "history", id: 1, topic: "lobby", before: 5, limit: 10 }],
    [{ type: "search", id: 1, q: "a b", topic: "lobby", user: "Ana", before: "lobby/7", limit: 10 }],
    [{ type: "search", id: 1, q: "a", before: 7 }],
    [{ type: "ping", id: 0 }],
  ])("%j is read as it is", (command) => {
    expect(parseCommand(JSON.stringify(command))).toEqual({ command } as never);
  });

  test("fields that the server does not know are dropped", () => {
    const frame = '{"type":"ping","id":1,"__proto__":{"x":1},"constructor":2,"later":3}';
    expect(parseCommand(frame)).toEqual({ command: { type: "ping", id: 1 } } as never);
  });

  test.each([
    ["", "bad-json"],
    ["[]", "bad-json"],
    ["null", "bad-json"],
    ["{", "bad-json"],
    [`${"[".repeat(200_000)}`, "bad-json"],
    [`{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`, "bad-command"],
    ['{"type":"ping"}', "bad-command"],
    [`{"type":"ping","id":"${"x".repeat(65)}"}`, "bad-command"],
    ['{"type":"ping","id":{}}', "bad-command"],
    ['{"type":"toString","id":1}', "unknown-command"],
    ['{"type":"__proto__","id":1}', "unknown-command"],
    ['{"id":1}', "unknown-command"],
    ['{"type":"subscribe","id":1,"topic":"a b"}', "bad-topic"],
    ['{"type":"subscribe","id":1,"topic":"a","cursor":{"epoch":"e","offset":-1,"tag":""}}', "bad-command"],
    ['{"type":"subscribe","id":1,"topic":"a","last":1e99}', "bad-command"],
    ['{"type":"publish","id":1,"topic":"a","messageId":"","text":"x"}', "bad-message-id"],
    ['{"type":"publish","id":1,"topic":"a","messageId":"m","text":7}', "bad-command"],
    ['{"type":"react","id":1,"topic":"a","messageId":"m","target":1,"emoji":"👍👍","on":true}', "bad-emoji"],
    ['{"type":"react","id":1,"topic":"a","messageId":"m","target":1,"emoji":"x","on":true}', "bad-emoji"],
    ['{"type":"edit","id":1,"topic":"a","messageId":"m","target":0,"text":"x"}', "bad-command"],
    ['{"type":"rename","id":1,"name":null}', "bad-name"],
  ])("%.60s is refused", (frame, code) => {
    expect(errorOf(frame).code).toBe(code as never);
  });

  test("a refusal says which field, what it is and what is allowed, and echoes the id", () => {
    expect(errorOf('{"type":"subscribe","id":7,"topic":"a b"}')).toEqual({
      id: 7,
      code: "bad-topic",
      message:
        'topic: is "a b", must be 1 to 64 characters of A–Z a–z 0–9 . _ : -, the first a letter or digit.',
    });
    for (const title of ["", ',"title":"t"'])
      expect(errorOf(`{"type":"publish","id":8,"topic":"a","messageId":"m"${title}}`).message).toBe(
        "text: is missing, must be a string.",
      );
  });
});

/** Breaks a frame the way networks, bugs and attackers do. */
function mangle(random: Random, frame: string): string {
  const at = random.int(0, frame.length);
  const junk = ["\u0000", "\uD800", '"', "}", "{", "[", "\\", "1e999", "-0", "__proto__", "null", "\u2028"];
  const edits = [
    () => frame.slice(0, at),
    () => frame.slice(0, at) + random.pick(junk) + frame.slice(at),
    () => frame.slice(0, at) + frame.slice(at + random.int(1, 4)),
    () => frame.slice(0, at) + String.fromCharCode(random.int(0, 0xffff)) + frame.slice(at + 1),
    () => frame + frame,
    () => frame.replace(/"(\w+)":/, `"${random.pick(["__proto__", "constructor", "type", "id", ""])}":`),
    () =>
      frame.replace(
        /:("[^"]*"|\d+)/,
        `:${random.pick(["{}", "[]", "null", "true", "1e400", '""', "-1", "0.5"])}`,
      ),
  ];
  return random.pick(edits)();
}

test("fuzz: 100,000 broken frames are each a command or an error, never a throw", () => {
  const random = createRandom(20_240_601);
  const whole = [
    { type: "hello", id: 1, guest: "g1.abc.def", name: "Ana" },
    { type: "subscribe", id: "x", topic: "lobby", cursor: { epoch: "e", offset: 3, tag: "t" }, last: 20 },
    { type: "publish", id: 2, topic: "lobby", messageId: "m-1", text: "héllo \u{1f44b}" },
    { type: "history", id: 3, topic: "lobby", before: 5, limit: 10 },
  ].map((command) => JSON.stringify(command));
  let commands = 0;
  for (let i = 0; i < 100_000; i++) {
    let frame = random.pick(whole);
    for (let times = random.int(1, 3); times > 0; times--) frame = mangle(random, frame);
    const parsed = parseCommand(frame);
    if ("command" in parsed) commands += 1;
    else expect(parsed.error).toBeInstanceOf(KabarError);
  }
  // Both outcomes occur, or the fuzz tests nothing.
  expect(commands).toBeGreaterThan(1000);
  expect(commands).toBeLessThan(90_000);
  expect(({} as Record<string, unknown>).x).toBeUndefined();
}, 60_000);

const entry = {
  topic: "lobby",
  offset: 7,
  userId: "g-1",
  id: "m-1",
  at: 1_700_000_000_000,
  tag: "abcde",
  body: JSON.stringify({
    user: { id: "g-1", name: 'A"na', role: "guest" },
    text: "line\nbreak \u2028 </script>",
  }),
};
const message = {
  topic: "lobby",
  offset: 7,
  id: "m-1",
  at: 1_700_000_000_000,
  user: { id: "g-1", name: 'A"na', role: "guest" },
  text: "line\nbreak \u2028 </script>",
};

test("an entry is encoded as the message of PROTOCOL.md", () => {
  expect(JSON.parse(encodeMessage(entry))).toEqual(message);
});

test.each([
  [7, { topic: "a", offset: 3, repeated: false }],
  ['"quoted"', { at: 1 }],
  ["x", {}],
])("the reply to command %p has its id and the result %p", (id, result) => {
  expect(JSON.parse(encodeOk(id, result))).toEqual({ type: "ok", id, ...result });
});

test("events and replies around encoded messages are whole JSON", () => {
  const json = encodeMessage(entry);
  expect(JSON.parse(encodeMessages("lobby", "abcde", [json, json]))).toEqual({
    type: "messages",
    topic: "lobby",
    tag: "abcde",
    messages: [message, message],
  });
  expect(JSON.parse(encodeWithMessages({ type: "ok", id: 1 }, []))).toEqual({
    type: "ok",
    id: 1,
    messages: [],
  });
});

test("plain lines and server-sent events keep line breaks where they belong", () => {
  expect(encodePlain(entry.body)).toBe('A"na: line\n\tbreak \u2028 </script>');
  const lines = encodeSse({ epoch: "e", offset: 7, tag: "abcde" }, encodeMessage(entry)).split("\n");
  expect(lines).toHaveLength(4);
  expect(lines[0]).toBe("id: 7.e.abcde");
  expect(JSON.parse(lines[1]?.slice("data: ".length) ?? "")).toEqual(message);
});

test("a name in a plain line has nothing that reads as the colon after it", () => {
  const likes =
    ":\u02d0\u02f8\u0589\u05c3\u0703\u0704\u0903\u0983\u0a83\u1038\u1361\u16ec\u17c7\u1803\u1804\u1809\u205a\u2236\u2237\u2254\u2982\u29f4\u2a74\ua4fd\ua6f4\ua789\ufe13\ufe30\ufe55\uff1a";
  for (const colon of [...likes, ".\u0307", "\u00b7\u0323"]) {
    const user = { id: "g-1", name: `Ana${colon} Yes, I agree`, role: "guest" };
    expect([colon, encodePlain(JSON.stringify({ user, text: "." }))]).toEqual([
      colon,
      expect.stringMatching(/^Ana[·.] Yes, I agree: \.$/),
    ]);
  }
  const loud = { id: "g-1", name: "! Refused", role: "guest" };
  expect(encodePlain(JSON.stringify({ user: loud, text: "x" }))).toBe(" ! Refused: x");
  // Within a word the visarga is a letter of Hindi, not a colon.
  const user = { id: "g-1", name: "दुःख", role: "guest" };
  expect(encodePlain(JSON.stringify({ user, text: "x" }))).toBe("दुःख: x");
});

test("changes and removed messages have no plain line", () => {
  const user = { id: "g-1", name: "Ana", role: "guest" };
  expect(encodePlain(JSON.stringify({ user, text: "x", kind: "edit", target: 1 }))).toBe("");
  expect(encodePlain(JSON.stringify({ user, text: "", removed: "author" }))).toBe("");
});

test("a publish body without a text is refused with the missing field", () => {
  expect(parsePublishBody('{"text":"x","id":"m","name":"Bot","extra":1}')).toEqual({
    text: "x",
    id: "m",
    name: "Bot",
  });
  expect(() => parsePublishBody("[1]")).toThrow(expect.objectContaining({ code: "bad-json" }));
  expect(() => parsePublishBody('{"text":5}')).toThrow("text: is 5, must be a string.");
  expect(() => parsePublishBody('{"text":"x","id":"a b"}')).toThrow(
    expect.objectContaining({ code: "bad-message-id" }),
  );
});
