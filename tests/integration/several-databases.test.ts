/** A log over two databases: the contract, their topics, and what a server refuses to start with. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { MessageLog } from "../../src/log/log.ts";
import { openDatabases } from "../../src/log/open-databases.ts";
import { createLogger } from "../../src/logger.ts";
import { createMetrics } from "../../src/metrics.ts";
import { testLogContract } from "../contracts/log.ts";
import { entry } from "../contracts/log-changes.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, type RunningPostgres, startPostgres } from "../support/postgres.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const hint = "Debian: postgresql";
if (!postgresBin)
  testWith("PostgreSQL", false, hint)("a log over two databases keeps the contract", async () => undefined);
const postgres = postgresBin ? await startPostgres() : undefined;

async function createDatabases(count: number, cluster: RunningPostgres | undefined = postgres) {
  if (!cluster) throw new Error(hint);
  const addresses: string[] = [];
  for (let i = 0; i < count; i++) addresses.push(await cluster.createDatabase());
  return addresses;
}
const open = (addresses: readonly string[], now: () => number = Date.now): Promise<MessageLog> =>
  openDatabases(addresses, {
    maxCommitWindowMs: 5,
    logger: createLogger("silent"),
    metrics: createMetrics(),
    now,
  });

const createFactory = () => {
  const addresses = createDatabases(2);
  return { open: async (now: () => number) => open(await addresses, now) };
};
if (postgres) testLogContract("Two PostgreSQL databases", createFactory);

const topics = Array.from({ length: 20 }, (_, i) => `topic-${i}`);
/** Topics that a database holds, as its own table has them. */
const topicsIn = async (address: string): Promise<string[]> =>
  (
    (await postgres?.query<{ name: string }>("SELECT name FROM kabar_topic ORDER BY name", address)) ?? []
  ).map(({ name }) => name);

async function fill(addresses: readonly string[]): Promise<void> {
  const log = await open(addresses);
  for (const topic of [...topics, "$control"]) await log.append(entry(topic, "m1"));
  await log.close();
}

describe.skipIf(!postgres)("topics over two databases", () => {
  test("each is on one of them, the control topic on the first, and all are listed in one order", async () => {
    const [a = "", b = ""] = await createDatabases(2);
    const log = await open([a, b]);
    for (const topic of [...topics, "$control"]) await log.append(entry(topic, "m1"));
    expect(await log.topics({ after: "", limit: 100 })).toEqual(["$control", ...topics.toSorted()]);
    expect(await log.topics({ after: "topic-10", limit: 3 })).toEqual(["topic-11", "topic-12", "topic-13"]);
    const [inA, inB] = [await topicsIn(a), await topicsIn(b)];
    expect([...inA, ...inB].toSorted()).toEqual(["$control", ...topics].toSorted());
    expect(inA).toContain("$control");
    expect(Math.min(inA.length, inB.length)).toBeGreaterThan(3);
    await log.close();
  });

  test("they are found again when the list names the databases after the first in another order", async () => {
    const [a = "", b = "", c = ""] = await createDatabases(3);
    const log = await open([a, b, c]);
    for (const topic of topics) await log.append(entry(topic, "m1"));
    await log.close();
    const again = await open([a, c, b]);
    for (const topic of topics) expect((await again.append(entry(topic, "m1"))).repeated).toBe(true);
    await again.close();
  });
});

describe.skipIf(!postgres)("a list of databases that does not fit its log is refused:", () => {
  test("another database, because topics would begin anew there", async () => {
    const [a = "", b = ""] = await createDatabases(2);
    await fill([a]);
    await expect(open([a, b])).rejects.toThrow(
      /^127\.0\.0\.1:\d+\/kabar_\d+ holds the topic topic-\d+, which belongs to 127\.0\.0\.1:\d+\/kabar_\d+ with this list of databases: run `kabar move`/,
    );
    await (await open([a])).close();
  });

  test("one database less, because its topics would begin anew on the others", async () => {
    const [a = "", b = ""] = await createDatabases(2);
    await fill([a, b]);
    for (const one of [a, b])
      await expect(open([one])).rejects.toThrow(/shares its log with a database that log does not name/);
  });

  test("another first database, because the control topic and the nodes' tables are on the first", async () => {
    const [a = "", b = ""] = await createDatabases(2);
    await (await open([a, b])).close();
    const first =
      /^127\.0\.0\.1:\d+\/kabar_\d+ is the first database of its log: name it first, or run `kabar move`/;
    await expect(open([b, a])).rejects.toThrow(first);
  });

  test("one database twice", async () => {
    const [a = ""] = await createDatabases(1);
    await expect(open([a, a.replace("127.0.0.1", "localhost")])).rejects.toThrow(/names one database twice/);
  });

  test("a database that does not answer, by its name and without its password", async () => {
    const [a = ""] = await createDatabases(1);
    const away = "postgres://kabar:very-secret@127.0.0.1:9/away";
    const error = await open([a, away]).catch(String);
    expect(error).toContain("127.0.0.1:9/away: The log can't be opened: PostgreSQL can't be reached");
    expect(error).not.toContain("very-secret");
  });
});

describe.skipIf(!postgres)("a server on two databases, one of which is down,", () => {
  const running: RunningKabar[] = [];
  afterAll(async () => {
    await Promise.all(running.map((kabar) => kabar.stop()));
  });

  test("serves the topics of the other, answers log-unavailable for its own, names it, and goes on when it is back", async () => {
    const other = await startPostgres();
    const [a = ""] = await createDatabases(1);
    const [b = ""] = (await createDatabases(1, other)).map((address) =>
      address.replace("kabar@", "kabar:very-secret@"),
    );
    const kabar = await startKabar({
      env: {
        KABAR_LOG: `${a} ${b}`,
        KABAR_TOPICS: "*",
        KABAR_GUEST_SECRET: "the-same-secret-on-every-node",
        KABAR_LOG_LEVEL: "debug",
      },
    });
    running.push(kabar);
    const publish = (topic: string, key: string) =>
      fetch(`${kabar.url}/api/topics/${topic}/messages`, {
        method: "POST",
        headers: { Authorization: `Bearer ${kabar.operatorKey}`, "Idempotency-Key": key },
        body: "text",
      });
    for (const topic of topics) expect((await publish(topic, "k1")).status).toBe(201);
    const inA = new Set(await topicsIn(a));
    await other.stop("immediate");
    for (const topic of topics) {
      const answer = await publish(topic, "k2");
      expect([topic, answer.status]).toEqual([topic, inA.has(topic) ? 201 : 503]);
      if (answer.status === 503)
        expect(await answer.json()).toMatchObject({ error: { code: "log-unavailable" } });
    }
    const ready = async () => (await fetch(`${kabar.url}/readyz`)).text();
    expect(await ready()).toMatch(/^ready, without 127\.0\.0\.1:\d+\/kabar_1: PostgreSQL/);
    await other.start();
    await until("the database to answer again", async () => (await ready()) === "ready\n");
    for (const topic of topics) expect((await publish(topic, "k2")).status).toBe(inA.has(topic) ? 200 : 201);
    expect(kabar.output()).not.toContain("very-secret");
    expect(kabar.output()).toContain("/kabar_1");
  });
});
