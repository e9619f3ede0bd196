/**
 * A reply gets lost, and the client sends the same again. Whatever happened in between, the answer is the first one; another
 * submission under the same id is a conflict. Every door is asked, before and after a restart.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { openStreamed } from "../../widget/client/streamed.ts";
import { Client, Inbox } from "../support/client.ts";
import { dropSearch } from "../support/old-log.ts";
import { SLOW_MS } from "../support/parts.ts";
import { idOf, openModerator, TOKEN_SECRET } from "../support/people.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOPICS: "t-*", KABAR_TOKEN_SECRET: TOKEN_SECRET } });
});
afterAll(() => kabar.stop());

type Fields = Record<string, unknown>;
/** One way in for one guest: commands, and the answers without what only one door says. */
interface Door {
  user: string;
  ask(type: string, fields: Fields): Promise<Fields>;
  close(): void;
}
type OpenDoor = (credential?: string) => Promise<Door & { credential: string }>;

const webSocket: OpenDoor = async (guest) => {
  const client = await Client.open(kabar.url, guest ? { guest } : {});
  const credential = String(client.hello.guest);
  return { user: idOf(client), credential, ask: (t, f) => client.ask(t, f), close: () => client.close() };
};

const streamed: OpenDoor = async (guest) => {
  const frames = new Inbox<Fields>();
  const socket = openStreamed(kabar.url);
  socket.onmessage = ({ data }) => frames.push(JSON.parse(String(data)) as Fields);
  await new Promise<void>((resolve) => {
    socket.onopen = resolve;
  });
  const ask = async (type: string, fields: Fields): Promise<Fields> => {
    socket.send(JSON.stringify({ type, id: 1, ...fields }));
    for (;;) {
      const frame = await frames.next(`the answer to ${type}`);
      if (frame.id === 1) return frame;
    }
  };
  const hello = await ask("hello", guest ? { guest } : {});
  const user = (hello.user as { id: string }).id;
  return { user, credential: String(hello.guest), ask, close: () => socket.close() };
};

/** HTTP publishes; what it can't do is asked of a WebSocket of the same guest. */
const http: OpenDoor = async (guest) => {
  const socket = await webSocket(guest);
  return {
    ...socket,
    async ask(type, fields) {
      if (type !== "publish") return socket.ask(type, fields);
      const response = await fetch(`${kabar.url}/api/topics/${fields.topic}/messages`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${socket.credential}`,
          "Idempotency-Key": String(fields.messageId),
        },
        body: String(fields.text),
      });
      const body = (await response.json()) as Fields;
      if (body.error) return { type: "error", ...(body.error as Fields) };
      return { type: "ok", repeated: response.status === 200, ...body };
    },
  };
};

const DOORS: Record<string, OpenDoor> = { WebSocket: webSocket, HTTP: http, "a streamed session": streamed };

type Act = (topic: string, door: Door, id: string, offset: number) => Promise<unknown>;
const moderate =
  (act: (door: Door, id: string, offset: number) => Fields): Act =>
  async (topic, door, id, offset) => {
    const mod = await openModerator(kabar.url);
    const answer = await mod.ask("moderate", { topic, ...act(door, id, offset) });
    expect(answer).toMatchObject({ type: "ok" });
    mod.close();
  };
const mode = (mode: Fields): Act => moderate(() => ({ action: "mode", mode }));
const words = (words: Fields): Act => moderate(() => ({ action: "words", words }));
const both =
  (...acts: Act[]): Act =>
  async (...args) => {
    for (const act of acts) await act(...args);
  };
const rule =
  (body: Fields): Act =>
  async (topic) => {
    const response = await fetch(`${kabar.url}/api/admin/topics/${topic}`, {
      method: "PUT",
      headers: { Authorization: `Bearer ${OPERATOR_KEY}` },
      body: JSON.stringify(body),
    });
    expect(response.status).toBeLessThan(300);
  };
const byDoor =
  (type: string, more: Fields = {}): Act =>
  (topic, door, id, target) =>
    door.ask(type, { topic, messageId: `${id}-${type}`, target, ...more });
const none: Act = async () => undefined;

const TEXT = "a dragon and a weasel";
/** What is set before the first attempt, and what happens between it and the repeat. */
const BETWEEN: [string, { before?: Act; since: Act; held?: boolean }][] = [
  ["nothing", { since: none }],
  ["a word of it is masked since", { since: words({ mask: ["weasel"] }) }],
  ["a word of it was masked", { before: words({ mask: ["weasel"] }), since: none }],
  ["its mask is gone", { before: words({ mask: ["weasel"] }), since: words({}) }],
  ["a word of it is refused since", { since: words({ block: ["dragon"] }) }],
  ["a word of it is held since", { since: words({ hold: ["dragon"] }) }],
  ["slow mode", { since: mode({ slowS: 600 }) }],
  ["slow mode from before", { before: mode({ slowS: 600 }), since: none }],
  ["read-only", { since: mode({ readOnly: true }) }],
  ["emoji only", { since: mode({ emojiOnly: true }) }],
  ["review for all", { since: mode({ hold: "all" }) }],
  ["a mute", { since: moderate(({ user }) => ({ action: "timeout", user, seconds: 60 })) }],
  ["a ban", { since: moderate(({ user }) => ({ action: "ban", user })) }],
  ["a shadow ban", { since: moderate(({ user }) => ({ action: "shadow", user, on: true })) }],
  ["its edit", { since: byDoor("edit", { text: "something else" }) }],
  ["its removal by its author", { since: byDoor("remove") }],
  ["its removal by a moderator", { since: moderate((_, __, target) => ({ action: "remove", target })) }],
  ["a rule that lets guests only read", { since: rule({ guests: "read" }) }],
  ["a rule that makes texts shorter", { since: rule({ max_text_bytes: 3 }) }],
  ["waiting for review", { before: mode({ hold: "all" }), since: none, held: true }],
  [
    "waiting, and review is over",
    { before: mode({ hold: "all" }), since: mode({ hold: "none" }), held: true },
  ],
  [
    "waiting, and the topic is read-only",
    { before: mode({ hold: "all" }), since: mode({ hold: "none", readOnly: true }), held: true },
  ],
  [
    "approval",
    {
      before: mode({ hold: "all" }),
      since: moderate(({ user }, messageId) => ({ action: "approve", user, messageId })),
    },
  ],
  [
    "rejection",
    {
      before: mode({ hold: "all" }),
      since: moderate(({ user }, messageId) => ({ action: "reject", user, messageId })),
      held: true,
    },
  ],
  [
    "rejection, and review is over",
    {
      before: mode({ hold: "all" }),
      since: both(
        moderate(({ user }, messageId) => ({ action: "reject", user, messageId })),
        mode({ hold: "none" }),
      ),
      held: true,
    },
  ],
];

const topOf = async (topic: string): Promise<number> => {
  const response = await fetch(`${kabar.url}/api/topics/${topic}/messages?limit=1`, {
    headers: { Authorization: `Bearer ${OPERATOR_KEY}` },
  });
  return ((await response.json()) as { top: number }).top;
};
/** What was asked before a restart, to be asked again after it. */
const asked: { open: OpenDoor; credential: string; topic: string; answer: Fields }[] = [];
let topics = 0;

describe.each(Object.entries(DOORS))("through %s, a repeat is answered as before after", (_, open) => {
  test.each(BETWEEN)("%s", async (_, { before = none, since, held }) => {
    const topic = `t-${++topics}`;
    const door = await open();
    await door.ask("publish", { topic, messageId: "earlier", text: "so that offsets differ" });
    await before(topic, door, "m-1", 0);
    const submitted = { topic, messageId: "m-1", text: TEXT };
    const first = await door.ask("publish", submitted);
    expect(first).toMatchObject(before === none ? { type: "ok", offset: 2 } : { type: "ok" });
    const offset = Number(first.offset ?? 0);
    await since(topic, door, "m-1", offset);
    const top = await topOf(topic);

    const again = await door.ask("publish", submitted);
    expect(again).toMatchObject(
      held ? { type: "ok", held: true } : { type: "ok", repeated: true, offset: offset || 2 },
    );
    for (const text of ["another text", "a dragon and a ******"])
      expect(await door.ask("publish", { ...submitted, text })).toMatchObject({
        type: "error",
        code: "message-id-conflict",
        retry: false,
      });
    expect(await topOf(topic)).toBe(top);
    asked.push({ open, credential: door.credential, topic, answer: again });
    door.close();
  });
});

test("every one of them is answered the same after a restart", async () => {
  await kabar.restart();
  expect(asked.length).toBe(BETWEEN.length * Object.keys(DOORS).length);
  for (const { open, credential, topic, answer } of asked) {
    const door = await open(credential);
    const submitted = { topic, messageId: "m-1", text: TEXT };
    const { type, offset, repeated, held } = answer;
    const again = await door.ask("publish", submitted);
    expect({ topic, ...again }).toMatchObject({
      topic,
      ...Object.fromEntries(
        Object.entries({ type, offset, repeated, held }).filter(([, value]) => value !== undefined),
      ),
    });
    expect(await door.ask("publish", { ...submitted, text: "another" })).toMatchObject({
      code: "message-id-conflict",
    });
    door.close();
  }
});

describe("a change of a message, sent again,", () => {
  const CHANGES: [string, Fields, Fields][] = [
    ["edit", { text: "Hello" }, { text: "Goodbye" }],
    ["react", { emoji: "👍", on: true }, { emoji: "🎉", on: true }],
    ["react", { emoji: "👍", on: true }, { emoji: "👍", on: false }],
    ["remove", {}, { target: 2 }],
  ];
  const SINCE: [string, Act][] = [
    ["at once", none],
    [
      "after later edits",
      async (topic, door, id) => {
        for (const n of [1, 2])
          await door.ask("edit", { topic, messageId: `${id}-${n}`, target: 1, text: `later ${n}` });
      },
    ],
    ["after its message was removed", moderate(({ user }) => ({ action: "remove-all", user }))],
    ["after words were refused", words({ block: ["hello"] })],
    ["after a ban", moderate(({ user }) => ({ action: "ban", user }))],
    ["after a rule that lets guests only read", rule({ guests: "read" })],
  ];
  test.each(CHANGES.flatMap((change) => SINCE.map((since) => [...change, ...since] as const)))(
    "%s %j (not %j) %s",
    async (type, fields, other, _, since) => {
      const topic = `t-${++topics}`;
      const door = await webSocket();
      for (const messageId of ["m-1", "m-2"]) await door.ask("publish", { topic, messageId, text: "Helo" });
      const change = { topic, messageId: "c", target: 1, ...fields };
      const first = await door.ask(type, change);
      expect(first).toMatchObject({ type: "ok", offset: 3 });
      await since(topic, door, "c", 1);
      expect(await door.ask(type, change)).toMatchObject({ type: "ok", offset: 3, repeated: true });
      expect(await door.ask(type, { ...change, ...other })).toMatchObject({ code: "message-id-conflict" });
      expect(await door.ask("publish", { topic, messageId: "c", text: "Hello" })).toMatchObject({
        code: "message-id-conflict",
      });
      door.close();
    },
  );
});

test("what a message answers and whom it mentions is part of what was submitted", async () => {
  const topic = `t-${++topics}`;
  const door = await webSocket();
  for (const messageId of ["m-1", "m-2"]) await door.ask("publish", { topic, messageId, text: "x" });
  const submitted = { topic, messageId: "m-3", text: "yes", replyTo: 1, mentions: [door.user] };
  expect(await door.ask("publish", submitted)).toMatchObject({ type: "ok", repeated: false });
  expect(await door.ask("publish", submitted)).toMatchObject({ type: "ok", repeated: true });
  for (const other of [{ replyTo: 2 }, { mentions: [] }])
    expect(await door.ask("publish", { ...submitted, ...other })).toMatchObject({
      code: "message-id-conflict",
    });
  // The answered message may go; the answer to a repeat stays.
  const mod = await openModerator(kabar.url);
  await mod.ask("moderate", { topic, action: "remove", target: 1 });
  expect(await door.ask("publish", submitted)).toMatchObject({ type: "ok", repeated: true, offset: 3 });
  mod.close();
  door.close();
});

test("a repeat does not count for slow mode, nor does what was refused", async () => {
  const topic = `t-${++topics}`;
  const door = await webSocket();
  await door.ask("publish", { topic, messageId: "m-1", text: "x" });
  await mode({ slowS: 600 })(topic, door, "", 0);
  expect(await door.ask("publish", { topic, messageId: "m-1", text: "x" })).toMatchObject({ repeated: true });
  const refused = { topic, messageId: "m-2", text: "y", replyTo: 900 };
  expect(await door.ask("publish", refused)).toMatchObject({ code: "message-unknown" });
  expect(await door.ask("publish", { topic, messageId: "m-3", text: "z" })).toMatchObject({ type: "ok" });
  door.close();
});

test("a log from before there were fingerprints is read, and its repeats are known by their text", async () => {
  const topic = `t-${++topics}`;
  const door = await webSocket();
  for (const [messageId, text] of [
    ["m-1", "x"],
    ["m-2", "y"],
  ])
    await door.ask("publish", { topic, messageId, text });
  await door.ask("edit", { topic, messageId: "c", target: 2, text: "z" });
  door.close();
  await kabar.kill();
  const db = new Database(join(kabar.dataDir, "kabar.db"));
  db.run("ALTER TABLE entry DROP COLUMN proof");
  dropSearch(db, 1);
  db.close();
  await kabar.restart();
  const later = await webSocket(door.credential);
  const ask = (messageId: string, text: string) => later.ask("publish", { topic, messageId, text });
  expect(await ask("m-1", "x")).toMatchObject({ repeated: true, offset: 1 });
  expect(await ask("m-1", "other")).toMatchObject({ code: "message-id-conflict" });
  // It was edited: what it was at first is not known.
  expect(await ask("m-2", "y")).toMatchObject({ repeated: true, offset: 2 });
  expect(await ask("m-4", "new")).toMatchObject({ repeated: false, offset: 4 });
  expect(await ask("m-4", "newer")).toMatchObject({ code: "message-id-conflict" });
  later.close();
});

test("nobody is served a fingerprint", async () => {
  const topic = `t-${++topics}`;
  const door = await webSocket();
  await mode({ hold: "all" })(topic, door, "", 0);
  await door.ask("publish", { topic, messageId: "h", text: "held" });
  await mode({ hold: "none" })(topic, door, "", 0);
  await door.ask("publish", { topic, messageId: "m", text: "stored" });
  const headers = { Authorization: `Bearer ${OPERATOR_KEY}` };
  const read = async (path: string) => (await fetch(kabar.url + path, { headers })).text();
  const said = [
    await read(`/api/topics/${topic}/messages`),
    await read(`/api/topics/${topic}/queue`),
    await read(`/api/admin/users/${door.user}/export`),
    await read(`/api/topics/${topic}/explain?offset=1`),
  ];
  expect(said[1]).toContain("held");
  for (const text of said) expect(text).not.toContain("proof");
  door.close();
});

test("who was erased has no fingerprints left", async () => {
  const topic = `t-${++topics}`;
  const door = await webSocket();
  await door.ask("publish", { topic, messageId: "m", text: "forget me" });
  await fetch(`${kabar.url}/api/admin/users/${door.user}`, {
    method: "DELETE",
    headers: { Authorization: `Bearer ${OPERATOR_KEY}` },
  });
  door.close();
  const db = new Database(join(kabar.dataDir, "kabar.db"), { readonly: true });
  const rows = db
    .query(
      "SELECT entry.proof FROM entry JOIN topic ON topic.id = entry.topic WHERE topic.name = ? AND entry.user = 'erased'",
    )
    .all(topic);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows).toEqual(rows.map(() => ({ proof: null })));
  db.close();
});
