/** Retention removes due messages, and keeps topics that are not due, and all while the clock is doubted. */
import { afterEach, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { buildConfig } from "../../src/config.ts";
import { KabarError } from "../../src/errors.ts";
import { loadControl } from "../../src/log/control.ts";
import type { MessageLog } from "../../src/log/log.ts";
import { createLogger } from "../../src/logger.ts";
import { createPolicy } from "../../src/topics/policy.ts";
import { createRetention } from "../../src/topics/retention.ts";
import { createTopics } from "../../src/topics/topics.ts";
import { createTraces } from "../../src/topics/trace.ts";
import { createFolder } from "../support/folder.ts";
import { entryOf, openTestLog } from "../support/log.ts";

const root = createFolder();
const opened: MessageLog[] = [];
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
});

const DAY = 86_400_000;
const START = 1_700_000_000_000;

async function setUp(file: Record<string, unknown>) {
  let wall = START;
  let uptime = 0;
  const now = () => wall;
  const { log, metrics } = openTestLog(root, now);
  opened.push(log);
  const config = buildConfig({ data_dir: mkdtempSync(join(root, "data-")), ...file }, {});
  const control = await loadControl(log);
  const policy = createPolicy(config, control);
  const topics = createTopics({ log, metrics, traces: createTraces(), ringEntries: 8, publish: () => {} });
  const touched: string[] = [];
  const away = new Set<string>();
  const watched: MessageLog = {
    ...log,
    state(topic) {
      touched.push(topic);
      if (away.has(topic)) return Promise.reject(new KabarError("log-unavailable"));
      return log.state(topic);
    },
  };
  const create = () =>
    createRetention({
      config,
      policy,
      log: watched,
      topics,
      control,
      logger: createLogger("silent"),
      metrics,
      now,
      uptime: () => uptime,
    });
  const retention = create();
  const firstsOf = async (...names: string[]) =>
    Promise.all(names.map(async (name) => (await log.state(name)).first));
  return {
    log,
    /** Topics that cannot be read now. */
    away,
    control,
    policy,
    topics,
    retention,
    create,
    firstsOf,
    write: (topic: string, id: string) => log.append(entryOf(topic, id)),
    pass(ms: number) {
      wall += ms;
      uptime += ms;
    },
    jump: (ms: number) => (wall += ms),
    touchedBy: async (run: () => Promise<unknown>) => {
      touched.length = 0;
      await run();
      return [...new Set(touched)].sort();
    },
  };
}

test("each topic is trimmed by its own count and age, one without a rule by the general settings", async () => {
  const { retention, write, pass, firstsOf } = await setUp({
    retain_days: 3,
    topics: {
      lobby: { retain_messages: 4, retain_days: 0 },
      news: { retain_days: 2 },
      "keep-*": { retain_days: 0 },
    },
  });
  for (let i = 0; i < 6; i++) {
    for (const topic of ["lobby", "news", "keep-all", "no-rule"]) await write(topic, `m${i}`);
    if (i < 5) pass(DAY);
  }
  await retention.sweep();
  expect(await firstsOf("lobby", "news", "keep-all", "no-rule")).toEqual([3, 4, 1, 3]);
});

test("a sweep touches only topics of which something is due", async () => {
  const { log, retention, write, pass, touchedBy, firstsOf } = await setUp({
    retain_days: 2,
    topics: { "a-*": {}, counted: { retain_messages: 3, retain_days: 0 } },
  });
  for (let i = 0; i < 50; i++) await write(`a-${i}`, "m");
  for (let i = 0; i < 3; i++) await write("counted", `m${i}`);
  await retention.sweep();
  expect(await touchedBy(() => retention.sweep())).toEqual([]);
  pass(DAY);
  await write("a-7", "later");
  await write("counted", "one more");
  expect(await touchedBy(() => retention.sweep())).toEqual(["counted"]);
  expect(await firstsOf("counted")).toEqual([2]);
  pass(DAY + 1);
  const due = await touchedBy(() => retention.sweep());
  expect(due).toHaveLength(50);
  expect(await firstsOf("a-7")).toEqual([2]);
  expect(log.hasTopic("a-8")).toBe(false);
  pass(DAY);
  expect(await touchedBy(() => retention.sweep())).toEqual(["a-7"]);
});

test("a topic whose database is away is trimmed later, and the others in time", async () => {
  const { away, retention, write, firstsOf } = await setUp({ retain_messages: 2 });
  const names = ["a", "b", "c", "d"];
  await retention.sweep();
  for (const topic of names) for (let i = 0; i < 5; i++) await write(topic, `m${i}`);
  away.add("b");
  await expect(retention.sweep()).rejects.toMatchObject({ code: "log-unavailable" });
  expect(await firstsOf(...names)).toEqual([4, 1, 4, 4]);
  away.clear();
  await retention.sweep();
  expect(await firstsOf(...names)).toEqual([4, 4, 4, 4]);
});

test("new rules hold for topics that were not due by the old ones", async () => {
  const { retention, write, policy, firstsOf } = await setUp({ topics: { lobby: {} } });
  for (let i = 0; i < 5; i++) await write("lobby", `m${i}`);
  await retention.sweep();
  await policy.set("lobby", { retain_messages: 2 }, { by: "operator" });
  await retention.review();
  expect(await firstsOf("lobby")).toEqual([4]);
});

test("a removed message is not served from memory either", async () => {
  const { retention, write, pass, topics } = await setUp({ retain_days: 1, topics: { lobby: {} } });
  const active = await topics.open("lobby");
  await write("lobby", "m1");
  pass(DAY + 1);
  await write("lobby", "m2");
  await retention.sweep();
  expect((await topics.readAfter(active, 0)).map(({ offset }) => offset)).toEqual([2]);
});

test("a clock that jumps ahead for a moment removes nothing, and its entries are dated again", async () => {
  const { log, retention, write, pass, jump, firstsOf } = await setUp({
    retain_days: 30,
    topics: { lobby: {}, fresh: {} },
  });
  await write("lobby", "m1");
  await retention.sweep();
  jump(3650 * DAY);
  await write("lobby", "m2");
  await write("fresh", "m1");
  await retention.sweep();
  expect(await firstsOf("lobby", "fresh")).toEqual([1, 1]);
  jump(-3650 * DAY);
  pass(60_000);
  await retention.sweep();
  await write("lobby", "m3");
  for (const topic of ["lobby", "fresh"]) {
    const last = (await log.read(topic, { after: 0, limit: 9 })).at(-1);
    expect(last?.at).toBe(START + 60_000);
  }
  pass(31 * DAY);
  await retention.sweep();
  expect(await firstsOf("lobby", "fresh")).toEqual([4, 2]);
});

test("dates of a clock that was wrong before a restart are corrected with the topic's next entry", async () => {
  const { log, retention, create, write, pass, jump } = await setUp({
    retain_days: 30,
    topics: { lobby: {}, fresh: {} },
  });
  await write("lobby", "m1");
  jump(3650 * DAY);
  await write("lobby", "m2");
  retention.stop();
  jump(-3650 * DAY);
  pass(DAY);
  const restarted = create();
  await write("lobby", "m3");
  await restarted.sweep();
  await write("lobby", "m4");
  const times = (await log.read("lobby", { after: 0, limit: 9 })).map(({ at }) => at - START);
  expect(times).toEqual([0, DAY, DAY, DAY]);
});

test("a clock that is set for good is trusted after an hour", async () => {
  const { retention, write, pass, jump, firstsOf } = await setUp({
    retain_days: 30,
    topics: { lobby: {}, fresh: {} },
  });
  await write("lobby", "m1");
  jump(40 * DAY);
  await retention.sweep();
  pass(3_600_000);
  expect(await firstsOf("lobby")).toEqual([1]);
  await retention.sweep();
  expect(await firstsOf("lobby")).toEqual([2]);
});

test("a start years after the newest entry removes nothing for an hour", async () => {
  const { retention, create, write, pass, jump, firstsOf } = await setUp({
    retain_days: 30,
    topics: { lobby: {}, fresh: {} },
  });
  await write("lobby", "m1");
  retention.stop();
  jump(3650 * DAY);
  const restarted = create();
  await restarted.sweep();
  expect(await firstsOf("lobby")).toEqual([1]);
  pass(3_600_000);
  await restarted.sweep();
  expect(await firstsOf("lobby")).toEqual([2]);
});

test("empty topics of a pattern are dropped, except those with a rule of their own, readers or messages", async () => {
  const { log, retention, topics, write, pass } = await setUp({
    retain_days: 1,
    topics: { "a-*": {}, lobby: {} },
  });
  for (const topic of ["a-1", "a-2", "a-3", "lobby"]) await write(topic, "m1");
  pass(DAY + 1);
  await write("a-3", "m2");
  await topics.open("a-2");
  await retention.sweep();
  pass(3_600_000);
  await retention.sweep();
  expect(["a-1", "a-2", "a-3", "lobby"].filter((topic) => log.hasTopic(topic))).toEqual([
    "a-2",
    "a-3",
    "lobby",
  ]);
});

test("old changes of the audit log are removed after audit_days, and those in force stay", async () => {
  const { retention, control, log, pass } = await setUp({ audit_days: 10, topics: { lobby: {} } });
  await control.set("mode:lobby", { slowS: 5 }, { by: "m" });
  for (let i = 0; i < 20; i++) await control.set("pins:lobby", [i], { by: "m" });
  pass(11 * DAY);
  await control.set("pins:lobby", [99], { by: "m" });
  await retention.sweep();
  expect((await control.history(50)).map(({ key }) => key).sort()).toEqual(["mode:lobby", "pins:lobby"]);
  expect((await loadControl(log)).get("mode:lobby")).toEqual({ slowS: 5 });
});
