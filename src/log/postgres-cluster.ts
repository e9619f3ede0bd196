/**
 * News between the nodes of a PostgreSQL log, over NOTIFY. Each node sends a sign of life at intervals; one that has been
 * silent for a lease is gone. Payloads that NOTIFY does not carry go through a small unlogged table.
 */
import { SQL } from "bun";
import type { Logger } from "../logger.ts";
import { type Cluster, createNodeId } from "./cluster.ts";
import { createLane } from "./postgres-lane.ts";

const CHANNEL = "kabar_news";
/** PostgreSQL refuses payloads of 8,000 bytes and more. */
const MAX_PAYLOAD_BYTES = 7_900;
const ALIVE_EVERY_MS = 5_000;
/** A node that has been silent for so long is gone, and its people with it. */
const LEASE_MS = 20_000;
/** Large news stays in the table for so long, for nodes that read it late. */
const KEEP_NEWS_S = 60;
const CREATE = `
  CREATE UNLOGGED TABLE IF NOT EXISTS kabar_news (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data text NOT NULL, at timestamptz NOT NULL DEFAULT now())`;

interface News {
  from: string;
  kind: string;
  data?: unknown;
  /** The row that has the news, where it is too large for a notification. */
  row?: string;
}

export interface PostgresClusterOptions {
  url: string;
  logger: Logger;
  now?: () => number;
}

/** Joins the cluster of a database. Rejects when the database can't be reached. */
export async function joinCluster({ url, logger, now = Date.now }: PostgresClusterOptions): Promise<Cluster> {
  const id = createNodeId();
  const lane = createLane(url, 2);
  const listeners = new Map<string, ((data: unknown, from: string) => void)[]>();
  const gapListeners: (() => void)[] = [];
  const goneListeners: ((node: string) => void)[] = [];
  const heard = new Map<string, number>();
  await lane.inOrder((sql) =>
    sql.begin(async (tx) => {
      await tx`SELECT pg_advisory_xact_lock(${0x6b61626173}::bigint)`;
      await tx.unsafe(CREATE);
    }),
  );

  const warn = (err: unknown): void => logger.warn({ err }, "news between nodes was not sent");

  async function post(news: News): Promise<void> {
    const text = JSON.stringify(news);
    if (Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES)
      return lane.anytime(async (sql) => void (await sql.notify(CHANNEL, text)));
    const { from, kind, data } = news;
    await lane.anytime(async (sql) => {
      const [{ row }] =
        await sql`INSERT INTO kabar_news (data) VALUES (${JSON.stringify(data)}) RETURNING id::text AS row`;
      await sql.notify(CHANNEL, JSON.stringify({ from, kind, row } satisfies News));
    });
  }

  function loseNode(node: string): void {
    if (heard.delete(node)) for (const listener of goneListeners) listener(node);
  }

  async function receive(text: string): Promise<void> {
    const news = JSON.parse(text) as News;
    if (news.from === id) return;
    if (news.kind === "gone") return loseNode(news.from);
    heard.set(news.from, now());
    let { data } = news;
    if (news.row !== undefined) {
      const { row } = news;
      const [found] = await lane.anytime((sql) => sql`SELECT data FROM kabar_news WHERE id = ${row}::bigint`);
      if (!found) return;
      data = JSON.parse(found.data);
    }
    for (const listener of listeners.get(news.kind) ?? []) listener(data, news.from);
  }

  const client = new SQL(url, { max: 1, connection: { idle_session_timeout: 0 } });
  const subscription = await client.listen(
    CHANNEL,
    (payload) => void receive(payload).catch(warn),
    () => {
      // First subscribed, or subscribed again: what was sent meanwhile is not known.
      for (const listener of gapListeners) listener();
    },
  );
  const alive = setInterval(() => {
    post({ from: id, kind: "alive" }).catch(warn);
    for (const [node, at] of heard) if (now() - at > LEASE_MS) loseNode(node);
    lane
      .anytime((sql) => sql`DELETE FROM kabar_news WHERE at < now() - make_interval(secs => ${KEEP_NEWS_S})`)
      .catch(() => undefined);
  }, ALIVE_EVERY_MS);
  await post({ from: id, kind: "alive" }).catch(warn);

  return {
    id,
    send: (kind, data) => void post({ from: id, kind, data }).catch(warn),
    on(kind, listener) {
      listeners.set(kind, [...(listeners.get(kind) ?? []), listener]);
    },
    onGap: (listener) => void gapListeners.push(listener),
    onGone: (listener) => void goneListeners.push(listener),

    async alone(name, work) {
      const reserved = new SQL(url, { max: 1 });
      try {
        const [{ free }] =
          await reserved`SELECT pg_try_advisory_lock(hashtextextended(${`kabar ${name}`}, 0)) AS free`;
        if (free) await work();
        return free as boolean;
      } finally {
        // Closing the connection releases the lock.
        await reserved.close({ timeout: 1 });
      }
    },

    nodes: () => [
      { id, silentMs: 0, self: true },
      ...[...heard].map(([node, at]) => ({ id: node, silentMs: now() - at, self: false })),
    ],

    async close() {
      clearInterval(alive);
      await post({ from: id, kind: "gone" }).catch(() => undefined);
      await subscription.unlisten().catch(() => undefined);
      await client.close({ timeout: 1 });
      await lane.close();
    },
  };
}
