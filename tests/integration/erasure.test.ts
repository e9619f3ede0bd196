/** Erased, removed, rejected, edited, cleared and expired texts are gone from the files and from every later backup. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { idOf, nextOf, openGuest, openModerator, signToken, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(3 * SLOW_MS);

/** The promise: a minute after it was removed. */
const GONE_MS = 60_000;
const env = { KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_TOPICS: "lobby help g-*" };

const adminOf =
  (kabar: RunningKabar) =>
  (method: string, path: string, body?: object): Promise<Response> =>
    fetch(`${kabar.url}/api/admin/${path}`, {
      method,
      headers: { Authorization: `Bearer ${kabar.operatorKey}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });

/** Those of `words` that some file has in it. */
function wordsIn(paths: readonly string[], words: readonly string[]): string[] {
  const files = paths.filter((path) => existsSync(path)).map((path) => readFileSync(path));
  return words.filter((word) => files.some((bytes) => bytes.includes(word)));
}

const logFiles = ({ dataDir }: RunningKabar) =>
  ["kabar.db", "kabar.db-wal"].map((name) => join(dataDir, name));

/** Waits until none of the words is in the log's files, and looks into a backup made then. */
async function expectGone(kabar: RunningKabar, words: readonly string[]): Promise<void> {
  const deadline = Date.now() + GONE_MS;
  while (wordsIn(logFiles(kabar), words).length > 0 && Date.now() < deadline) await Bun.sleep(200);
  expect(wordsIn(logFiles(kabar), words)).toEqual([]);
  const backup = join(kabar.dataDir, `backup-${crypto.randomUUID()}.db`);
  const db = new Database(join(kabar.dataDir, "kabar.db"), { readonly: true });
  db.run(`VACUUM INTO '${backup}'`);
  db.close();
  expect(wordsIn([backup], words)).toEqual([]);
  rmSync(backup);
}

test("no trace of an erased user is in the files, a backup, a response or the audit log", async () => {
  const kabar = await startKabar({ env });
  const admin = adminOf(kabar);
  const mod = await openModerator(kabar.url);
  const alice = await Client.open(kabar.url, { token: await signToken("alice", { name: "Alice Wonder" }) });
  const bob = await Client.open(kabar.url, { token: await signToken("bob", { name: "Bob" }) });
  for (const one of [alice, bob]) await one.ask("subscribe", { topic: "lobby" });
  for (let i = 0; i < 300; i++) await alice.publish("lobby", `her-words-${i} ${"x".repeat(i * 7)}`);
  await bob.publish("lobby", "of bob");
  const target = 301;
  await alice.ask("react", { topic: "lobby", messageId: "r1", target, emoji: "👍", on: true });
  await bob.ask("publish", {
    topic: "lobby",
    messageId: "b2",
    text: "hello",
    mentions: ["u:alice", "u:bob"],
  });
  await alice.ask("report", { topic: "lobby", target, why: "her-reason" });
  await mod.ask("moderate", { topic: "lobby", action: "dismiss", target });
  await bob.ask("report", { topic: "lobby", target: 1, why: "about-her" });
  await bob.ask("report", { topic: "lobby", target: 2, why: "about-her-too" });
  await mod.ask("moderate", { topic: "lobby", action: "dismiss", target: 2 });
  await mod.ask("moderate", { topic: "help", action: "words", words: { hold: ["casino"] } });
  await alice.publish("help", "her-words-held casino");
  await mod.ask("moderate", { topic: "lobby", action: "ban", user: "u:alice", why: "her-fault" });
  // A topic whose rule is gone keeps its messages.
  await admin("PUT", "topics/event", {});
  await alice.publish("event", "her-words-at-the-event");
  await admin("DELETE", "topics/event");

  const { reports } = (await (await admin("GET", "users/u:alice/export")).json()) as { reports: object[] };
  expect(reports).toMatchObject([{ topic: "lobby", offset: target, why: "her-reason" }]);
  expect(await (await admin("DELETE", "users/u:alice", { why: "asked" })).json()).toMatchObject({
    erased: 303,
  });

  // Nothing of hers waits for a moderator, not even as a line without text.
  const queued = { held: [], reports: [] };
  for (const topic of ["help", "lobby"]) expect(await mod.ask("queue", { topic })).toMatchObject(queued);
  const words = ["her-words", "her-reason", "about-her", "her-fault", "Alice Wonder"];
  const audit = await (await admin("GET", "audit?limit=500")).text();
  expect(words.filter((word) => audit.includes(word))).toEqual([]);
  const keys = (JSON.parse(audit) as { entries: { key: string }[] }).entries.map(({ key }) => key);
  expect(keys.filter((key) => key.includes("u:alice"))).toEqual(["sentence:lobby u:alice"]);
  const history = await (await fetch(`${kabar.url}/api/topics/lobby/messages?after=299&limit=200`)).text();
  expect(history).not.toContain("u:alice");
  expect(history).toContain('"mentions":["u:bob"]');
  expect(history).not.toContain("reactions");
  await expectGone(kabar, [...words, '"u:alice"', "alice wonder"]);
  const back = await Client.open(kabar.url, { token: await signToken("alice") });
  expect(await back.publish("lobby", "again")).toMatchObject({ code: "banned" });
  expect(await kabar.stop()).toBe(0);
});

test("a user or guest who is connected while they are erased is disconnected, and nobody is shown their name any more", async () => {
  const kabar = await startKabar({ env });
  const token = await signToken("dana", { name: "Dana Online" });
  const watcher = await openGuest(kabar.url, "lobby", { name: "Watcher" });
  await watcher.ask("subscribe", { topic: "help", people: true });
  const dana = await Client.open(kabar.url, { token });
  await dana.ask("subscribe", { topic: "help" });
  const guest = await openGuest(kabar.url, "help", { name: "Guest Online" });
  const key = await Client.open(kabar.url, { key: kabar.operatorKey });
  const stream = await fetch(`${kabar.url}/api/topics/help/events`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const streamed = stream.text();

  for (const id of ["u:dana", idOf(guest), "operator"]) await adminOf(kabar)("DELETE", `users/${id}`);
  expect(await dana.line.closed).toMatchObject({ code: 4502 });
  expect(await guest.line.closed).toMatchObject({ code: 4502 });
  expect(await streamed).not.toContain("Dana");
  expect(await key.ask("ping")).toMatchObject({ type: "ok" });
  const late = await Client.open(kabar.url, { name: "Late" });
  const { people } = (await late.ask("subscribe", { topic: "help", people: true })) as { people?: unknown };
  expect(JSON.stringify(people ?? (await nextOf(late, "people")))).not.toContain("Online");
  expect(await kabar.stop()).toBe(0);
});

test("removed, edited, rejected, cleared and expired texts disappear from the files of a running server", async () => {
  const kabar = await startKabar({ env });
  const admin = adminOf(kabar);
  const mod = await openModerator(kabar.url);
  const ana = await openGuest(kabar.url, "lobby");
  await ana.publish("lobby", "text-removed");
  await ana.publish("lobby", "text-edited");
  await ana.publish("g-clear", "text-cleared");
  await ana.publish("g-old", "text-expired");
  await ana.publish("g-old", "kept-one");
  await mod.ask("moderate", { topic: "help", action: "mode", mode: { hold: "all" } });
  await ana.publish("help", "text-rejected", "h1");
  for (let i = 0; i < 200; i++) await ana.publish("g-many", `text-of-many-${i} ${"y".repeat(i * 11)}`);

  await ana.ask("remove", { topic: "lobby", messageId: "x1", target: 1 });
  await ana.ask("edit", { topic: "lobby", messageId: "x2", target: 2, text: "another" });
  await mod.ask("moderate", { topic: "g-clear", action: "clear" });
  await mod.ask("moderate", { topic: "help", action: "reject", user: idOf(ana), messageId: "h1" });
  await mod.ask("moderate", { topic: "g-many", action: "remove-all", user: idOf(ana) });
  await admin("PUT", "topics/g-old", { retain_messages: 1 });
  await expectGone(kabar, ["text-"]);
  expect(wordsIn(logFiles(kabar), ["kept-one", "another"])).toEqual(["kept-one", "another"]);
  expect(await kabar.stop()).toBe(0);
});

test("an erasure that kill -9 interrupts finishes after the next start", async () => {
  const kabar = await startKabar({ env });
  const token = await signToken("carol", { name: "Carol Erased" });
  const carol = await Client.open(kabar.url, { token });
  const topics = Array.from({ length: 30 }, (_, i) => `g-${i}`);
  for (const topic of topics)
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => carol.publish(topic, `carols-words-${topic}-${i}`)),
    );
  const watcher = await openGuest(kabar.url, "g-0", { name: "Watcher" });
  const erasing = adminOf(kabar)("DELETE", "users/u:carol").then(
    () => "done",
    () => "interrupted",
  );
  // The first of her messages is removed: it has begun, and most is still to be done.
  await watcher.events.next("a removal");
  await kabar.kill();
  expect(await erasing).toBe("interrupted");
  expect(wordsIn(logFiles(kabar), ["carols-words"])).toEqual(["carols-words"]);
  await kabar.restart();
  await expectGone(kabar, ["carols-words", "Carol Erased", "u:carol"]);
  expect(await kabar.stop()).toBe(0);
});
