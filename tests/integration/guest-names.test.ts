import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Client, Line } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { nextOf, openModerator, signToken, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
beforeAll(async () => {
  kabar = await startKabar({
    env: {
      KABAR_TOKEN_SECRET: TOKEN_SECRET,
      KABAR_TOPICS: "lobby names",
      KABAR_RESERVED_NAMES: "admin redaksi",
    },
  });
});
afterAll(() => kabar.stop());

const MADE_UP = /^Guest-/;
const userOf = ({ hello }: { hello: Record<string, unknown> }) => hello.user as { name: string };
const nameOfLast = async (client: Client, topic: string) => {
  const page = (await client.ask("history", { topic, limit: 1 })) as unknown as {
    messages: { user: { name: string } }[];
  };
  return page.messages[0]?.user.name;
};

test("no door gives a guest a reserved name or a lookalike of one", async () => {
  for (const name of ["Admin", "ΑDΜΙΝ", "the_adm1n", "R3DAKSI"]) {
    const client = await Client.open(kabar.url, { name });
    expect(userOf(client).name).toMatch(MADE_UP);
    expect(await client.ask("rename", { name })).toMatchObject({ code: "name-taken", retry: false });
    expect(await client.ask("rename", { name: "Budi" })).toMatchObject({ user: { name: "Budi" } });
    client.close();
    const post = await fetch(`${kabar.url}/api/topics/lobby/messages?name=${encodeURIComponent(name)}`, {
      method: "POST",
      body: "hello",
    });
    expect(post.status).toBe(409);
    const plain = await Line.open(kabar.url, `/websocket?name=${encodeURIComponent(name)}`);
    expect(await plain.next()).toMatch(/^! The name .* is taken\. Your name is Guest-/);
    plain.send("hello");
    expect(await plain.next()).toMatch(/^Guest-\w+: hello$/);
    plain.close();
  }
});

test("no guest receives the name of a signed user, a moderator or a back end, nor a lookalike of one", async () => {
  const ana = await Client.open(kabar.url, { token: await signToken("1", { name: "Ana Lestari" }) });
  const mod = await openModerator(kabar.url, "mod");
  const made = await fetch(`${kabar.url}/api/admin/keys`, {
    method: "POST",
    body: JSON.stringify({ name: "Deploy bot", scope: "publish" }),
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
  });
  const { secret } = (await made.json()) as { secret: string };
  const post = await fetch(`${kabar.url}/api/topics/lobby/messages`, {
    method: "POST",
    body: "done",
    headers: { Authorization: `Bearer ${secret}` },
  });
  expect(post.status).toBe(201);
  for (const name of ["Ana Lestari", "Аna_Lestari", "4na  lestari", "USER MOD", "Dep1oy-Bot"]) {
    const client = await Client.open(kabar.url, { name });
    expect([name, userOf(client).name]).toEqual([name, expect.stringMatching(MADE_UP)]);
    client.close();
  }
  for (const open of [ana, mod]) open.close();
});

test("a guest who had a user's name first gets another with the next message, and guests may share a name", async () => {
  const [one, two] = [
    await Client.open(kabar.url, { name: "Citra" }),
    await Client.open(kabar.url, { name: "Citra" }),
  ];
  for (const client of [one, two]) {
    expect(userOf(client).name).toBe("Citra");
    await client.publish("names", "hello");
    expect(await nameOfLast(client, "names")).toBe("Citra");
  }
  const watcher = await Client.open(kabar.url);
  await watcher.ask("subscribe", { topic: "names", people: true });
  await one.ask("subscribe", { topic: "names", people: true });
  const citra = await Client.open(kabar.url, { token: await signToken("2", { name: "Citra" }) });
  await one.publish("names", "hello again");
  expect(await nameOfLast(one, "names")).toMatch(MADE_UP);
  let people: Record<string, unknown>;
  do people = await nextOf(watcher, "people");
  while (!JSON.stringify(people.joined).includes("Guest-"));
  for (const open of [one, two, watcher, citra]) open.close();
});

test("names of authors are known after a restart", async () => {
  const dewi = await Client.open(kabar.url, { token: await signToken("3", { name: "Dewi Anggraini" }) });
  await dewi.publish("lobby", "I was here");
  await kabar.restart();
  let name = "";
  // Learned behind the start, which does not wait for it.
  do {
    const client = await Client.open(kabar.url, { name: "Dewi Anggraini" });
    ({ name } = userOf(client));
    client.close();
    await client.line.closed;
  } while (!MADE_UP.test(name));
});
