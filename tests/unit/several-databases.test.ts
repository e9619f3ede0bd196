/** Two logs joined to one: health, epochs and listeners over both. The whole contract runs over two PostgreSQL databases. */
import { afterEach, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { MessageLog } from "../../src/log/log.ts";
import { joinDatabases } from "../../src/log/several-databases.ts";
import { createFolder } from "../support/folder.ts";
import { entryOf, openLogIn } from "../support/log.ts";

const root = createFolder();
const opened: MessageLog[] = [];
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
});

/** Joins two logs; topics that begin with `b` are in the second one. `broken` names databases in trouble. */
function join2(broken: Set<string> = new Set()) {
  const databases = ["db/a", "db/b"].map((name) => {
    const log = openLogIn(mkdtempSync(join(root, "log-")));
    const trouble = () => (broken.has(name) ? "the disk is full" : log.trouble());
    return {
      name,
      log: { ...log, trouble, warnings: () => [{ code: "fsync-off" as const, text: "fsync is off." }] },
    };
  });
  const log = joinDatabases(databases, (topic) => (topic.startsWith("b") ? 1 : 0));
  opened.push(log);
  return { log, broken, parts: databases.map((each) => each.log) };
}

test("one database in trouble is named and leaves the log ready; all of them do not", () => {
  const { log, broken } = join2();
  expect([log.trouble(), log.troubleOfSome?.()]).toEqual([undefined, undefined]);
  broken.add("db/b");
  expect([log.trouble(), log.troubleOfSome?.()]).toEqual([undefined, "db/b: the disk is full"]);
  broken.add("db/a");
  expect([log.trouble(), log.troubleOfSome?.()]).toEqual([
    "db/a: the disk is full; db/b: the disk is full",
    undefined,
  ]);
  expect(log.warnings()).toEqual([
    { code: "fsync-off", text: "db/a: fsync is off.", database: "db/a" },
    { code: "fsync-off", text: "db/b: fsync is off.", database: "db/b" },
  ]);
});

test("a listener receives entries of both until it is removed, and topics are counted and dropped in both", async () => {
  const { log, parts } = join2();
  const received: string[] = [];
  const stop = log.tail((entries) => received.push(...entries.map(({ topic }) => topic)));
  for (const topic of ["a1", "b1", "b2"]) await log.append(entryOf(topic, "m"));
  stop();
  await log.append(entryOf("b1", "m2"));
  expect(received).toEqual(["a1", "b1", "b2"]);
  expect(parts.map((part) => part.countTopics())).toEqual([1, 2]);
  expect([log.countTopics(), log.hasTopic("a1"), log.hasTopic("b3")]).toEqual([3, true, false]);
  const epochs = await Promise.all(["a9", "b9"].map(async (topic) => (await log.state(topic)).epoch));
  await log.trim("a1", 1);
  await log.trim("b2", 1);
  expect(await log.drop(["a1", "b1", "b2"])).toBe(2);
  expect(epochs.map((epoch) => log.wasEpoch(epoch))).toEqual([true, true]);
  expect(await log.topics({ after: "", limit: 10 })).toEqual(["b1"]);
});
