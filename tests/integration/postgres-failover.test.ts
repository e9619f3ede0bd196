/** Failover to a standby: what it lacks is a gap, never a splice, and what it has goes on. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Entry, MessageLog } from "../../src/log/log.ts";
import { entry } from "../contracts/log-changes.ts";
import { Client } from "../support/client.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, type RunningPostgres, startPostgres, startStandby } from "../support/postgres.ts";
import { appendUntilStored, follow, noteBreaks, openNode, upTo } from "../support/postgres-logs.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);
if (!postgresBin)
  testWith("PostgreSQL", false, "Debian: postgresql")("a standby takes over", async () => undefined);

/** Waits until a standby has replayed all that its primary has written. */
async function untilReplayed(primary: RunningPostgres, standby: RunningPostgres): Promise<void> {
  const [row] = await primary.query<{ lsn: string }>("SELECT pg_current_wal_flush_lsn()::text AS lsn");
  await until("the standby to be up to date", async () => {
    const [at] = await standby.query<{ done: boolean }>(
      `SELECT pg_last_wal_replay_lsn() >= '${row?.lsn}'::pg_lsn AS done`,
    );
    return at?.done;
  });
}

describe.skipIf(!postgresBin)("after a failover to a standby", () => {
  let proxy: TcpProxy;
  let logs: MessageLog[] = [];
  let servers: RunningKabar[] = [];
  afterEach(async () => {
    await Promise.all([...logs.map((log) => log.close()), ...servers.map((server) => server.stop())]);
    [logs, servers] = [[], []];
    proxy.stop();
  });

  /** A primary with a database, its standby, and an address that leads to whichever is the primary. */
  async function startPair() {
    const primary = await startPostgres();
    const database = await primary.createDatabase();
    const standby = await startStandby(primary);
    proxy = await startTcpProxy(primary.port);
    return { primary, standby, url: proxy.urlOf(database) };
  }
  async function openLog(url: string): Promise<MessageLog> {
    const log = await openNode(url);
    logs.push(log);
    return log;
  }
  /** Ends the primary as a power cut does, and makes the standby the primary. */
  async function failOver(primary: RunningPostgres, standby: RunningPostgres): Promise<void> {
    await primary.stop("immediate");
    await standby.promote();
    proxy.forwardTo(standby.port);
  }
  /** From now on the standby receives nothing. */
  async function cutOff(standby: RunningPostgres): Promise<void> {
    await standby.configure("primary_conninfo", "");
    await until(
      "no stream",
      async () => (await standby.query("SELECT 1 FROM pg_stat_wal_receiver")).length === 0,
    );
  }

  test("that has all entries, the tail goes on where it was", async () => {
    const { primary, standby, url } = await startPair();
    const [a, b] = [await openLog(url), await openLog(url)];
    const seen = follow(b);
    const broken = noteBreaks(b);
    for (let i = 1; i <= 10; i++) await a.append(entry("t", `m${i}`));
    await until("the tail", () => seen.get("t")?.length === 10);
    await untilReplayed(primary, standby);
    await failOver(primary, standby);
    for (let i = 11; i <= 20; i++) await appendUntilStored(a, entry("t", `m${i}`));
    await until("the tail after the failover", () => seen.get("t")?.length === 20);
    expect(seen.get("t")).toEqual(upTo(20));
    expect(broken).toEqual([]);
  });

  test("that lacks acknowledged entries, their topics break off and others go on", async () => {
    const { primary, standby, url } = await startPair();
    const [a, b] = [await openLog(url), await openLog(url)];
    for (let i = 1; i <= 5; i++) {
      await a.append(entry("t", `m${i}`));
      await a.append(entry("other", `m${i}`));
    }
    await untilReplayed(primary, standby);
    await cutOff(standby);
    for (let i = 6; i <= 9; i++) await a.append(entry("t", `lost${i}`));
    const seen = follow(b);
    await b.append(entry("t", "lost10"));
    const broken = noteBreaks(b);
    const later: Entry[] = [];
    await failOver(primary, standby);
    await until("the break", () => broken.length > 0);
    b.tail((entries) => later.push(...entries));
    expect(broken).toEqual(["t"]);
    // Entries of the new history take the offsets of those that are lost, and one more.
    for (let i = 6; i <= 11; i++) await appendUntilStored(a, entry("t", `new${i}`));
    await appendUntilStored(a, entry("other", "m6"));
    await until("the tail after the failover", () => later.length >= 7);
    expect(later.filter(({ topic }) => topic === "t").map(({ id, offset }) => `${offset} ${id}`)).toEqual(
      [6, 7, 8, 9, 10, 11].map((i) => `${i} new${i}`),
    );
    expect(later.filter(({ topic }) => topic === "other").map(({ offset }) => offset)).toEqual([6]);
    expect(seen.get("other")).toEqual([6]);
    expect((await b.state("t")).top).toBe(11);
  });

  test("that PostgreSQL waits for, nothing that was acknowledged is lost", async () => {
    const { primary, standby, url } = await startPair();
    await primary.configure("synchronous_standby_names", "*");
    const a = await openLog(url);
    const stored = new Map<string, number>();
    let isOver = false;
    const publishing = (async () => {
      for (let i = 1; !isOver; i++) {
        const { entry: each } = await appendUntilStored(a, entry("t", `m${i}`));
        stored.set(each.id, each.offset);
      }
    })();
    await until("some entries", () => stored.size > 50);
    const before = stored.size;
    await failOver(primary, standby);
    await until("entries after the failover", () => stored.size > before + 50);
    isOver = true;
    await publishing;
    const kept = await a.read("t", { after: 0, limit: 100_000 });
    expect(new Map(kept.map(({ id, offset }) => [id, offset]))).toEqual(stored);
  });

  test("readers receive a gap of reason tag where acknowledged messages are lost", async () => {
    const { primary, standby, url } = await startPair();
    const server = await startKabar({ env: { KABAR_LOG: url } });
    servers.push(server);
    const publish = (text: string) =>
      fetch(`${server.url}/api/topics/lobby/messages`, {
        method: "POST",
        headers: { Authorization: `Bearer ${server.operatorKey}`, "Idempotency-Key": text },
        body: text,
      });
    await publish("kept");
    await untilReplayed(primary, standby);
    await cutOff(standby);
    expect((await publish("lost")).status).toBe(201);
    const reader = await Client.open(server.url);
    const reply = await reader.ask("subscribe", { topic: "lobby", last: 10 });
    expect(reply).toMatchObject({ top: 2 });
    const messages = await reader.events.next();
    const tag = (messages as unknown as { tag: string }).tag;
    await failOver(primary, standby);
    const goodbye = await (async () => {
      for (;;) {
        const event = await reader.events.next();
        if (event.type === "goodbye") return event;
      }
    })();
    expect(goodbye).toMatchObject({ reason: "shutting-down" });
    await until("publishing to go on", async () => (await publish("new")).status === 201);
    const again = await Client.open(server.url);
    const cursor = { ...(reply as unknown as { cursor: { epoch: string } }).cursor, offset: 2, tag };
    const resumed = await again.ask("subscribe", { topic: "lobby", cursor, last: 10 });
    expect(resumed).toMatchObject({ recovered: false, gap: { reason: "tag" } });
    const replay = (await again.events.next()) as unknown as { messages: { text: string }[] };
    expect(replay.messages.map(({ text }) => text)).toEqual(["kept", "new"]);
    again.line.close();
  });
});
