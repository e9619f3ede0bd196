/**
 * The tables of a cluster in PostgreSQL, and their statements: nodes with leases, news, duties, shared secrets and files. Nodes, news
 * and duties are unlogged: they cost no fsync, and a crash of the database empties them, which every node notices.
 */
import type { SQL } from "bun";
import type { NodeInfo } from "./cluster.ts";
import { BACKEND } from "./postgres-backends.ts";

/** A node that was silent for longer has left. */
export const LEASE_S = 20;
/** News older than this is deleted; a node that did not look for as long has missed some. */
export const NEWS_KEPT_S = 60;
/** A duty passes to another node after this silence. */
const DUTY_S = 90;
/** Rows of nodes that ended without leaving go after this time. */
const FORGET_NODE_S = 600;

/** Creates the tables. */
export const CLUSTER_TABLES = `
  CREATE UNLOGGED TABLE kabar_node (
    id text PRIMARY KEY,
    name text NOT NULL,
    version text NOT NULL,
    settings text NOT NULL,
    started timestamptz NOT NULL DEFAULT now(),
    seen timestamptz NOT NULL DEFAULT now()
  );
  CREATE UNLOGGED TABLE kabar_news (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node text NOT NULL,
    piece bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    written xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kind text NOT NULL,
    body text NOT NULL,
    UNIQUE (node, piece)
  );
  CREATE INDEX kabar_news_written ON kabar_news (written);
  CREATE UNLOGGED TABLE kabar_duty (name text PRIMARY KEY, node text NOT NULL, until timestamptz NOT NULL);
  CREATE TABLE kabar_secret (name text PRIMARY KEY, value text NOT NULL);
  CREATE TABLE kabar_file (path text PRIMARY KEY, content text NOT NULL);`;

const POSITION = `pg_snapshot_xmin(pg_current_snapshot())::text AS next, ${BACKEND} AS backend`;
const READ_NEWS = `
  SELECT ${POSITION},
    (SELECT coalesce(json_agg(json_build_array(node, piece, kind, body) ORDER BY number), '[]')::text
     FROM kabar_news WHERE written >= $1::xid8 AND node <> $2) AS news`;

/** A piece of news as its node tells it: `piece` counts those of the node from 1, `body` is JSON. */
export interface ToldNews {
  piece: number;
  kind: string;
  body: string;
}

export type NewsRow = ToldNews & { node: string };

export type NodeRow = NodeInfo & { settings: string; silentS: number };

/** Writes this node's row. */
export async function writeNode(
  sql: SQL,
  id: string,
  { name, version, settings }: { name: string; version: string; settings: string },
): Promise<void> {
  await sql`INSERT INTO kabar_node (id, name, version, settings) VALUES (${id}, ${name}, ${version}, ${settings})
    ON CONFLICT (id) DO UPDATE SET seen = now()`;
}

/** The payload of a notification that says nothing but that notifications arrive. */
export const RENEWED = "renewed";

/**
 * Renews the lease of a node, and sends a notification: where it comes back, hints of news arrive, too. Resolves to all nodes
 * with a row; `silentS` of the node itself is the time since its last renewal. Without a row for the node, it has to join anew.
 */
export async function renewNode(sql: SQL, id: string, channel: string): Promise<NodeRow[]> {
  // A statement sees the rows as they were before it: the node's own row, too.
  const rows: {
    id: string;
    name: string;
    version: string;
    settings: string;
    started: number;
    seen: number;
    silent: number;
  }[] =
    await sql`WITH renewed AS (UPDATE kabar_node SET seen = now() WHERE id = ${id} RETURNING pg_notify(${channel}, ${RENEWED}))
    SELECT id, name, version, settings, (SELECT count(*) FROM renewed) AS renewed,
      (extract(epoch FROM started) * 1000)::float8 AS started, (extract(epoch FROM seen) * 1000)::float8 AS seen,
      extract(epoch FROM now() - seen)::float8 AS silent
    FROM kabar_node ORDER BY started, id`;
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    version: row.version,
    settings: row.settings,
    startedAt: Math.round(row.started),
    seenAt: Math.round(row.seen),
    silentS: row.silent,
  }));
}

/** Removes a node's row. */
export async function removeNode(sql: SQL, id: string): Promise<void> {
  await sql`DELETE FROM kabar_node WHERE id = ${id}`;
}

/** Appends news of a node, in the given order. A piece that is stored already stays as it is. */
export async function writeNews(sql: SQL, node: string, news: readonly ToldNews[]): Promise<void> {
  const items = JSON.stringify(news.map(({ piece, kind, body }) => [piece, kind, body]));
  await sql`INSERT INTO kabar_news (node, piece, kind, body)
    SELECT ${node}, (item->>0)::bigint, item->>1, item->>2 FROM jsonb_array_elements(${items}::text::jsonb)
      WITH ORDINALITY AS list(item, place) ORDER BY place ON CONFLICT (node, piece) DO NOTHING`;
}

/** A position in the news: the oldest transaction that ran at a look, and the server process that answered it. */
export interface NewsPosition {
  next: string;
  backend: string;
}

/** The position before all news. */
export const FIRST_NEWS = "0";

/**
 * News of other nodes since a position, in order, and the position for the next look. A transaction that was under way at the
 * look before is found by this one, and some news by both.
 */
export async function readNews(
  sql: SQL,
  node: string,
  since: string,
): Promise<NewsPosition & { news: NewsRow[] }> {
  const [row] = (await sql.unsafe(READ_NEWS, [since, node])) as [NewsPosition & { news: string }];
  const items = JSON.parse(row.news) as [string, number, string, string][];
  return { ...row, news: items.map(([from, piece, kind, body]) => ({ node: from, piece, kind, body })) };
}

/** The position of a first look. */
export async function newsPosition(sql: SQL): Promise<NewsPosition> {
  const [row] = (await sql.unsafe(`SELECT ${POSITION}`)) as [NewsPosition];
  return row;
}

/** Deletes news and nodes that are past their time. */
export async function sweepCluster(sql: SQL): Promise<void> {
  await sql`DELETE FROM kabar_news WHERE at < now() - ${`${NEWS_KEPT_S} s`}::interval`;
  await sql`DELETE FROM kabar_node WHERE seen < now() - ${`${FORGET_NODE_S} s`}::interval`;
}

/** Takes or renews a duty. Resolves to false while another node that is alive has it. */
export async function takeDuty(sql: SQL, name: string, node: string): Promise<boolean> {
  const [until, lease] = [`${DUTY_S} s`, `${LEASE_S} s`];
  const rows =
    await sql`INSERT INTO kabar_duty (name, node, until) VALUES (${name}, ${node}, now() + ${until}::interval)
    ON CONFLICT (name) DO UPDATE SET node = ${node}, until = now() + ${until}::interval
      WHERE kabar_duty.node = ${node} OR kabar_duty.until < now() OR NOT EXISTS
        (SELECT FROM kabar_node n WHERE n.id = kabar_duty.node AND n.seen >= now() - ${lease}::interval)
      RETURNING name`;
  return rows.length > 0;
}

/** Gives a node's duties back. */
export async function returnDuties(sql: SQL, node: string): Promise<void> {
  await sql`DELETE FROM kabar_duty WHERE node = ${node}`;
}

/** The shared secret under a name; `make` creates it when there is none. */
export async function sharedSecret(sql: SQL, name: string, make: () => string): Promise<string> {
  const read = async (): Promise<string | undefined> =>
    (await sql`SELECT value FROM kabar_secret WHERE name = ${name}`)[0]?.value;
  const known = await read();
  if (known !== undefined) return known;
  const made = make();
  await sql`INSERT INTO kabar_secret (name, value) VALUES (${name}, ${made}) ON CONFLICT DO NOTHING`;
  // Another node may have been first.
  return (await read()) ?? made;
}

/** Adds files; one that is there stays as it is. */
export async function addFiles(sql: SQL, files: ReadonlyMap<string, string>): Promise<void> {
  const [paths, contents] = [[...files.keys()], [...files.values()]];
  await sql.unsafe(
    "INSERT INTO kabar_file (path, content) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING",
    [paths, contents],
  );
}

/** The content of a file; undefined when there is none. */
export async function readFile(sql: SQL, path: string): Promise<string | undefined> {
  const [row] = await sql`SELECT content FROM kabar_file WHERE path = ${path}`;
  return row?.content;
}
