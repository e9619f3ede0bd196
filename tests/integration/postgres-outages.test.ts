/** Outages between a log and its PostgreSQL: the tail must not go deaf, and no acknowledgement may be wrong. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { MessageLog } from "../../src/log/log.ts";
import { entry } from "../contracts/log-changes.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { appendUntilStored, follow, noteBreaks, openNode, upTo } from "../support/postgres-logs.ts";
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
  const open = async (url: string): Promise<MessageLog> => {
    const log = await openNode(url);
    opened.push(log);
    return log;
  };
  /** A node behind a proxy, and another one that reaches the database directly. */
  async function openBoth() {
    const url = (await postgres?.createDatabase()) ?? "";
    const proxy = await startTcpProxy(postgres?.port ?? 0);
    proxies.push(proxy);
    return { proxy, behind: await open(proxy.urlOf(url)), direct: await open(url), url };
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

  test("acknowledges what a lost answer had stored, once", async () => {
    const { proxy, behind, direct } = await openBoth();
    const seen = follow(behind);
    await behind.append(entry("t", "m1"));
    for (let i = 2; i <= 6; i++) {
      proxy.swallowAnswerTo("COMMIT");
      const { entry: stored } = await behind.append(entry("t", `m${i}`));
      expect(stored.offset).toBe(i);
      expect(proxy.swallowed()).toBe(i - 1);
    }
    expect((await direct.read("t", { after: 0, limit: 10 })).map(({ id }) => id)).toEqual(
      upTo(6).map((i) => `m${i}`),
    );
    expect(seen.get("t")).toEqual(upTo(6));
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
});
