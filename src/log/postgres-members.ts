/**
 * Membership of databases in a log: each has an id of its own, and knows the ids of all that share the log. A server whose
 * list of databases differs would look for topics where they are not, and begin them anew: such a start is refused.
 */
import type { SQL } from "bun";
import { databaseName } from "../database-address.ts";
import { StartError } from "../errors.ts";
import { createEpoch } from "./log.ts";
import { createPlacement } from "./placement.ts";
import { createLane } from "./postgres-lane.ts";
import { prepareSchema, SCHEMA_LOCK } from "./postgres-schema.ts";
import { type Handle, topicNames, TRANSACTION } from "./postgres-tables.ts";
import { troubleOf } from "./postgres-trouble.ts";

const HAS_TABLE = `SELECT to_regclass('kabar_member') IS NOT NULL AS present`;
const CREATE = `
  CREATE TABLE kabar_member (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    id text NOT NULL,
    peers text[] NOT NULL DEFAULT '{}',
    move text
  )`;
const ADD = `INSERT INTO kabar_member (id) VALUES ($1) ON CONFLICT DO NOTHING`;
const READ = `SELECT id, peers, move FROM kabar_member`;
const SET_PEERS = `UPDATE kabar_member SET peers = $1::text[]`;
/** How long a database may take to make or migrate its tables, other nodes' turns included. */
const DEADLINE_MS = 60_000;
/** Names read with one statement. */
const NAMES_AT_ONCE = 5000;

/** What a database knows of the log that it is a part of. */
export interface Member {
  id: string;
  /** The ids of all databases of the log, the first one first; empty before the first start of a server. */
  peers: string[];
  /** The state of an unfinished move into this database. */
  move: string | undefined;
}

/** Reads a database's membership, and makes its id if it has none. */
export const prepareMember = (sql: SQL): Promise<Member> =>
  sql.begin(TRANSACTION, async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK}::bigint)`;
    const [table] = (await tx.unsafe(HAS_TABLE)) as { present: boolean }[];
    // A user who may not create tables can still open a log that has all of them.
    if (!table?.present) await tx.unsafe(CREATE);
    await tx.unsafe(ADD, [createEpoch()]);
    const [row] = (await tx.unsafe(READ)) as { id: string; peers: string[]; move: string | null }[];
    if (!row) throw new Error("The database has no id.");
    return { id: row.id, peers: [...row.peers], move: row.move ?? undefined };
  });

/** Ids of a log's databases in the order in which they are recorded: only the first has a place. */
const peersOf = ([first, ...others]: readonly string[]): string[] =>
  first === undefined ? [] : [first, ...others.sort()];

/** Records the databases that share the log. */
export const setPeers = (sql: Handle, ids: readonly string[]) => sql.unsafe(SET_PEERS, [peersOf(ids)]);

const MOVE = "run `kabar move` (docs/OPERATIONS.md) first";

/** The first topic of a database that belongs to another one. */
async function findMisplaced(sql: SQL, isHere: (topic: string) => boolean): Promise<string | undefined> {
  for (let after = ""; ;) {
    const names = await topicNames(sql, after, NAMES_AT_ONCE);
    const found = names.find((name) => !isHere(name));
    if (found !== undefined || names.length < NAMES_AT_ONCE) return found;
    after = names.at(-1) ?? after;
  }
}

/** Refuses databases that are not, together, the log that a server would continue. Throws StartError. */
function requireWhole(members: readonly Member[], names: readonly string[]): void {
  const ids = members.map(({ id }) => id);
  members.forEach(({ id, peers, move }, i) => {
    const twin = ids.indexOf(id);
    if (twin < i)
      throw new StartError(`log names one database twice, or a copy of one: ${names[twin]} and ${names[i]}.`);
    if (move !== undefined)
      throw new StartError(
        `the move of a log to ${names[i]} is not finished: run the same \`kabar move\` again.`,
      );
    const absent = peers.filter((peer) => !ids.includes(peer)).length;
    if (absent > 0)
      throw new StartError(
        `${names[i]} shares its log with ${absent === 1 ? "a database" : `${absent} databases`} that log does not name: name all of them, or ${MOVE}.`,
      );
    // The control topic and the nodes' own tables are there: nodes with another first one would not find them.
    const [first = ids[0]] = peers;
    if (first !== undefined && first !== ids[0])
      throw new StartError(
        `${names[ids.indexOf(first)]} is the first database of its log: name it first, or ${MOVE}.`,
      );
  });
}

/**
 * Checks that the databases, in this order, hold one log and every topic where a server looks for it. Resolves to their ids.
 * Throws StartError otherwise, or when one of them does not answer.
 */
export async function requireMembers(addresses: readonly string[]): Promise<string[]> {
  const names = addresses.map(databaseName);
  const lanes = addresses.map((url) => createLane({ url, isPooled: true, deadlineMs: DEADLINE_MS }));
  const ask = <T>(i: number, run: (sql: SQL) => Promise<T>): Promise<T> => {
    const lane = lanes[i];
    if (!lane) throw new Error("There is no such database.");
    return lane.inOrder(run).catch((error) => {
      const reason =
        error instanceof StartError ? error.message : `The log can't be opened: ${troubleOf(error)}.`;
      throw new StartError(addresses.length > 1 ? `${names[i]}: ${reason}` : reason);
    });
  };
  try {
    const members = await Promise.all(
      addresses.map((_, i) =>
        ask(i, async (sql) => {
          await prepareSchema(sql);
          return prepareMember(sql);
        }),
      ),
    );
    requireWhole(members, names);
    const ids = members.map(({ id }) => id);
    const placeOf = createPlacement(ids);
    for (const i of ids.length > 1 ? ids.keys() : []) {
      const topic = await ask(i, (sql) => findMisplaced(sql, (name) => placeOf(name) === i));
      if (topic !== undefined)
        throw new StartError(
          `${names[i]} holds the topic ${topic}, which belongs to ${names[placeOf(topic)]} with this list of databases: ${MOVE}.`,
        );
    }
    const peers = peersOf(ids);
    for (const [i, member] of members.entries())
      if (member.peers.join(" ") !== peers.join(" "))
        await ask(i, (sql) => sql.begin(TRANSACTION, (tx) => setPeers(tx, peers)));
    return ids;
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}
