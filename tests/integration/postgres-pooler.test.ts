/** Nodes behind PgBouncer in transaction mode, which swallows LISTEN and keeps no named statement. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { entry, testLogChanges } from "../contracts/log-changes.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { pgbouncer, startPgBouncer } from "../support/pgbouncer.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { follow, openNode, upTo } from "../support/postgres-logs.ts";
import { startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);
const isHere = postgresBin !== undefined && pgbouncer !== undefined;
if (!isHere)
  testWith("PgBouncer", false, "Debian: postgresql, pgbouncer")("a pooler carries", async () => undefined);
const postgres = isHere ? await startPostgres() : undefined;
const through = postgres ? await startPgBouncer(postgres.port) : (url: string) => url;
const createDatabase = async () => through((await postgres?.createDatabase()) ?? "");

if (postgres)
  testLogChanges("PostgreSQL behind a pooler", () => {
    const database = createDatabase();
    return { open: async (now: () => number) => openNode(await database, now) };
  });

describe.skipIf(!isHere)("behind a pooler in transaction mode", () => {
  test("two nodes hand out every entry once and in order, and say that hints do not arrive", async () => {
    const url = await createDatabase();
    const [a, b] = await Promise.all([openNode(url), openNode(url)]);
    const seen = [follow(a), follow(b)];
    const appends = Array.from({ length: 200 }, (_, i) =>
      (i % 2 ? a : b).append(entry(`t${i % 4}`, `m${i}`)),
    );
    await Promise.all(appends);
    for (const tail of seen)
      await until("all entries", () => upTo(4).every((i) => tail.get(`t${i - 1}`)?.length === 50));
    for (const tail of seen) for (const offsets of tail.values()) expect(offsets).toEqual(upTo(50));
    for (const log of [a, b]) expect(log.warnings()).toMatchObject([{ code: "not-hearing" }]);
    await Promise.all([a.close(), b.close()]);
  });

  test("servers start, publish, warn once in their log, and say it in /readyz", async () => {
    const env = { KABAR_LOG: await createDatabase() };
    // The first server makes the secret, and the folder for it.
    const server = await startKabar({ env: { ...env, KABAR_DATA_DIR: "new/data" } });
    // The pooler gives these the connections of the first one, with the statements that it prepared.
    const others = [await startKabar({ env }), await startKabar({ env })];
    const answer = await fetch(`${server.url}/api/topics/lobby/messages`, {
      method: "POST",
      headers: { Authorization: `Bearer ${server.operatorKey}` },
      body: "hello",
    });
    expect(answer.status).toBe(201);
    for (const { url } of others)
      await until("the message at another node", async () =>
        (await (await fetch(`${url}/api/topics/lobby/messages`)).text()).includes("hello"),
      );
    const ready = await fetch(`${server.url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([
      200,
      expect.stringMatching(/^ready\nwarning: .*LISTEN/),
    ]);
    expect(server.output().match(/LISTEN is swallowed/g)).toHaveLength(1);
    for (const each of [server, ...others]) await each.stop();
  });
});
