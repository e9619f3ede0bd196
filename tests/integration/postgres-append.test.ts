import { SQL } from "bun";
import { expect, setDefaultTimeout } from "bun:test";
import { storeBatch } from "../../src/log/postgres-append.ts";
import { prepareSchema } from "../../src/log/postgres-schema.ts";
import { newEntries } from "../../src/log/postgres-tables.ts";
import { entry } from "../contracts/log-changes.ts";
import { startDelayingProxy } from "../support/delaying-proxy.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";

setDefaultTimeout(SLOW_MS);

const testPostgres = testWith("PostgreSQL", postgresBin !== undefined, "Debian: postgresql");

testPostgres("a batch is one transaction and goes to the database and back twice", async () => {
  const postgres = await startPostgres();
  const url = new URL(await postgres.createDatabase());
  const proxy = await startDelayingProxy(Number(url.port), 5);
  const far = new URL(url);
  far.port = new URL(proxy.url).port;
  const sql = new SQL(far.href, { max: 1 });
  try {
    await prepareSchema(sql);
    const begun: string[] = [];
    const store = (from: number, amends?: number) =>
      storeBatch(
        sql,
        Array.from({ length: 3 }, (_, i) => ({
          ...entry("t", `m${from + i}`),
          ...(amends !== undefined && { amends: { offset: amends, rewrite: () => '{"text":"new"}' } }),
        })),
        { isKnown: () => from > 0, now: Date.now, onBegin: (xid) => begun.push(xid), looksForAll: true },
      );
    // The first ones prepare the statements.
    for (const from of [0, 3]) await store(from);
    const first = proxy.flights.length;
    await store(6);
    const rounds = new Set(
      proxy.flights.slice(first).flatMap(({ to, round }) => (to === "server" ? [round] : [])),
    );
    expect(rounds.size).toBe(2);

    await store(9, 1);
    // PostgreSQL's own number of the transaction that wrote a row: what was sent after the commit would have another.
    const rows = await postgres.query<{ xmin: string }>(
      'SELECT xmin::text FROM kabar_entry WHERE "offset" <> 1',
      url.href,
    );
    expect(new Set(rows.map(({ xmin }) => xmin))).toEqual(new Set(begun));
    const [amended] = await postgres.query(
      'SELECT xmin::text, body FROM kabar_entry WHERE "offset" = 1',
      url.href,
    );
    expect(amended).toEqual({ xmin: begun.at(-1), body: '{"text":"new"}' });
  } finally {
    await sql.close({ timeout: 0 });
    proxy.stop();
  }
});

testPostgres(
  "a batch reads no other rows, also while the database has no statistics of a new log",
  async () => {
    const postgres = await startPostgres();
    const url = await postgres.createDatabase();
    const sql = new SQL(url, { max: 1 });
    await prepareSchema(sql);
    // The first batches are small: PostgreSQL plans a statement for the table that it sees then, and keeps the plan.
    let top = 0;
    for (const size of [...Array(8).fill(1), ...Array(8).fill(200)]) {
      const [from, amends] = [top, { offset: top, rewrite: () => '{"text":"new"}' }];
      const batch = Array.from({ length: size }, () => ({
        ...entry("t", `m${++top}`),
        ...(from > 0 && { amends }),
      }));
      const parts = { isKnown: () => from > 0, now: Date.now, onBegin: () => undefined, looksForAll: true };
      await storeBatch(sql, batch, parts);
      await newEntries(sql, [{ id: 1, after: from }], 1000, () => "t");
    }
    await sql`SELECT pg_stat_force_next_flush()`;
    const [table] = await postgres.query<{ read: string }>(
      "SELECT seq_tup_read AS read FROM pg_stat_user_tables WHERE relname = 'kabar_entry'",
      url,
    );
    await sql.close({ timeout: 0 });
    expect(Number(table?.read)).toBeLessThan(1000);
  },
);
