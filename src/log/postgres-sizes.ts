/** Sizes in a PostgreSQL log: of topics, by a few of their entries, and of the whole database. */
import type { SQL } from "bun";
import { createKeptAnswer } from "../kept-answer.ts";
import type { MessageLog } from "./log.ts";
import { offsetsToWeigh, sizeOf } from "./topic-sizes.ts";

const FIND_PLACES = "SELECT id, name, first, top FROM kabar_topic WHERE name = ANY($1::text[])";
/** By a lookup for each entry: the planner could prefer to read the whole table for a list of places. */
const WEIGH = `
  SELECT place.topic, count(weight.bytes)::float8 AS found, coalesce(sum(weight.bytes), 0)::float8 AS bytes
  FROM unnest($1::bigint[], $2::bigint[]) AS place (topic, "offset"),
    LATERAL (
      SELECT octet_length(body) AS bytes FROM kabar_entry
      WHERE topic = place.topic AND "offset" = place."offset" LIMIT 1
    ) AS weight
  GROUP BY place.topic`;
const DATABASE_BYTES = "SELECT pg_database_size(current_database())::float8 AS bytes";

/** How often the database is measured while somebody wants to know: it looks at all of its files. */
const MEASURE_EVERY_MS = 60_000;
const PATIENCE_MS = 500;

/** Creates the sizes; `readable` runs a read on a free connection. */
export function createSizes(
  readable: <T>(run: (sql: SQL) => Promise<T>) => Promise<T>,
): Pick<MessageLog, "sizes" | "storedBytes"> {
  return {
    sizes: (topics) =>
      readable(async (sql) => {
        const found = (await sql.unsafe(FIND_PLACES, [[...topics]])) as Record<
          "id" | "name" | "first" | "top",
          string
        >[];
        const rows = found.map(({ id, name, first, top }) => ({
          id,
          name,
          first: Number(first),
          top: Number(top),
        }));
        const places = rows.flatMap((row) => offsetsToWeigh(row).map((offset) => ({ id: row.id, offset })));
        const weights = (await sql.unsafe(WEIGH, [
          places.map(({ id }) => id),
          places.map(({ offset }) => offset),
        ])) as { topic: string; found: number; bytes: number }[];
        const weightOf = new Map(weights.map((weight) => [weight.topic, weight]));
        const sizes = new Map(
          rows.map((row) => {
            const { found: count = 0, bytes = 0 } = weightOf.get(row.id) ?? {};
            return [row.name, sizeOf(row, count, bytes)];
          }),
        );
        return topics.map((topic) => sizes.get(topic) ?? 0);
      }),

    storedBytes: createKeptAnswer({
      ask: () =>
        readable(async (sql) => {
          const [row] = (await sql.unsafe(DATABASE_BYTES)) as { bytes: number }[];
          return row?.bytes;
        }),
      everyMs: MEASURE_EVERY_MS,
      patienceMs: PATIENCE_MS,
    }),
  };
}
