/**
 * Facts about a PostgreSQL server: whether it can hold a log, which of its settings weaken the promise of delivery, and
 * which history it has. Reads settings only; needs no more rights than any user has.
 */
import { StartError } from "../errors.ts";
import type { LogWarning } from "../named-sentences.ts";
import type { Handle } from "./postgres-tables.ts";

/** `server_version_num` of PostgreSQL 13: `pg_current_xact_id` and the type `xid8` are as old. */
const OLDEST_SERVER = 130_000;
/** Connections for reads. */
export const READERS = 4;
/**
 * Connections that a node holds at most: one each to append, for the tail, to index for the search, to listen, to send hints, and
 * two for news of other nodes, besides those for reads.
 */
const CONNECTIONS = READERS + 7;

const WHAT = `SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS name,
  pg_is_in_recovery() AS standby, current_setting('server_encoding') AS encoding`;
const SETTINGS = `
  SELECT name, setting FROM pg_settings
  WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names')`;
const ROOM = `
  SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true)::int, 0) AS server,
    (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user AND NOT rolsuper) AS role,
    (SELECT datconnlimit FROM pg_database WHERE datname = current_database()) AS database,
    (SELECT sum(numbackends)::int FROM pg_stat_database) AS used,
    (SELECT count(*)::int FROM pg_stat_replication) AS standbys`;

/** Identities, the best first: system identifier and timeline tell databases apart, the server's start tells a restored one. */
const IDENTITIES = [
  `(SELECT system_identifier FROM pg_control_system()) || ' ' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) || ' '
    || extract(epoch FROM pg_postmaster_start_time())`,
  `left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) || ' ' || extract(epoch FROM pg_postmaster_start_time())`,
  `extract(epoch FROM pg_postmaster_start_time())::text`,
];

/** Throws StartError when the server can't hold a log. */
export async function requireServer(sql: Handle): Promise<void> {
  const [server] = (await sql.unsafe(WHAT)) as {
    version: number;
    name: string;
    standby: boolean;
    encoding: string;
  }[];
  if (!server) throw new StartError("PostgreSQL did not say its version.");
  if (server.version < OLDEST_SERVER)
    throw new StartError(`PostgreSQL ${server.name} is too old: Kabar needs version 13 or newer.`);
  if (server.standby)
    throw new StartError("The database is a standby and can only be read: name the primary's address.");
  if (server.encoding !== "UTF8")
    throw new StartError(
      `The database's encoding is ${server.encoding}, which lacks most letters: create it with ENCODING 'UTF8'.`,
    );
}

/**
 * The expression that identifies the history of the database: it changes when a standby is promoted, a backup is restored, or the
 * server restarts. Some hosts let a user read less of it.
 */
export async function findIdentity(sql: Handle): Promise<string> {
  for (const expression of IDENTITIES) {
    const worked = await sql.unsafe(`SELECT ${expression} AS identity`).then(
      () => true,
      (error: { errno?: string }) => {
        if (/^(42|0A)/.test(error.errno ?? "")) return false;
        throw error;
      },
    );
    if (worked) return expression;
  }
  return "''";
}

const WEAK: readonly [setting: string, code: LogWarning["code"], meaning: string][] = [
  ["fsync", "fsync-off", "a power cut can damage the whole database"],
  ["full_page_writes", "full-page-writes-off", "a power cut can damage pages of the database"],
  ["synchronous_commit", "synchronous-commit-off", "a crash loses messages that were acknowledged"],
];

/** What weakens the promise of delivery, one sentence each. */
export async function readWarnings(sql: Handle): Promise<LogWarning[]> {
  const rows = (await sql.unsafe(SETTINGS)) as { name: string; setting: string }[];
  const settings = new Map(rows.map(({ name, setting }) => [name, setting]));
  const [room] = (await sql.unsafe(ROOM)) as Record<
    "server" | "role" | "database" | "used" | "standbys",
    number | null
  >[];
  const warnings = WEAK.flatMap(([name, code, meaning]): LogWarning[] =>
    settings.get(name) === "off" ? [{ code, text: `PostgreSQL's ${name} is off: ${meaning}.` }] : [],
  );
  const standbyNames = settings.get("synchronous_standby_names") ?? "";
  if (standbyNames === "" && (room?.standbys ?? 0) > 0)
    warnings.push({
      code: "standby-not-awaited",
      text: "PostgreSQL does not wait for its standby (synchronous_standby_names is empty): after a failover the newest acknowledged messages may be missing, and readers receive a gap.",
    });
  if (standbyNames !== "" && settings.get("synchronous_commit") === "local")
    warnings.push({
      code: "commit-local",
      text: "PostgreSQL's synchronous_commit is local: it does not wait for its synchronous standby, and a failover may lose acknowledged messages.",
    });
  const limits = [room?.server, room?.role, room?.database].filter(
    (n): n is number => typeof n === "number" && n >= 0,
  );
  const most = Math.min(...limits);
  if (most < 2 * CONNECTIONS)
    warnings.push({
      code: "few-connections",
      text: `PostgreSQL allows ${most} connections here, and a node holds up to ${CONNECTIONS}: a second node would be refused (max_connections, or CONNECTION LIMIT of the user or the database).`,
      most,
      held: CONNECTIONS,
    });
  return warnings;
}
