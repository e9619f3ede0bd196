import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { idOf, openGuest, openModerator, type Person, signToken, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
let mod: Person;
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_TOPICS: "p-*" } });
  mod = await openModerator(kabar.url);
});
afterAll(() => kabar.stop());

const admin = (method: string, path: string) =>
  fetch(`${kabar.url}/api/admin/${path}`, {
    method,
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
  });
/** All that moderators' decisions left in the log. */
const audit = async () => (await admin("GET", "audit?limit=500")).text();
const moderate = (topic: string, act: object) => mod.ask("moderate", { topic, ...act });

test("the audit log has neither the text nor the author's name of a reviewed message", async () => {
  const topic = "p-held";
  const ana = await openGuest(kabar.url, topic, { name: "Ana Pertiwi" });
  await moderate(topic, { action: "mode", mode: { hold: "all" } });
  await ana.publish(topic, "a secret to approve", "m-1");
  await ana.publish(topic, "a secret to reject", "m-2");
  expect(await audit()).toContain("a secret to approve");
  await moderate(topic, { action: "approve", user: idOf(ana), messageId: "m-1" });
  await moderate(topic, { action: "reject", user: idOf(ana), messageId: "m-2" });
  await moderate(topic, { action: "remove", target: 1 });
  expect(await audit()).not.toMatch(/a secret to|Pertiwi/);
  ana.close();
});

test("an export has all of a user's messages, held messages, reports and sanctions", async () => {
  const topic = "p-export";
  const token = await signToken("7", { name: "Budi Santoso" });
  const budi = await Client.open(kabar.url, { token });
  await budi.publish(topic, "of mine");
  await mod.publish(topic, "of another");
  await budi.ask("report", { topic, target: 2, why: "rude" });
  await moderate(topic, { action: "words", words: { hold: ["casino"] } });
  await budi.publish(topic, "the casino");
  await moderate(topic, { action: "timeout", user: "u:7", seconds: 600, why: "spam" });
  const everything = await (await admin("GET", "users/u:7/export")).json();
  expect(everything).toMatchObject({
    user: "u:7",
    entries: [{ topic, text: "of mine" }],
    held: [{ topic, text: "the casino" }],
    reports: [{ topic, offset: 2, why: "rude" }],
    sentences: [{ topic, kind: "mute", why: "spam" }],
  });

  await moderate(topic, { action: "shadow", user: "u:7", on: true });
  expect(await audit()).toMatch(/Santoso/);
  await admin("DELETE", "users/u:7");
  expect(await audit()).not.toMatch(/Santoso|of mine|the casino/);
  expect(await (await admin("GET", "users/u:7/export")).json()).toMatchObject({
    entries: [],
    held: [],
    reports: [],
    sentences: [{ kind: "mute" }, { kind: "shadow" }],
  });
  // The erasure ended the user's sessions.
  const returned = await Client.open(kabar.url, { token });
  expect(await returned.publish(topic, "again")).toMatchObject({ code: "muted" });
  returned.close();
});

test("a user with thousands of entries is erased while other users go on writing", async () => {
  const topic = "p-huge";
  const [citra, other] = [
    await openGuest(kabar.url, topic, { name: "Citra" }),
    await openGuest(kabar.url, topic, { name: "Other" }),
  ];
  await Promise.all(Array.from({ length: 1500 }, (_, i) => citra.publish(topic, `text ${i}`)));
  let isErased = false;
  const erasing = admin("DELETE", `users/${idOf(citra)}`)
    .then((response) => response.json())
    .finally(() => {
      isErased = true;
    });
  let between = 0;
  while (!isErased) {
    expect(await other.publish(topic, "meanwhile")).toMatchObject({ type: "ok" });
    between += 1;
  }
  expect(await erasing).toMatchObject({ erased: 1500 });
  expect(between).toBeGreaterThan(3);
  const { messages } = (await other.ask("history", { topic, after: 0, limit: 200 })) as unknown as {
    messages: { text: string; user: { id: string } }[];
  };
  expect(JSON.stringify(messages)).not.toMatch(new RegExp(`text \\d|${idOf(citra)}`));
  for (const open of [citra, other]) open.close();
});
