/** The audit log over HTTP: filtered and exported over all its entries, over both engines. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { SLOW_MS } from "../support/parts.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

interface Page {
  entries: { offset: number; at: number; key: string; by: string; value: unknown; why?: string }[];
  more: boolean;
  before?: number;
}

const headers = { Authorization: `Bearer ${OPERATOR_KEY}` };
const postgres = postgresBin ? await startPostgres() : undefined;

for (const engine of ["SQLite", "PostgreSQL"] as const)
  describe.skipIf(engine === "PostgreSQL" && !postgres)(`The audit log over ${engine}`, () => {
    let kabar: RunningKabar;
    let startedAt = 0;
    const act = (topic: string, body: object) =>
      fetch(`${kabar.url}/api/admin/topics/${topic}/moderate`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
    beforeAll(async () => {
      const log: Record<string, string> =
        engine === "PostgreSQL" && postgres ? { KABAR_LOG: await postgres.createDatabase() } : {};
      kabar = await startKabar({ env: { KABAR_TOPICS: "lobby help", ...log } });
      startedAt = Date.now();
      for (let i = 0; i < 20; i++)
        await act(i % 2 ? "lobby" : "help", {
          action: "ban",
          user: `u:troll-${i}`,
          why: `=SUM(${i}) Zoë, "so"`,
        });
      // More than the server reads at a time, so that what matches is not among the newest.
      await Promise.all(
        Array.from({ length: 600 }, (_, i) =>
          fetch(`${kabar.url}/api/admin/topics/help`, {
            method: "PUT",
            headers,
            body: JSON.stringify({ title: `Title ${i}`, why: "many" }),
          }),
        ),
      );
    });
    afterAll(() => kabar.stop());

    const list = async (query: Record<string, string>): Promise<Page> =>
      (
        await fetch(`${kabar.url}/api/admin/audit?${new URLSearchParams(query)}`, { headers })
      ).json() as Promise<Page>;
    const exported = async (query: Record<string, string>) =>
      (await fetch(`${kabar.url}/api/admin/audit/export?${new URLSearchParams(query)}`, { headers })).text();

    test("is filtered by kind, topic, user, author, text and time, over all its entries", async () => {
      /** All that match: a busy server may need several answers. */
      const count = async (query: Record<string, string>) => {
        let found = 0;
        let place = {};
        for (let more = true; more;) {
          const page = await list({ limit: "500", ...query, ...place });
          found += page.entries.length;
          more = page.more;
          place = { before: String(page.before) };
        }
        return found;
      };
      expect(await count({ action: "sentence" })).toBe(20);
      expect(await count({ action: "sentence", about: "lobby" })).toBe(10);
      expect(await count({ about: "u:troll-3" })).toBeGreaterThan(0);
      expect(await count({ about: "u:troll" })).toBe(0);
      expect(await count({ action: "sentence", by: "OPERATOR" })).toBe(20);
      expect(await count({ action: "sentence", by: "nobody" })).toBe(0);
      expect(await count({ action: "sentence", q: "sum(3) zoe" })).toBe(1);
      expect(await count({ action: "sentence", until: String(startedAt) })).toBe(0);
      expect(await count({ action: "sentence", from: String(startedAt) })).toBe(20);
      const page = await list({ limit: "8", about: "help" });
      expect([page.entries.length, page.more]).toEqual([8, true]);
      const [next] = (await list({ limit: "1", about: "help", before: String(page.before) })).entries;
      expect(next?.offset).toBe((page.entries.at(-1)?.offset ?? 0) - 1);
      // Without a filter, as before.
      const newest = await list({ limit: "2" });
      expect(newest.entries).toHaveLength(2);
      expect(newest.entries[0]?.why).toBe("many");
    });

    test("is exported as JSON Lines and as a table without formulas, as it is filtered", async () => {
      const lines = (await exported({ action: "sentence" })).trimEnd().split("\n");
      expect(lines).toHaveLength(20);
      expect(JSON.parse(lines[0] ?? "")).toMatchObject({ by: "operator", why: '=SUM(0) Zoë, "so"' });
      const table = await exported({ action: "sentence", format: "csv" });
      const [head = "", first = ""] = table.split("\r\n");
      expect(head).toBe("offset,time,by,key,value,why");
      expect(first).toEndWith(`,"'=SUM(0) Zoë, ""so"""`);
      expect((await exported({})).trimEnd().split("\n").length).toBeGreaterThanOrEqual(620);
      const refused = await fetch(`${kabar.url}/api/admin/audit/export?format=xml`, { headers });
      expect(refused.status).toBe(400);
    });
  });
