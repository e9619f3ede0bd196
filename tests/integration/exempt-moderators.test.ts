import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { idOf, openModerator, type Person, signToken, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
let mod: Person;
const people = new Map<string, Person>();
const STAFF = [
  "moderator by role",
  "moderator of the topic",
  "key that moderates",
  "key that publishes",
  "operator",
];
const VISITORS = ["guest", "user"];

async function makeKey(scope: string): Promise<string> {
  const made = await fetch(`${kabar.url}/api/admin/keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    body: JSON.stringify({ name: `Key ${scope}`, scope }),
  });
  return ((await made.json()) as { secret: string }).secret;
}

beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_TOPICS: "x-*" } });
  mod = await openModerator(kabar.url, "boss");
  const claims: Record<string, object> = {
    "moderator by role": { token: await signToken("role", { role: "moderator" }) },
    "moderator of the topic": { token: await signToken("grant", { topics: { "x-*": "moderate" } }) },
    "key that moderates": { key: await makeKey("moderate") },
    "key that publishes": { key: await makeKey("publish") },
    operator: { key: kabar.operatorKey },
    guest: { name: "Ana" },
    user: { token: await signToken("user") },
  };
  for (const [name, fields] of Object.entries(claims)) people.set(name, await Client.open(kabar.url, fields));
});
afterAll(() => kabar.stop());

function personOf(name: string): Person {
  const person = people.get(name);
  if (!person) throw new Error(`nobody is called ${name}`);
  return person;
}

/** What somebody's message comes to: "ok", "held", or the code of the error. */
async function say(name: string, topic: string, text: string): Promise<string> {
  const reply = (await personOf(name).publish(topic, text)) as unknown as Record<string, unknown>;
  return reply.held ? "held" : String(reply.code ?? reply.type);
}
const moderate = (topic: string, act: object) => mod.ask("moderate", { topic, ...act });
const setRule = (topic: string, body: object) =>
  fetch(`${kabar.url}/api/admin/topics/${topic}`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    body: JSON.stringify(body),
  });

describe.each([
  ["slow mode", "x-slow", "one", "slow-mode", { action: "mode", mode: { slowS: 600 } }],
  ["read-only mode", "x-read", "one", "read-only", { action: "mode", mode: { readOnly: true } }],
  ["emoji-only mode", "x-emoji", "words", "emoji-only", { action: "mode", mode: { emojiOnly: true } }],
  ["review", "x-hold", "one", "held", { action: "mode", mode: { hold: "all" } }],
  ["word rules", "x-word", "a badger", "text-blocked", { action: "words", words: { block: ["badger"] } }],
  ["link rules", "x-link", "www.a.com", "text-blocked", { action: "words", words: { links: "block" } }],
  ["the topic's own link rule", "x-rule", "www.a.com", "text-blocked", undefined],
] as const)("%s", (_, topic, text, refused, act) => {
  beforeAll(async () => {
    if (act) await moderate(topic, act);
    else await setRule(topic, { links: "none" });
    // Slow mode says nothing to a first message.
    if (refused === "slow-mode") for (const name of [...VISITORS, ...STAFF]) await say(name, topic, "first");
  });

  test.each(VISITORS)("binds a %s", async (name) => {
    expect(await say(name, topic, text)).toBe(refused);
  });

  test.each(STAFF)("does not bind a %s", async (name) => {
    expect(await say(name, topic, text)).toBe("ok");
  });
});

describe("a ban of the topic", () => {
  test.each(["moderator by role", "moderator of the topic"])(
    "binds a %s, and the same moderator cannot lift it",
    async (name) => {
      const user = idOf(personOf(name));
      await moderate("x-ban", { action: "ban", user });
      expect(await say(name, "x-ban", "one")).toBe("banned");
      expect(await personOf(name).ask("moderate", { topic: "x-ban", action: "unban", user })).toMatchObject({
        code: "forbidden",
      });
      expect(await say(name, "x-other", "one")).toBe("ok");
    },
  );
});
