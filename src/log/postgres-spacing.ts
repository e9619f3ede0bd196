/**
 * Checks the time between two messages of an author inside an append to PostgreSQL. The topic's row is locked then, so that two
 * nodes cannot both accept a message. Entries that change others do not count.
 */
import type { NewEntry } from "./log.ts";
import type { Handle } from "./postgres-tables.ts";

const LAST_MESSAGES = `
  SELECT w.topic, w."user", max(e.at) AS at FROM unnest($1::bigint[], $2::text[]) AS w(topic, "user")
  JOIN kabar_entry e ON e.topic = w.topic AND e."user" = w."user" AND e.amends IS NULL GROUP BY w.topic, w."user"`;

/**
 * Reads when the authors of a batch last wrote. Returns a check for each entry in turn, which throws the error of its spacing
 * while its time is not over. `topicIdOf` and `now` (milliseconds since 1970) are those of the append.
 */
export async function createSpacingCheck(
  tx: Handle,
  batch: readonly NewEntry[],
  topicIdOf: (topic: string) => number,
  now: () => number,
): Promise<(entry: NewEntry) => void> {
  const spaced = batch.filter(({ spacing }) => spacing !== undefined);
  const lastAt = new Map<string, number>();
  if (spaced.length > 0) {
    const columns = [spaced.map(({ topic }) => topicIdOf(topic)), spaced.map(({ userId }) => userId)];
    const rows = (await tx.unsafe(LAST_MESSAGES, columns)) as { topic: string; user: string; at: string }[];
    for (const { topic, user, at } of rows) lastAt.set(`${topic} ${user}`, Number(at));
  }
  return ({ topic, userId, spacing }) => {
    if (!spacing) return;
    const key = `${topicIdOf(topic)} ${userId}`;
    const waitMs = (lastAt.get(key) ?? Number.NEGATIVE_INFINITY) + spacing.ms - now();
    // Another node's clock may be ahead: nobody waits for longer than the spacing.
    if (waitMs > 0) throw spacing.refuse(Math.min(waitMs, spacing.ms));
    lastAt.set(key, now());
  };
}
