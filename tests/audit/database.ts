/**
 * The database of an audit with nodes: a PostgreSQL of its own behind a gate. It crashes and comes back, its connections are
 * terminated one by one, its network falls silent, and a standby takes its place.
 */
import { runPgBouncer } from "../support/pgbouncer.ts";
import { type RunningPostgres, startPostgres, startStandby } from "../support/postgres.ts";
import { startGate } from "./gate.ts";
import type { Findings } from "./findings.ts";
import type { Random } from "./random.ts";

/** Room for the connections of nodes that were killed and are not missed yet. */
const SETTINGS = { max_connections: "200", wal_keep_size: "256MB" };
/** A standby that does not follow within this time never will. */
const FOLLOW_MS = 30_000;

const FOLLOWERS = `
  SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND flush_lsn >= pg_current_wal_flush_lsn() - 1000000`;

/** What a connection of a node is for, by its last statement. */
const PURPOSES: readonly (readonly [RegExp, string])[] = [
  [/\blisten\b/i, "listen"],
  [/insert into kabar_entry|kabar_topic .*for update|^commit|^begin/is, "append"],
  [/t\.changed >=|as w\(topic, after\)/is, "tail"],
];
const purposeOf = (statement: string): string =>
  PURPOSES.find(([pattern]) => pattern.test(statement))?.[1] ?? "other";

export type Database = Awaited<ReturnType<typeof startDatabase>>;

/** How the nodes reach the log. */
export interface DatabaseOptions {
  /** Databases of the one PostgreSQL that share the topics. */
  databases: number;
  /** Whether a PgBouncer in transaction mode stands between the nodes and the gate. */
  isPooled: boolean;
}
/** The server's connections of a pooler for each database: enough that the nodes' transactions seldom wait for one. */
const POOL_SIZE = 20;

/** Starts the database; `url` is its address, or those of several, through the gate. */
export async function startDatabase(
  findings: Findings,
  random: Random,
  { databases, isPooled }: DatabaseOptions,
) {
  let primary: RunningPostgres = await startPostgres({ settings: SETTINGS, isKept: true });
  let standby: RunningPostgres | undefined;
  const gate = await startGate(() => primary.port);
  const names: string[] = [];
  for (let i = 0; i < databases; i++) names.push(new URL(await primary.createDatabase()).pathname.slice(1));
  const pooler = isPooled ? await runPgBouncer(gate.port, POOL_SIZE) : undefined;
  const addressOf = (name: string): string => {
    const url = `postgres://kabar@127.0.0.1:${gate.port}/${name}`;
    return pooler?.urlOf(url) ?? url;
  };

  const ask = <T = Record<string, unknown>>(statement: string): Promise<T[]> => primary.query<T>(statement);

  async function untilFollowing(): Promise<void> {
    const until = performance.now() + FOLLOW_MS;
    while ((await ask(FOLLOWERS)).length === 0) {
      if (performance.now() > until) throw new Error("the standby does not follow");
      await Bun.sleep(50);
    }
  }
  async function bringStandby(): Promise<RunningPostgres> {
    standby = await startStandby(primary, { settings: SETTINGS, isKept: true });
    await untilFollowing();
    return standby;
  }
  /** The primary crashes, the standby becomes the primary. */
  async function promote(next: RunningPostgres): Promise<void> {
    await next.promote();
    const before = primary;
    primary = next;
    standby = undefined;
    gate.cut();
    await before.remove();
    findings.add("standbys promoted");
  }

  return {
    url: names.map(addressOf).join(" "),

    /** Crashes, stays away for a while, and comes back. `whileAway` runs meanwhile. */
    async crash(awayMs: number, whileAway: () => Promise<void>): Promise<void> {
      await primary.stop("immediate");
      findings.add("database crashes");
      await Promise.all([Bun.sleep(awayMs), whileAway()]);
      await primary.start();
    },

    /** Terminates the nodes' connections one after another, in any order, under load. */
    async terminate(): Promise<void> {
      const rows = await ask<{ pid: number; query: string }>(
        `SELECT pid, query FROM pg_stat_activity WHERE datname IN ('${names.join("', '")}') AND pid <> pg_backend_pid()`,
      );
      for (const { pid, query } of rows.sort(() => random.next() - 0.5)) {
        const [row] = await ask<{ done: boolean }>(`SELECT pg_terminate_backend(${Number(pid)}) AS done`);
        if (row?.done) findings.add(`terminated ${purposeOf(query)}`);
        await Bun.sleep(random.int(0, 60));
      }
    },

    /** Nothing passes between nodes and database for a while; then all of it, or every connection is lost. */
    async blackHole(ms: number): Promise<void> {
      gate.hole();
      await Bun.sleep(ms);
      const isLost = random.chance(0.5);
      gate.open({ isLost });
      findings.add(isLost ? "black holes, connections lost" : "black holes, connections kept");
    },

    /** A standby has everything that is acknowledged, and takes the place of a primary that crashes. */
    async failOver(live: () => Promise<void>): Promise<void> {
      const next = await bringStandby();
      // Commits that were under way may not wait for the standby yet; those of `live` do.
      await primary.configure("synchronous_standby_names", "*");
      await live();
      await primary.stop("immediate");
      await promote(next);
    },

    /** A standby that has fallen behind takes the place of a primary that crashes: `live` is what it lacks. */
    async fork(live: () => Promise<void>, beforeCrash: () => Promise<void>): Promise<void> {
      const next = await bringStandby();
      await next.stop();
      await live();
      await beforeCrash();
      await primary.stop("immediate");
      await next.start();
      await promote(next);
      findings.add("forks of the database");
    },

    async stop(): Promise<void> {
      await pooler?.stop();
      gate.stop();
      await Promise.all([primary.remove(), standby?.remove()]);
    },
    /** Ends everything without waiting. */
    abandon(): void {
      void pooler?.stop();
      primary.abandon();
      standby?.abandon();
    },
  };
}
