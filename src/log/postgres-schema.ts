/**
 * The schema of a PostgreSQL log: makes and migrates its tables under an advisory lock. Their names begin with `kabar_`, so that
 * a database can be shared.
 */
import type { SQL } from "bun";
import { StartError } from "../errors.ts";
import { createEpoch } from "./log.ts";
import { AUTHOR_TABLES } from "./postgres-authors.ts";
import { CLUSTER_TABLES } from "./postgres-cluster-tables.ts";
import { requireServer } from "./postgres-server.ts";
import { SEARCH_TABLES, SEARCH_TIMES } from "./postgres-search-tables.ts";
import { TRANSACTION } from "./postgres-tables.ts";

/**
 * Entries without a foreign key to their topic, which PostgreSQL checked for each by a statement: a fifth of the cost of an entry.
 * An append holds its topic's row, so that only the end of a topic has to be guarded. Locks in the order of appends.
 */
const FREE_ENTRIES = `
  LOCK TABLE kabar_topic IN ACCESS EXCLUSIVE MODE;
  ALTER TABLE kabar_entry DROP CONSTRAINT IF EXISTS kabar_entry_topic_fkey;
  CREATE FUNCTION kabar_topic_ends() RETURNS trigger LANGUAGE plpgsql AS $body$
  BEGIN
    IF EXISTS (SELECT 1 FROM kabar_entry WHERE topic = OLD.id) THEN
      RAISE foreign_key_violation USING MESSAGE = 'the topic ' || OLD.name || ' has entries';
    END IF;
    RETURN NULL;
  END $body$;
  CREATE TRIGGER kabar_topic_ends AFTER DELETE ON kabar_topic FOR EACH ROW EXECUTE FUNCTION kabar_topic_ends();`;

/** The changes of the tables since version 1, in order. A node of the version before goes on beside. */
const MIGRATIONS: readonly string[] = [
  CLUSTER_TABLES,
  SEARCH_TABLES,
  FREE_ENTRIES,
  AUTHOR_TABLES,
  SEARCH_TIMES,
];
const SCHEMA_VERSION = 1 + MIGRATIONS.length;
/** Nodes that start together make the tables one after another: the key of their advisory lock ("kabar" in ASCII). */
export const SCHEMA_LOCK = 0x6b61626172;

const CREATE = `
  CREATE TABLE kabar_log (schema integer NOT NULL, epoch text NOT NULL);
  CREATE TABLE kabar_topic (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE COLLATE "C",
    epoch text NOT NULL,
    first bigint NOT NULL DEFAULT 1,
    top bigint NOT NULL DEFAULT 0,
    at bigint NOT NULL DEFAULT 0,
    tag text NOT NULL DEFAULT '',
    trimmed text NOT NULL DEFAULT '',
    changed xid8 NOT NULL DEFAULT pg_current_xact_id()
  );
  CREATE TABLE kabar_past (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, epoch text NOT NULL UNIQUE);
  CREATE INDEX kabar_topic_changed ON kabar_topic (changed);
  CREATE TABLE kabar_entry (
    topic bigint NOT NULL REFERENCES kabar_topic,
    "offset" bigint NOT NULL,
    "user" text NOT NULL COLLATE "C",
    id text NOT NULL COLLATE "C",
    at bigint NOT NULL,
    tag text NOT NULL,
    body text NOT NULL,
    proof text,
    amends bigint[],
    PRIMARY KEY (topic, "offset"),
    UNIQUE (topic, "user", id)
  );`;

/** Makes the tables unless they are there. Throws StartError when the database can't hold a log. */
export async function prepareSchema(sql: SQL): Promise<void> {
  await requireServer(sql);
  await sql.begin(TRANSACTION, async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK}::bigint)`;
    const [{ present }] = await tx`SELECT to_regclass('kabar_log') IS NOT NULL AS present`;
    if (!present) {
      await tx.unsafe(CREATE);
      await tx`INSERT INTO kabar_log (schema, epoch) VALUES (1, ${createEpoch()})`;
    }
    const [{ schema }] = await tx`SELECT schema FROM kabar_log`;
    if (schema > SCHEMA_VERSION)
      throw new StartError(
        `The database is from a newer Kabar (schema ${schema}); this one knows ${SCHEMA_VERSION}.`,
      );
    for (const migration of MIGRATIONS.slice(schema - 1)) await tx.unsafe(migration);
    if (schema < SCHEMA_VERSION) await tx`UPDATE kabar_log SET schema = ${SCHEMA_VERSION}`;
  });
}
