/** People over HTTP: who is found by id and name, over both engines. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { idOf, openModerator, signToken, TOKEN_SECRET } from "../support/people.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

interface Found {
  people: {
    id: string;
    name?: string;
    role?: string;
    here: string[];
    wrote: string[];
    lastAt?: number;
    sanctions: { topic: string; kind: string }[];
  }[];
  count: number;
  more: boolean;
}

const postgres = postgresBin ? await startPostgres() : undefined;

for (const engine of ["SQLite", "PostgreSQL"] as const)
  describe.skipIf(engine === "PostgreSQL" && !postgres)(`People over ${engine}`, () => {
    let kabar: RunningKabar;
    beforeAll(async () => {
      const log: Record<string, string> =
        engine === "PostgreSQL" && postgres ? { KABAR_LOG: await postgres.createDatabase() } : {};
      kabar = await startKabar({
        env: { KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_TOPICS: "lobby help g-*", ...log },
      });
    });
    afterAll(() => kabar.stop());

    const ask = async (query: Record<string, string>, bearer = OPERATOR_KEY): Promise<Found> => {
      const headers = { Authorization: `Bearer ${bearer}` };
      const url = `${kabar.url}/api/admin/people?${new URLSearchParams(query)}`;
      return (await fetch(url, { headers })).json() as Promise<Found>;
    };
    const admin = (method: string, path: string, body?: object) =>
      fetch(`${kabar.url}/api/admin/${path}`, {
        method,
        headers: { Authorization: `Bearer ${OPERATOR_KEY}` },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });

    test("a text that nobody can have finds nobody, and an id that nobody can have is refused", async () => {
      for (const search of ["z\0z", "\0nobody", "\ud800x", "%_x", "'; --"])
        expect((await ask({ search })).people).toEqual([]);
      for (const [method, path] of [
        ["GET", "users/u:a%00"],
        ["GET", "users/u:a%00/export"],
        ["POST", "users/u:a%00/revoke"],
        ["DELETE", "users/u:a%00"],
        ["DELETE", "users/u:a%0Ab"],
      ] as const) {
        const answer = await admin(method, path, method === "GET" ? undefined : {});
        expect([method, path, answer.status]).toEqual([method, path, 400]);
      }
    });

    test("somebody who has written and left is found by a part of the id and the name, until erased", async () => {
      const zoe = await Client.open(kabar.url, { name: "Zoë Pfeffer" });
      const id = idOf(zoe);
      await zoe.publish("lobby", "one");
      await zoe.publish("help", "two");
      zoe.close();
      for (const search of ["zoe", "PFEFF", id, id.slice(2, 9)]) {
        const { people, count, more } = await ask({ search });
        expect(people).toEqual([
          {
            id,
            name: "Zoë Pfeffer",
            role: "guest",
            here: [],
            wrote: ["help", "lobby"],
            lastAt: expect.any(Number),
            sanctions: [],
          },
        ]);
        expect([count, more]).toEqual([1, false]);
      }
      await admin("POST", "topics/lobby/moderate", { action: "ban", user: id });
      expect((await ask({ search: "zoe" })).people[0]?.sanctions).toMatchObject([
        { topic: "lobby", kind: "ban" },
      ]);
      await admin("DELETE", `users/${encodeURIComponent(id)}`, {});
      expect((await ask({ search: "pfeff" })).people).toEqual([]);
      expect((await ask({ search: "erased" })).people).toEqual([]);
    });

    test("a moderator finds people and messages of the moderated topics alone", async () => {
      const mod = await signToken("mo", { topics: { "g-1": "moderate", lobby: "read", "g-2": "read" } });
      const gus = await Client.open(kabar.url, { name: "Gus Guest" });
      for (const topic of ["g-1", "g-2"]) await gus.publish(topic, `gusty words in ${topic}`);
      const pia = await Client.open(kabar.url, { name: "Gus Private" });
      await pia.publish("g-2", "gusty");
      await admin("POST", "topics/g-2/moderate", { action: "ban", user: idOf(pia) });
      await gus.ask("subscribe", { topic: "g-2", people: true });
      const found = await ask({ search: "gus" }, mod);
      expect(found.people).toMatchObject([{ id: idOf(gus), here: [], wrote: ["g-1"], sanctions: [] }]);
      expect((await ask({}, mod)).people.filter(({ id }) => id === idOf(pia) || id === idOf(gus))).toEqual(
        [],
      );
      expect((await ask({ search: "gus" })).people).toHaveLength(2);
      const search = async (query: string) => {
        const answer = await fetch(`${kabar.url}/api/admin/search?${query}`, {
          headers: { Authorization: `Bearer ${mod}` },
        });
        return (await answer.json()) as { messages?: { topic: string }[]; error?: { code: string } };
      };
      expect((await search("q=gusty")).messages?.map(({ topic }) => topic)).toEqual(["g-1"]);
      expect((await search("q=gusty&topic=g-2")).error?.code).toBe("forbidden");
      for (const path of ["users/u:eve", "audit", `users/${idOf(gus)}/export`]) {
        const answer = await fetch(`${kabar.url}/api/admin/${path}`, {
          headers: { Authorization: `Bearer ${mod}` },
        });
        expect(answer.status).toBe(403);
      }
      gus.close();
      pia.close();
    });

    test("a user's streams and plain sessions are listed and end one by one", async () => {
      const token = await signToken("eve");
      const headers = {
        Authorization: `Bearer ${token}`,
        "User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0",
      };
      const eve = await Client.open(kabar.url, { token });
      const stream = await fetch(`${kabar.url}/api/topics/lobby/events`, { headers });
      const read = async () =>
        (await (await admin("GET", "users/u:eve")).json()) as { sessions: { id: string; kind: string }[] };
      const { sessions } = await read();
      expect(sessions.map(({ kind }) => kind).sort()).toEqual(["events", "json"]);
      const of = sessions.find(({ kind }) => kind === "events");
      expect((await admin("DELETE", `users/u:eve/sessions/${of?.id}`, { why: "test" })).status).toBe(200);
      await stream.text();
      expect((await read()).sessions.map(({ kind }) => kind)).toEqual(["json"]);
      expect((await admin("DELETE", "users/u:other/sessions", {})).status).toBe(200);
      expect(await (await admin("DELETE", "users/u:eve/sessions", {})).json()).toEqual({ ended: 1 });
      await eve.line.closed;
      expect(await (await admin("GET", "audit?limit=3")).text()).toContain("sessions:ended u:eve");
      expect((await admin("GET", "users/a%20b")).status).toBe(400);
    });

    test("without a search those are listed who are here or have a sanction; a page says that there are more", async () => {
      const ana = await Client.open(kabar.url, { token: await signToken("ana", { name: "Ana" }) });
      await ana.ask("subscribe", { topic: "lobby", people: true });
      const mod = await openModerator(kabar.url);
      for (let i = 0; i < 5; i++) await mod.publish(`g-${i}`, "hello");
      for (const name of ["Ben A", "Ben B", "Ben C"]) {
        const ben = await Client.open(kabar.url, { name });
        await ben.publish("lobby", "hello");
        ben.close();
      }
      const present = (await ask({})).people.map(({ id }) => id);
      expect(present).toContain("u:ana");
      expect(present).not.toContain("u:mod");
      const found = await ask({ search: "ben", limit: "2" });
      expect(found.people.map(({ name }) => name)).toEqual(["Ben A", "Ben B"]);
      expect(found.more).toBe(true);
      expect((await ask({ search: "u:mod" })).people[0]?.wrote).toHaveLength(5);
      ana.close();
      mod.close();
    });
  });

test.skipIf(!postgres)("a user's sessions on all nodes are listed, and end one by one or all", async () => {
  const env = { KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_LOG: (await postgres?.createDatabase()) ?? "" };
  const [first, second] = await Promise.all([startKabar({ env }), startKabar({ env })]);
  const admin = async (path: string, init: RequestInit = {}): Promise<unknown> =>
    (
      await fetch(`${first.url}/api/admin/${path}`, {
        headers: { Authorization: `Bearer ${OPERATOR_KEY}` },
        ...init,
      })
    ).json();
  await until("both nodes", async () => ((await admin("nodes")) as { nodes: object[] }).nodes.length === 2);
  const token = await signToken("ana");
  const [here, there] = await Promise.all([
    Client.open(first.url, { token }),
    Client.open(second.url, { token }),
  ]);
  await there.ask("subscribe", { topic: "lobby" });
  const read = async () =>
    (await admin("users/u:ana")) as {
      sessions: { id: string; node: string; topics: string[]; kind: string; since: number }[];
      silent: number;
    };
  const { sessions, silent } = await read();
  expect(silent).toBe(0);
  expect(new Set(sessions.map(({ node }) => node)).size).toBe(2);
  const of = sessions.find(({ topics }) => topics.includes("lobby"));
  expect(of).toMatchObject({ kind: "json", topics: ["lobby"], since: expect.any(Number) });
  const end = async (path: string) => admin(`users/u:ana/sessions${path}`, { method: "DELETE", body: "{}" });
  expect(await end(`/${of?.id}`)).toEqual({ ended: 1 });
  await there.line.closed;
  expect(await end(`/${of?.id}`)).toMatchObject({ error: { code: "not-found" } });
  expect((await read()).sessions).toHaveLength(1);
  // Nothing is revoked.
  const again = await Client.open(second.url, { token });
  expect(await end("")).toEqual({ ended: 2 });
  await Promise.all([here.line.closed, again.line.closed]);
  expect((await read()).sessions).toEqual([]);
  await Promise.all([first.stop(), second.stop()]);
});
