/** The search over HTTP: its answers, pages, errors and rights; an existing log is indexed; the index keeps no removed text. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { dropSearch } from "../support/old-log.ts";
import { SLOW_MS } from "../support/parts.ts";
import { openModerator, signToken, TOKEN_SECRET } from "../support/people.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

interface Find {
  topic: string;
  offset: number;
  at: number;
  text: string;
}
interface Answer {
  messages: Find[];
  more: boolean;
  error?: { code: string; message: string };
}

let kabar: RunningKabar;
let mod: Client;
beforeAll(async () => {
  kabar = await startKabar({
    env: { KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_TOPICS: "lobby help s-*", KABAR_MAX_HISTORY_PAGE: "50" },
  });
  mod = await openModerator(kabar.url);
});
afterAll(() => kabar.stop());

const search = async (query: Record<string, string>, bearer?: string): Promise<Answer> => {
  const headers: HeadersInit = bearer ? { Authorization: `Bearer ${bearer}` } : {};
  return (
    await fetch(`${kabar.url}/api/search?${new URLSearchParams(query)}`, { headers })
  ).json() as Promise<Answer>;
};
const texts = async (query: Record<string, string>, bearer?: string): Promise<string[]> =>
  (await search(query, bearer)).messages.map(({ text }) => text);
const errorOf = async (query: Record<string, string>, bearer?: string) => (await search(query, bearer)).error;

test("finds are messages as in history, newest first, in pages by offset, by place and by time", async () => {
  const ana = await Client.open(kabar.url, { name: "Ana" });
  for (let i = 1; i <= 9; i++) await ana.publish(i % 3 ? "s-one" : "s-two", `Ferry number ${i} to 北京`);
  const history = (await (await fetch(`${kabar.url}/api/topics/s-one/messages`)).json()) as Answer;
  const found = await search({ q: "ferry 北京", topic: "s-one" });
  expect(found).toEqual({ messages: history.messages.reverse(), more: false });
  // The command is the same search.
  expect(await ana.ask("search", { q: "ferry 北京", topic: "s-one", before: 6 })).toEqual({
    type: "ok",
    id: expect.anything(),
    messages: found.messages.slice(1),
    more: false,
  } as never);

  const pages = async (query: Record<string, string>, next: (last: Find) => string) => {
    const numbers: string[] = [];
    let before = {};
    for (let more = true; more;) {
      const page = await search({ q: "ferry", limit: "2", ...query, ...before });
      numbers.push(...page.messages.map(({ text }) => text.split(" ")[2] ?? ""));
      const last = page.messages.at(-1);
      more = page.more && last !== undefined;
      if (last) before = { before: next(last) };
    }
    return numbers.join(" ");
  };
  expect(await pages({ topic: "s-one" }, ({ offset }) => String(offset))).toBe("8 7 5 4 2 1");
  expect(await pages({}, ({ topic, offset }) => `${topic}/${offset}`)).toBe("9 8 7 6 5 4 3 2 1");
  const [last] = found.messages;
  expect(await texts({ q: "number", before: String((last?.at ?? 0) + 1), topic: "s-one" })).toHaveLength(6);
  expect(await texts({ q: "number", before: String(found.messages.at(-1)?.at) })).toEqual([]);
  expect(await texts({ user: "ana", topic: "s-two" })).toHaveLength(3);
  expect(await texts({ q: "ferry", user: "Nobody" })).toEqual([]);
});

test("a wrong query gets an error that names what is allowed", async () => {
  for (const [query, code, words] of [
    [{}, "bad-request", "q: is empty"],
    [{ q: " \t" }, "bad-request", "q: is empty"],
    [{ q: "x".repeat(201) }, "bad-request", "at most 200"],
    [{ q: "a b c d e f g h i j k l m" }, "bad-request", "at most 12"],
    [{ q: "x".repeat(10_240) }, "bad-request", "at most 200"],
    [{ q: '"""' }, "bad-request", "q: is empty"],
    [{ q: "***" }, "bad-request", "signs only"],
    [{ q: "a", limit: "0" }, "bad-request", "limit: "],
    [{ q: "a", limit: "51" }, "bad-request", "from 1 to 50"],
    [{ q: "a", before: "7" }, "bad-request", "topic/offset"],
    [{ q: "a", before: "-1" }, "bad-request", "topic/offset"],
    [{ q: "a", user: "" }, "bad-request", "user: "],
    [{ q: "a", topic: "no topic" }, "bad-topic", "topic: "],
    [{ q: "a", topic: "elsewhere" }, "topic-unknown", "elsewhere"],
  ] as const)
    expect(await errorOf(query)).toMatchObject({ code, message: expect.stringContaining(words) });
  for (const [fields, words] of [
    [{ q: 7 }, "must be a string"],
    [{ q: "a", limit: 51 }, "limit: is 51"],
    [{ q: "a", limit: 0 }, "from 1 to 50"],
    [{ q: "a", before: {} }, "must be an offset, a time"],
    [{ q: "? ?" }, "signs only"],
  ] as const)
    expect(await mod.ask("search", fields)).toMatchObject({
      type: "error",
      message: expect.stringContaining(words),
    });
  for (const q of ['"', '""', "*", "% _ '", "NEAR(a b)", "a OR b", "\ud800", "(((((((", "\u0000x"]) {
    const answer = await search({ q });
    if (answer.error?.code !== "bad-request") expect(answer.messages).toBeArray();
  }
});

test("a user who searches 200 times at once gets some answers, and takes nobody else's turn", async () => {
  await mod.publish("s-many", "a pangolin");
  const all = Array.from({ length: 200 }, () => mod.ask("search", { q: "pangolin" }));
  expect(await texts({ q: "pangolin" })).toEqual(["a pangolin"]);
  const answers = (await Promise.all(all)) as { type: string; code?: string; message?: string }[];
  const refused = answers.filter(({ type }) => type === "error");
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(4);
  expect(refused.length).toBeGreaterThan(0);
  for (const answer of refused)
    expect(answer).toMatchObject({ code: "rate-limited", message: expect.stringContaining("4 searches") });
  expect(await mod.ask("search", { q: "pangolin" })).toMatchObject({ type: "ok" });
});

test("a reader finds what history shows that reader: nothing held, hidden, private, edited away or removed", async () => {
  const bob = await Client.open(kabar.url, { token: await signToken("bob", { name: "Bob" }) });
  const bobs = await signToken("bob", { name: "Bob" });
  const mods = await signToken("mod", { role: "moderator" });
  await fetch(`${kabar.url}/api/admin/topics/s-private`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${OPERATOR_KEY}` },
    body: JSON.stringify({ guests: "none", users: "none" }),
  });
  await mod.publish("s-private", "quokka in private");
  await mod.ask("moderate", { topic: "help", action: "words", words: { hold: ["quokka"] } });
  await bob.publish("help", "a held quokka");
  await bob.publish("lobby", "quokka to edit");
  await bob.publish("lobby", "quokka to remove");
  await bob.publish("lobby", "quokka to stay");
  await bob.ask("edit", { topic: "lobby", messageId: "e", target: 1, text: "a wombat now" });
  await bob.ask("remove", { topic: "lobby", messageId: "r", target: 2 });
  await mod.ask("moderate", { topic: "lobby", action: "shadow", user: "u:bob", on: true });
  await bob.publish("lobby", "hidden quokka");

  expect(await texts({ q: "quokka" })).toEqual(["quokka to stay"]);
  expect(await texts({ q: "quokka" }, bobs)).toEqual(["hidden quokka", "quokka to stay"]);
  expect(await texts({ q: "quokka" }, mods)).toEqual([
    "hidden quokka",
    "quokka to stay",
    "quokka in private",
  ]);
  expect((await errorOf({ q: "quokka", topic: "s-private" }))?.code).toBe("forbidden");
  expect(await texts({ q: "wombat" })).toEqual(["a wombat now"]);
  await mod.ask("moderate", { topic: "lobby", action: "clear" });
  expect(await texts({ q: "quokka" })).toEqual([]);

  // No word of a removed text is left in the index, but those of other messages.
  const db = new Database(join(kabar.dataDir, "kabar.db"), { readonly: true });
  const words = db
    .query<{ word: string }, []>("SELECT word FROM search_word")
    .all()
    .map(({ word }) => word);
  expect(words).toContain("quokka");
  for (const word of ["wombat", "edit", "remove", "stay", "hidden"]) expect(words).not.toContain(word);
  expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  db.close();
});

test("a log without an index is indexed in the background, and an index is emptied when it is switched off", async () => {
  await mod.publish("s-old", "written by an earlier version");
  const path = join(kabar.dataDir, "kabar.db");
  await kabar.kill();
  const db = new Database(path);
  dropSearch(db, 2);
  db.close();
  await kabar.restart();
  await until("the old message", async () => (await texts({ q: "earlier version" })).length === 1);
  await until("all old messages", async () => (await texts({ q: "ferry", limit: "50" })).length === 9);

  await kabar.kill();
  const off = await startKabar({ dataDir: kabar.dataDir, env: { KABAR_SEARCH: "false" } });
  const answer = (await (await fetch(`${off.url}/api/search?q=ferry`)).json()) as Answer;
  expect(answer.error?.code).toBe("search-off");
  const index = new Database(path, { readonly: true });
  expect(index.query("SELECT count(*) AS words FROM search_word").get()).toEqual({ words: 0 });
  index.close();
  await off.stop();
  await kabar.restart();
  await until("all messages again", async () => (await texts({ q: "ferry", limit: "50" })).length === 9);
});
