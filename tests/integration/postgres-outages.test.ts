/** Outages between a log and its PostgreSQL: the tail must not go deaf, and no acknowledgement may be wrong. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { MessageLog } from "../../src/log/log.ts";
import { entry } from "../contracts/log-changes.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { appendUntilStored, follow, noteBreaks, openNode, upTo } from "../support/postgres-logs.ts";
import { OPERATOR_KEY, startKabar } from "../support/server.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);
if (!postgresBin)
  testWith("PostgreSQL", false, "Debian: postgresql")("outages cost a moment", async () => undefined);
const postgres = postgresBin ? await startPostgres() : undefined;

describe.skipIf(!postgres)("a log whose database is out of reach", () => {
  let opened: MessageLog[] = [];
  let proxies: TcpProxy[] = [];
  afterEach(async () => {
    for (const proxy of proxies) proxy.stop();
    await Promise.all(opened.map((log) => log.close()));
    [opened, proxies] = [[], []];
  });
  const open = async (url: string, options?: { search: boolean }): Promise<MessageLog> => {
    const log = await openNode(url, Date.now, options);
    opened.push(log);
    return log;
  };
  /** A node behind a proxy, and another one that reaches the database directly. */
  async function openBoth(server = postgres, options?: { search: boolean }) {
    const url = (await server?.createDatabase()) ?? "";
    const proxy = await startTcpProxy(server?.port ?? 0);
    proxies.push(proxy);
    return { proxy, behind: await open(proxy.urlOf(url), options), direct: await open(url, options), url };
  }

  test("goes on by itself when its connections are silent and none is closed", async () => {
    const { proxy, behind, direct } = await openBoth();
    const seen = follow(behind);
    await direct.append(entry("t", "m1"));
    await until("the first entry", () => seen.get("t")?.length === 1);
    proxy.blackHole(false);
    await direct.append(entry("t", "m2"));
    await until("the entry after the silence", () => seen.get("t")?.length === 2);
    await appendUntilStored(behind, entry("t", "m3"));
    await until("the own entry", () => seen.get("t")?.length === 3);
    expect(seen.get("t")).toEqual(upTo(3));
    await until("health", () => behind.trouble() === undefined);
  });

  test("says it is behind, refuses appends at once, and is served by what is known; then catches up", async () => {
    const { proxy, behind, direct } = await openBoth();
    const seen = follow(behind);
    const broken = noteBreaks(behind);
    await behind.append(entry("t", "m1"));
    const before = await behind.state("t");
    proxy.blackHole(true);
    await until("trouble", () => behind.trouble() !== undefined);
    expect(behind.trouble()).toMatch(/does not answer|behind the database/);
    await until("a refusal", () =>
      behind.append(entry("t", "refused")).then(
        () => false,
        (error) => error.code === "log-unavailable",
      ),
    );
    expect(await behind.state("t")).toEqual({ ...before, isRemembered: true });
    for (let i = 2; i <= 20; i++) await direct.append(entry("t", `m${i}`));
    proxy.heal();
    await until("all entries", () => (seen.get("t")?.length ?? 0) >= 20);
    expect(seen.get("t")).toEqual(upTo(20));
    expect(broken).toEqual([]);
    await until("health", () => behind.trouble() === undefined);
    expect((await behind.append(entry("t", "m21"))).entry.offset).toBe(21);
  });

  test("lets a reader of plain mode wait, and sends an EventSource away for a moment, until the database is back", async () => {
    const url = (await postgres?.createDatabase()) ?? "";
    const proxy = await startTcpProxy(postgres?.port ?? 0);
    proxies.push(proxy);
    const server = await startKabar({ env: { KABAR_LOG: proxy.urlOf(url) } });
    const direct = await open(url);
    await direct.append(entry("lobby", "before"));
    proxy.blackHole(true);
    await until("trouble", async () => (await fetch(`${server.url}/readyz`)).status === 503);
    const lines: string[] = [];
    const socket = new WebSocket(
      `${server.url.replace("http", "ws")}/websocket?topic=lobby&name=ana&history=20`,
    );
    socket.onmessage = ({ data }) => void lines.push(String(data));
    socket.onclose = ({ code }) => void lines.push(`closed ${code}`);
    await until("the socket", () => socket.readyState !== WebSocket.CONNECTING);
    // Once this read has failed, so has the reader's first one.
    await until("a refusal", async () => {
      const { status } = await fetch(`${server.url}/api/topics/lobby/messages`);
      return status === 503;
    });
    // An answer with an error would end an EventSource for good.
    for (const path of ["topics/lobby/events?last=5", "feed"]) {
      const stream = await fetch(`${server.url}/api/${path}`, {
        headers: { Authorization: `Bearer ${OPERATOR_KEY}` },
      });
      const type = stream.headers.get("content-type");
      expect([stream.status, type]).toEqual([200, "text/event-stream; charset=utf-8"]);
      expect(await stream.text()).toMatch(/^retry: \d+\n\n$/);
    }
    proxy.heal();
    await until("the history", () => lines.length > 0);
    expect(lines).toEqual([expect.stringContaining("before")]);
    socket.close();
    await server.stop();
  });

  test("acknowledges what a lost answer had stored, once", async () => {
    const { proxy, behind, direct } = await openBoth(postgres, { search: false });
    const seen = follow(behind);
    await behind.append(entry("t", "m1"));
    for (let i = 2; i <= 6; i++) {
      proxy.swallowAnswer("COMMIT");
      const { entry: stored, repeated } = await behind.append(entry("t", `m${i}`));
      expect(stored.offset).toBe(i);
      expect(proxy.swallowed()).toBe(i - 1);
      // The answer came from a look at what is stored.
      expect(repeated).toBeTrue();
    }
    expect((await direct.read("t", { after: 0, limit: 10 })).map(({ id }) => id)).toEqual(
      upTo(6).map((i) => `m${i}`),
    );
    expect(seen.get("t")).toEqual(upTo(6));
  });

  test("says of no entry that it is not stored because the look at what is stored lost its connection, too", async () => {
    const { proxy, behind, direct } = await openBoth(postgres, { search: false });
    const seen = follow(behind);
    await behind.append(entry("t", "m1"));
    const appendTwo = async (...offsets: number[]): Promise<void> => {
      const stored = await Promise.all(offsets.map((i) => behind.append(entry("t", `m${i}`))));
      expect(stored.map((each) => each.entry.offset)).toEqual(offsets);
    };
    for (let i = 2; i <= 6; i += 2) {
      // The look for the two entries finds two rows.
      proxy.swallowAnswer("COMMIT", "SELECT 2");
      await appendTwo(i, i + 1);
      expect(proxy.swallowed()).toBe(i);
    }
    // What was not stored with a connection that was lost is stored with the next one.
    for (let i = 8; i <= 10; i += 2) {
      proxy.swallowAnswer("BEGIN");
      await appendTwo(i, i + 1);
    }
    expect((await direct.read("t", { after: 0, limit: 20 })).map(({ id }) => id)).toEqual(
      upTo(11).map((i) => `m${i}`),
    );
    expect(seen.get("t")).toEqual(upTo(11));
  });

  test("asks the database at most five times a second while nothing happens", async () => {
    const url = (await postgres?.createDatabase()) ?? "";
    await open(url);
    const count = async () => {
      const text = `SELECT xact_commit + xact_rollback AS asked FROM pg_stat_database WHERE datname = '${url.split("/").pop()}'`;
      const rows = await postgres?.query<{ asked: string }>(text);
      return Number(rows?.[0]?.asked);
    };
    // PostgreSQL counts with a delay of about a second.
    await Bun.sleep(2000);
    const before = await count();
    await Bun.sleep(6000);
    expect((await count()) - before).toBeLessThanOrEqual(6 * 5 + 5);
  });

  test("hears other nodes without hints when its listening connection ends, and listens again", async () => {
    const { behind, direct, url } = await openBoth();
    const seen = follow(behind);
    for (let round = 1; round <= 5; round++) {
      await postgres?.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%LISTEN%' AND pid <> pg_backend_pid()",
        url,
      );
      await appendUntilStored(direct, entry("t", `m${round}`));
      await until("the entry", () => seen.get("t")?.length === round);
    }
    expect(seen.get("t")).toEqual(upTo(5));
    const listens = () =>
      postgres?.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
        url,
      );
    await until("both listen again", async () => (await listens())?.length === 2);
    await until("no warning", () => behind.warnings().length === 0);
  });

  test("takes its own newest entries for no fork when a connection is replaced", async () => {
    const url = (await postgres?.createDatabase()) ?? "";
    const log = await open(url);
    const seen = follow(log);
    const broken = noteBreaks(log);
    let [stored, isOver] = [0, false];
    const publish = async (): Promise<void> => {
      while (!isOver) {
        await appendUntilStored(log, entry("t", `m${stored}`));
        stored += 1;
      }
    };
    const publishing = publish();
    for (let round = 0; round < 60; round++) {
      await postgres?.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%t.changed >=%' AND pid <> pg_backend_pid()",
        url,
      );
      const before = stored;
      await until("more entries", () => stored > before + 3);
    }
    isOver = true;
    await publishing;
    await until("all entries", () => seen.get("t")?.length === stored);
    expect(seen.get("t")).toEqual(upTo(stored));
    expect(broken).toEqual([]);
  });

  test("misses nothing after a crash that gives the numbers of transactions out again", async () => {
    // Commits of unlogged tables alone reach the disk later than this test takes: a crash forgets their numbers.
    const own = await startPostgres({ settings: { wal_writer_delay: "10s" } });
    const { proxy, behind, direct, url } = await openBoth(own);
    const query = <T>(text: string): Promise<T[]> => own.query<T>(text, url);
    const seen = follow(behind);
    const nextNumber = async (): Promise<number> => {
      const [row] = await query<{ next: string }>("SELECT pg_snapshot_xmax(pg_current_snapshot()) AS next");
      return Number(row?.next);
    };
    const looks = "FROM pg_stat_activity WHERE query LIKE '%pg_snapshot_xmin%' AND pid <> pg_backend_pid()";
    await query("CREATE UNLOGGED TABLE used (n int)");
    let [top, wentBack] = [0, false];
    // A page of the log that happens to be full is written at once, and the numbers on it stay used.
    for (let round = 0; round < 5 && !wentBack; round++) {
      await direct.append(entry("t", `m${++top}`));
      await until("the entry before", () => seen.get("t")?.length === top);
      await query("DO 'BEGIN FOR i IN 1..500 LOOP INSERT INTO used VALUES (i); COMMIT; END LOOP; END'");
      const used = await nextNumber();
      const [row] = await query<{ now: string }>("SELECT now()::text AS now");
      await until("a look of both tails at the newest number", async () => {
        const fresh = await query(`SELECT ${looks} AND query_start > '${row?.now}'`);
        return fresh.length === 2;
      });
      const [look] = await query<{ pid: number }>(`SELECT pid ${looks}`);
      proxy.blackHole(true);
      process.kill(Number(look?.pid), "SIGKILL");
      await appendUntilStored(direct, entry("t", `m${++top}`));
      wentBack = (await nextNumber()) < used;
      proxy.heal();
      await until("the entry after the crash", () => seen.get("t")?.length === top);
    }
    expect(wentBack).toBeTrue();
    expect(seen.get("t")).toEqual(upTo(top));
  });
});
