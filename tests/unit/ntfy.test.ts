/** ntfy's parameters, ids and forms without a server, after docs.ntfy.sh. */
import { describe, expect, test } from "bun:test";
import {
  NTFY_FORMS,
  ntfyEvent,
  ntfyIdOf,
  passesFilter,
  timeOfNtfyId,
  toNtfy,
} from "../../src/hooks/ntfy-format.ts";
import { decodeHeader, paramsOf, readFilter, readNtfy, readSince } from "../../src/hooks/ntfy-params.ts";
import { fitPosting, withoutButtons } from "../../src/hooks/posting.ts";
import type { Message } from "../../src/model.ts";

type Fields = Record<string, string>;
const param = (headers: Fields = {}, query: Fields = {}, json = {}) =>
  paramsOf(new Headers(headers), new URLSearchParams(query), json);
const read = (headers: Fields, body = "", query: Fields = {}, json = {}) =>
  fitPosting(readNtfy(param(headers, query, json), body), 8192)?.content;

test.each([
  [{ "X-Title": "T" }, {}, { title: "T" }],
  [{ Title: "T", "X-Priority": "5" }, {}, { title: "T", priority: 5 }],
  [{ t: "T", p: "min", ta: "a, b" }, {}, { title: "T", priority: 1, tags: ["a", "b"] }],
  [{ Prio: "urgent", Tag: "warning,x" }, {}, { priority: 5, tags: ["warning", "x"], icon: "⚠️" }],
  [{ Priority: "u=3, i" }, { priority: "low" }, { priority: 2 }],
  [
    { Click: "https://c.example/", Icon: "https://i.example/x.png" },
    {},
    { link: "https://c.example/", icon: "https://i.example/x.png" },
  ],
  [{ Cache: "no" }, {}, { ephemeral: true }],
  [{ Markdown: "yes", Firebase: "no" }, {}, {}],
  [{}, { title: "From the query", tags: "a" }, { title: "From the query", tags: ["a"] }],
])("headers %p and query %p", (headers, query, wanted) => {
  expect(read(headers as Fields, "Body", query as Fields)).toEqual({ text: "Body", ...wanted });
});

test("the message is the body, else a parameter, else ntfy's own word; what has no field becomes a line", () => {
  expect(read({ Message: "one\\ntwo" })?.text).toBe("one\ntwo");
  expect(read({ m: "param" }, "body")?.text).toBe("body");
  expect(read({})?.text).toBe("triggered");
  expect(read({ Click: "mailto:a@b.example" }, "x")?.text).toBe("x\nmailto:a@b.example");
  expect(read({ Attach: "https://f.example/a.jpg", Filename: "a.jpg" }, "x")?.text).toBe(
    "x\na.jpg (https://f.example/a.jpg)",
  );
  expect(read({ Filename: "log.txt", Message: "See" }, "line 1")?.text).toBe("See\nlog.txt:\nline 1");
  const actions = 'view, "Open, now", https://o.example/, clear=true; http, Do it, url=https://d.example';
  const text = "x\n[Do it] (this button works only where the message comes from)";
  const buttons = [{ type: "view" as const, label: "Open, now", url: "https://o.example/" }];
  expect(read({ Actions: actions }, "x")).toEqual({ text, actions: buttons });
  expect(toNtfy(message({ actions: buttons }))?.actions).toEqual([
    { id: "1-0", action: "view", label: "Open, now", clear: false, url: "https://o.example/" },
  ]);
  expect(withoutButtons({ lines: ["x"], actions: buttons })).toEqual({
    lines: ["x", "Open, now (https://o.example/)"],
  });
  const asJson = [
    { action: "view", label: "Open, now", url: "https://o.example/" },
    { action: "http", label: "Do it", url: "https://d.example" },
  ];
  const json = { message: "x", actions: asJson, priority: 4, tags: ["a"], title: null, click: 5 };
  expect(read({}, "", {}, json)).toMatchObject({
    text: `${text}\n5`,
    priority: 4,
    tags: ["a"],
    actions: buttons,
  });
});

describe("what this server does not do is refused with ntfy's code:", () => {
  test.each([
    [{ Delay: "10m" }, "40004"],
    [{ At: "tomorrow" }, "40004"],
    [{ Email: "a@b.example" }, "40001"],
    [{ Call: "yes" }, "40032"],
    [{ Template: "github" }, "40043"],
    [{ Priority: "9" }, "40007"],
    [{ Attach: "ftp://x" }, "40013"],
    [{ Icon: "http://x/" }, "40021"],
    [{ Actions: "[{" }, "40018"],
    [{ Actions: "a;b;c;d" }, "40018"],
  ])("%p", (headers, word) => {
    expect(() => read(headers as unknown as Fields, "x")).toThrow(expect.objectContaining({ word }));
  });
});

test("headers in UTF-8, as HTTP hands out bytes, and in encoded words (RFC 2047)", () => {
  const raw = Buffer.from("Grüße 🎉").toString("latin1");
  expect(decodeHeader(raw)).toBe("Grüße 🎉");
  expect(decodeHeader("=?UTF-8?B?R3LDvMOfZQ==?= =?utf-8?q?_a=C3=A9?= end")).toBe("Grüße aé end");
  expect(decodeHeader("=?ISO-8859-1?Q?caf=E9?=")).toBe("café");
  expect(decodeHeader("=?no-such?Q?x?= caf\u00e9")).toBe("=?no-such?Q?x?= café");
});

test.each([
  ["", false, "none"],
  ["", true, "all"],
  ["all", false, "all"],
  ["latest", false, "latest"],
  ["1700000000", false, { at: 1_700_000_000_000 }],
  ["1h30m", false, { at: 1_000_000_000 - 5_400_000 }],
  ["0.5s", false, { at: 1_000_000_000 - 500 }],
  ["nFS3knfcQ1xe", false, { id: "nFS3knfcQ1xe" }],
])("since=%p (poll %p)", (since, poll, wanted) => {
  expect(readSince(param({}, { since }), poll, 1_000_000_000)).toEqual(wanted as never);
});
test("another since is refused", () => {
  expect(() => readSince(param({}, { since: "yesterday" }), false, 0)).toThrow("invalid since");
});

test("an id has twelve characters, names its time, and differs by offset and topic", () => {
  const at = 1_796_098_329_311;
  const ids = new Set<string>();
  for (const topic of ["a", "b"])
    for (let offset = 1; offset < 500; offset++) ids.add(ntfyIdOf({ topic, offset, at }));
  expect(ids.size).toBe(998);
  for (const id of ids)
    expect([id, timeOfNtfyId(id)]).toEqual([expect.stringMatching(/^[A-Za-z0-9]{12}$/), at]);
  expect(timeOfNtfyId("short")).toBeUndefined();
  expect(timeOfNtfyId("zzzzzzzzzzzz")).toBeNumber();
});

const message = (more: Partial<Message> = {}): Message => ({
  topic: "t",
  offset: 1,
  id: "m-1",
  at: 1_796_098_329_311,
  user: { id: "key:1", name: "CI", role: "service" },
  text: "a\nb",
  ...more,
});

test("a message has ntfy's fields, and a person's name where it has no title; changes are no messages", () => {
  const more = {
    title: "T",
    link: "https://l.example/",
    tags: ["x"],
    priority: 4,
    icon: "🔥",
    expiresAt: 1_796_098_330_001,
  };
  expect(toNtfy(message(more))).toEqual({
    id: expect.any(String),
    time: 1_796_098_329,
    expires: 1_796_098_331,
    event: "message",
    topic: "t",
    title: "T",
    message: "a\nb",
    priority: 4,
    tags: ["x"],
    click: "https://l.example/",
  });
  expect(toNtfy(message())?.title).toBeUndefined();
  expect(toNtfy(message({ user: { id: "g-1", name: "Ana", role: "guest" } }))?.title).toBe("Ana");
  expect(toNtfy(message({ user: { id: "a-1", name: "Guest-owl", role: "guest" } }))?.title).toBeUndefined();
  expect(toNtfy(message({ kind: "edit" }))).toBeUndefined();
  expect(toNtfy(message({ removed: "author" }))).toBeUndefined();
});

test("forms and filters", () => {
  const event = toNtfy(message({ tags: ["a", "b"] })) as NonNullable<ReturnType<typeof toNtfy>>;
  const open = ntfyEvent("open", "t,u", 1_796_098_329_311);
  expect(NTFY_FORMS.json.encode(event)).toBe(`${JSON.stringify(event)}\n`);
  expect(NTFY_FORMS.sse.encode(event)).toBe(`data: ${JSON.stringify(event)}\n\n`);
  expect(NTFY_FORMS.sse.encode(open)).toStartWith("event: open\ndata: {");
  expect([NTFY_FORMS.raw.encode(event), NTFY_FORMS.raw.encode(open)]).toEqual(["a b\n", "\n"]);
  const passes = (query: Fields) => passesFilter(event, readFilter(param({}, query)));
  for (const query of [{}, { priority: "3,4" }, { tags: "a,b" }, { message: "a\nb" }, { id: event.id }])
    expect(passes(query as Fields)).toBe(true);
  for (const query of [{ priority: "high" }, { tags: "c" }, { title: "x" }, { id: "x" }])
    expect(passes(query as Fields)).toBe(false);
});
