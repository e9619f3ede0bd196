/** A log of many topics, filled by SQL: what the server would have stored, sooner. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { openLogIn } from "./log.ts";

const DAY_MS = 86_400_000;

export interface ManyTopics {
  topics: number;
  messagesEach: number;
  /** Messages of the topic `lobby`. */
  lobby: number;
  /** Changes in the audit log; a third of them reports that are open. */
  changes: number;
  /** Every tenth topic's messages are so many days old. */
  oldDays: number;
}

/** Fills a folder. Every twentieth message is by `u:alice`, others mention her or have a reaction of hers. */
export async function fillManyTopics(dataDir: string, sizes: ManyTopics): Promise<void> {
  const log = openLogIn(dataDir);
  for (const topic of ["$control", "lobby"])
    await log.append({
      topic,
      userId: "operator",
      id: "first",
      body: '{"key":"n:0","value":1,"by":"operator"}',
    });
  await log.trim("lobby", 1);
  await log.close();
  const db = new Database(join(dataDir, "kabar.db"));
  const now = Date.now();
  db.run("PRAGMA synchronous = OFF");
  const bodyOf =
    "json_object('user', json_object('id', u, 'name', 'Fan', 'role', 'user'), 'text', 'a line of chat '||k)";
  const numbers = (to: string) =>
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${to})`;
  db.run(
    `${numbers("?1")} INSERT INTO topic (name, epoch, first, top, at, tag, trimmed)
     SELECT 'post-'||i, (SELECT epoch FROM log), 1, ?2, ?3 - (i % 10 = 0) * ?4, 'abcde', '' FROM n`,
    [sizes.topics, sizes.messagesEach, now, sizes.oldDays * DAY_MS],
  );
  db.run(
    `INSERT INTO entry (topic, offset, user, id, at, tag, body)
     SELECT id, k, u, 'm'||k, at, 'abcde',
       CASE k % 20 WHEN 3 THEN json_set(${bodyOf}, '$.mentions', json_array('u:alice'))
                   ELSE ${bodyOf} END
     FROM (${numbers("?1")} SELECT t.id, t.at, n.i AS k, CASE n.i % 20 WHEN 7 THEN 'u:alice' ELSE 'u:'||n.i END AS u
           FROM topic t, n WHERE t.name LIKE 'post-%')`,
    [sizes.messagesEach],
  );
  db.run(
    `INSERT INTO entry (topic, offset, user, id, at, tag, body)
     SELECT (SELECT id FROM topic WHERE name = 'lobby'), k + 1, u, 'm'||k, ?2, 'abcde', ${bodyOf}
     FROM (${numbers("?1")} SELECT i AS k, 'u:'||(i % 500) AS u FROM n)`,
    [sizes.lobby, now],
  );
  db.run("UPDATE topic SET top = ?1 + 1, tag = 'abcde', at = ?2 WHERE name = 'lobby'", [sizes.lobby, now]);
  db.run(
    `${numbers("?1")} INSERT INTO entry (topic, offset, user, id, at, tag, body)
     SELECT (SELECT id FROM topic WHERE name = '$control'), i + 1, 'u:'||(i % 900), 'c'||i, ?2, 'abcde',
       CASE i % 3 WHEN 0 THEN json_object('key', 'report:post-'||(i % ?3 + 1)||' 2 u:'||(i % 900),
                                          'value', json_object('at', ?2, 'byName', 'Fan', 'why', 'rude'), 'by', 'u:'||(i % 900))
                  ELSE json_object('key', 'act:post-'||(i % ?3 + 1),
                                   'value', json_object('action', 'remove', 'target', 4), 'by', 'u:mod', 'why', 'spam') END
     FROM n`,
    [sizes.changes, now, sizes.topics],
  );
  db.run("UPDATE topic SET top = ?1 + 1, tag = 'abcde', at = ?2 WHERE name = '$control'", [
    sizes.changes,
    now,
  ]);
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}
