/** The cluster under faults: news that throws, is lost or repeated; nodes that die or pause; the database away. */
import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { KabarError, StartError } from "../../src/errors.ts";
import { createLogger } from "../../src/logger.ts";
import type { Cluster } from "../../src/log/cluster.ts";
import { createPostgresCluster } from "../../src/log/postgres-cluster.ts";
import { createLane } from "../../src/log/postgres-lane.ts";
import { prepareSchema } from "../../src/log/postgres-schema.ts";
import { Client } from "../support/client.ts";
import { readFeedOf } from "../support/feed.ts";
import { startReceiver } from "../support/hook-receiver.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { findFreePort } from "../support/ports.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

if (!postgresBin) testWith("PostgreSQL", false, "Debian: postgresql")("a cluster", async () => undefined);

const postgres = postgresBin ? await startPostgres() : undefined;
const silent = createLogger("silent");

describe.skipIf(!postgres)("nodes of a cluster", () => {
  const joined: Cluster[] = [];
  let url = "";

  const query = <T>(text: string) =>
    postgres?.query<T>(text, url) ?? Promise.reject(new Error("no PostgreSQL"));

  async function joinAnother(now?: () => number): Promise<Cluster> {
    const node = createPostgresCluster({ url, logger: silent, ...(now ? { now } : {}) });
    await node.join({ name: `node ${joined.length}`, version: "1.0.0", settings: {} });
    joined.push(node);
    return node;
  }
  async function joinTwo(now?: () => number): Promise<[Cluster, Cluster]> {
    url = await (postgres?.createDatabase() ?? Promise.reject(new Error("no PostgreSQL")));
    const lane = createLane({ url, deadlineMs: 10_000 });
    await lane.inOrder(prepareSchema);
    await lane.close();
    // The node that joins last knows the other at once.
    const second = await joinAnother();
    const first = await joinAnother(now);
    return [first, second];
  }
  /** The texts that a node receives from now on. */
  function textsAt(node: Cluster): string[] {
    const texts: string[] = [];
    node.onNews("text", (text) => texts.push(String(text)));
    return texts;
  }
  /** A count that a listener raises. */
  function countOf(listen: (listener: () => void) => void): () => number {
    let count = 0;
    listen(() => {
      count += 1;
    });
    return () => count;
  }
  /** Keeps the table of news locked while `run` runs. */
  async function whileLocked(run: () => Promise<unknown>): Promise<void> {
    const lane = createLane({ url, deadlineMs: SLOW_MS });
    await lane.inOrder((sql) =>
      sql.begin(async (tx) => {
        await tx`LOCK TABLE kabar_news IN ACCESS EXCLUSIVE MODE`;
        await run();
      }),
    );
    await lane.close();
  }
  afterEach(async () => {
    await Promise.all(joined.splice(0).map((node) => node.leave()));
  });
  afterAll(() => postgres?.stop("immediate").catch(() => undefined));

  test("receive what comes after a piece of news that they do not understand", async () => {
    const [first, second] = await joinTwo();
    const texts = textsAt(second);
    second.onNews("list", (body) => (body as string[]).map((item) => item.length));
    first.tell("list", { of: "another version" });
    first.tell("unknown", 1);
    first.tell("ask", null);
    first.tell("answer", 7);
    first.tell("text", "after them");
    await until("the next piece of news", () => texts.length === 1);
    expect(texts).toEqual(["after them"]);
  });

  test("receive news once and in order though the answer of the database was lost", async () => {
    const [first, second] = await joinTwo();
    const texts = textsAt(second);
    await whileLocked(async () => {
      first.tell("text", "one");
      // The statement of the first node waits for the lock until its deadline, and is carried out after it.
      await until("the node has given the statement up", async () => {
        const [row] = await query<{ count: number }>(
          "SELECT count(*)::int AS count FROM pg_stat_activity WHERE query LIKE 'INSERT INTO kabar_news%' AND wait_event_type = 'Lock'",
        );
        return row?.count === 2;
      });
      first.tell("text", "two");
    });
    first.tell("text", "three");
    await until("the last piece of news", () => texts.includes("three"));
    expect(texts).toEqual(["one", "two", "three"]);
  });

  test("receive all news after a crash of the database, which begins the numbers of its rows anew", async () => {
    const [first, second] = await joinTwo();
    const texts = textsAt(second);
    first.tell("text", "before");
    await until("the news before the crash", () => texts.length === 1);
    await postgres?.restart("immediate");
    const after = Array.from({ length: 20 }, (_, i) => `after ${i}`);
    for (const text of after) first.tell("text", text);
    await until("the last piece of news", () => texts.includes("after 19"));
    expect(texts).toEqual(["before", ...after]);
  });

  test("are asked once for their state by nodes that come together", async () => {
    const [first, second] = await joinTwo();
    let states = 0;
    second.onNews("state", () => {
      states += 1;
    });
    await until("the state after the start", async () => {
      await first.ask("nothing", {});
      return true;
    });
    first.onStateWanted(() => first.tell("state", {}));
    await query(
      "INSERT INTO kabar_news (node, piece, kind, body) SELECT 'node-' || n, 1, 'hello', '{}' FROM generate_series(1, 20) AS n",
    );
    await until("the state", () => states > 0);
    await first.ask("nothing", {});
    expect(states).toBe(1);
  });

  test("take a node that told something and has no lease for gone", async () => {
    const [, second] = await joinTwo();
    const gone: string[] = [];
    second.onGone((node) => gone.push(node));
    await query("INSERT INTO kabar_news (node, piece, kind, body) VALUES ('ghost', 1, 'text', '1')");
    await until("the node is gone", () => gone.includes("ghost"));
  });

  test("read again what they may have missed during a pause", async () => {
    let pausedMs = 0;
    const [first, second] = await joinTwo(() => performance.now() + pausedMs);
    const missed = countOf(first.onMissed);
    const wanted = countOf(second.onStateWanted);
    pausedMs = 40_000;
    await until("the node begins anew", () => missed() > 0 && wanted() > 0);
  });

  test("know when news of another node was dropped, because the database was away for too long", async () => {
    const [first, second] = await joinTwo();
    const missed = countOf(second.onMissed);
    const texts = textsAt(second);
    await whileLocked(async () => {
      for (let i = 0; i < 10; i++) first.tell("text", String(i).repeat(1_000_000));
    });
    await until("the second node knows", () => missed() > 0);
    first.tell("text", "last");
    await until("later news", () => texts.at(-1) === "last");
  });

  test("take over the duty of a node that leaves or dies as soon as they know it", async () => {
    const [first, second] = await joinTwo();
    const idle = async () => undefined;
    const third = await joinAnother();
    expect(await first.onDuty("sweep", idle)).toBe(true);
    expect(await second.onDuty("sweep", idle)).toBe(false);
    const taken: Promise<boolean>[] = [];
    second.onGone(() => taken.push(second.onDuty("sweep", idle)));
    joined.splice(joined.indexOf(first), 1);
    await first.leave();
    await until("the node is gone", () => taken.length > 0);
    expect(await taken[0]).toBe(true);
    await query(`UPDATE kabar_node SET seen = now() - interval '30 s' WHERE id = '${second.id}'`);
    expect(await third.onDuty("sweep", idle)).toBe(true);
  });

  test("say in words that the database is away", async () => {
    const away = createPostgresCluster({
      url: `postgres://kabar:the-password@127.0.0.1:${findFreePort()}/kabar`,
      logger: silent,
    });
    const error = await away.join({ name: "", version: "", settings: {} }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StartError);
    expect(String(error)).toContain("PostgreSQL can't be reached");
    expect(String(error)).not.toContain("the-password");
    expect(await away.onDuty("sweep", async () => undefined)).toBe(false);
    const missing = await away.file("/widget@1.js").catch((thrown: unknown) => thrown);
    expect(missing).toBeInstanceOf(KabarError);
    expect((missing as KabarError).code).toBe("log-unavailable");
    await away.leave();
  });

  describe("as servers", () => {
    const running: RunningKabar[] = [];
    async function startTwo(): Promise<[RunningKabar, RunningKabar]> {
      url = await (postgres?.createDatabase() ?? Promise.reject(new Error("no PostgreSQL")));
      const nodes = await Promise.all(
        [0, 1].map(() =>
          startKabar({
            env: { KABAR_LOG: url, KABAR_LOG_LEVEL: "info", KABAR_HOOKS_ALLOW_PRIVATE: "true" },
          }),
        ),
      );
      running.push(...nodes);
      const [first, second] = nodes;
      if (!first || !second) throw new Error("two nodes");
      return [first, second];
    }
    afterEach(async () => {
      await Promise.all(running.splice(0).map((node) => node.stop()));
    });
    /** Whether a node has a duty. */
    async function isHolder(duty: string, node: RunningKabar): Promise<boolean> {
      const [holder] = await query<{ name: string }>(
        `SELECT n.name FROM kabar_node n JOIN kabar_duty d ON d.node = n.id WHERE d.name = '${duty}'`,
      );
      return holder?.name.endsWith(`:${node.port}`) ?? false;
    }
    const asOperator = { Authorization: `Bearer ${OPERATOR_KEY}`, "Content-Type": "application/json" };

    test("keep no message that was cleared while they were paused", async () => {
      const [first, second] = await startTwo();
      const ana = await Client.open(first.url, { name: "Ana" });
      const budi = await Client.open(second.url, { name: "Budi" });
      for (const client of [ana, budi]) await client.ask("subscribe", { topic: "lobby" });
      await ana.publish("lobby", "to be cleared");
      await budi.events.next("the message");
      process.kill(second.pid(), "SIGSTOP");
      try {
        await fetch(`${first.url}/api/topics/lobby/moderate`, {
          method: "POST",
          headers: asOperator,
          body: JSON.stringify({ action: "clear" }),
        });
        // As after a minute, without the wait.
        await query("DELETE FROM kabar_news");
        await query("DELETE FROM kabar_node");
      } finally {
        process.kill(second.pid(), "SIGCONT");
      }
      await until("the paused node has it no more", async () => {
        const late = await Client.open(second.url);
        await late.ask("subscribe", { topic: "lobby", last: 10 });
        await late.ask("history", { topic: "lobby" });
        const frames = JSON.stringify(late.events);
        late.close();
        return !frames.includes("to be cleared");
      });
      for (const client of [ana, budi]) client.close();
    });

    test("finish the erasure of a node that died in it within a minute", async () => {
      const [first, second] = await startTwo();
      await until("the first node has the duty", async () => {
        const rows = await query<{ name: string }>("SELECT name FROM kabar_duty WHERE name = 'erasures'");
        return rows.length > 0;
      });
      const ana = await Client.open(second.url, { name: "Ana" });
      const user = (ana.hello.user as { id: string }).id;
      await ana.publish("lobby", "from Ana");
      // The topic's row stays locked: the erasure of whichever node has the duty stops in its middle.
      const [dying, other] = (await isHolder("erasures", first)) ? [first, second] : [second, first];
      const lane = createLane({ url, deadlineMs: SLOW_MS });
      await lane.inOrder((sql) =>
        sql.begin(async (tx) => {
          await tx`SELECT FROM kabar_topic WHERE name = 'lobby' FOR UPDATE`;
          void fetch(`${dying.url}/api/admin/users/${user}`, {
            method: "DELETE",
            headers: asOperator,
            body: "{}",
          }).catch(() => undefined);
          await until("the erasure waits", async () => {
            const rows = await query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
            return rows.length > 0;
          });
          await dying.kill();
        }),
      );
      await lane.close();
      // As after 20 seconds: the lease of the dead node is over.
      await query("UPDATE kabar_node SET seen = now() - interval '30 s'");
      await until("the other node finishes it", () => /erasure is finished/.test(other.output()));
      const texts = await query<{ body: string }>("SELECT body FROM kabar_entry WHERE body LIKE '%Ana%'");
      expect(texts).toEqual([]);
      ana.close();
    });

    test("send a webhook all events in order though the node that sends dies, and continue a feed that began elsewhere", async () => {
      const [first, second] = await startTwo();
      let answer: (status: number) => void = () => undefined;
      const receiver = startReceiver();
      try {
        const made = (await (
          await fetch(`${first.url}/api/admin/hooks/out`, {
            method: "POST",
            headers: asOperator,
            body: JSON.stringify({ url: receiver.url, topics: [], kinds: ["message"] }),
          })
        ).json()) as { secret: string };
        receiver.verify(made.secret);
        const stored: string[] = [];
        const publish = async (node: RunningKabar): Promise<void> => {
          const text = `message ${stored.length}`;
          stored.push(text);
          const address = `${node.url}/api/topics/lobby/messages`;
          expect((await fetch(address, { method: "POST", body: text })).status).toBe(201);
        };
        for (let i = 0; i < 10; i++) await publish(i % 2 ? first : second);
        await receiver.has(10);

        // The node dies while the receiver has an event and has not answered.
        const [dying, other] = (await isHolder("feed", first)) ? [first, second] : [second, first];
        const underWay = receiver.count();
        receiver.behave(
          (_, count) =>
            (count === underWay + 1 &&
              new Promise<number>((resolve) => {
                answer = resolve;
              })) ||
            204,
        );
        for (let i = 0; i < 5; i++) await publish(i % 2 ? dying : other);
        await until("an event under way", () => receiver.count() > underWay);
        await dying.kill();
        answer(204);
        // As after 20 seconds: the lease of the dead node is over.
        await query(`UPDATE kabar_node SET seen = now() - interval '30 s' WHERE name LIKE '%:${dying.port}'`);
        for (let i = 0; i < 5; i++) await publish(other);
        await receiver.has(20);
        await dying.restart();
        await publish(dying);
        await receiver.has(21);
        expect(receiver.texts()).toEqual(stored);
        expect(receiver.wrong).toEqual([]);
        // The event without an answer, by its id.
        expect(receiver.repeats).toEqual([receiver.accepted[10]?.id ?? ""]);

        const isLast = ({ data }: Record<string, unknown>) =>
          (data as { text?: string }).text === stored.at(-1);
        const whole = await readFeedOf(other.url, "after=0", isLast, OPERATOR_KEY);
        expect(whole.ids.length).toBeGreaterThan(20);
        for (const at of [1, 12, whole.ids.length - 2]) {
          const rest = await readFeedOf(dying.url, `after=${whole.ids[at]}`, isLast, OPERATOR_KEY);
          expect(rest.ids).toEqual(whole.ids.slice(at));
          expect(rest.events).toEqual(whole.events.slice(at));
        }
      } finally {
        receiver.stop();
      }
    });
  });
});
