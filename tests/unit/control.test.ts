import { afterEach, expect, test } from "bun:test";
import { buildConfig } from "../../src/config.ts";
import { loadControl } from "../../src/log/control.ts";
import { createApiKeys } from "../../src/users/api-keys.ts";
import type { Entry, MessageLog } from "../../src/log/log.ts";
import { createPolicy } from "../../src/topics/policy.ts";
import { createRevocations } from "../../src/users/revocations.ts";
import { createFolder } from "../support/folder.ts";
import { openTestLog } from "../support/log.ts";

const root = createFolder();
let opened: MessageLog[] = [];
afterEach(async () => {
  for (const log of opened) await log.close();
  opened = [];
});
const openLog = () => {
  const { log } = openTestLog(root);
  opened.push(log);
  return log;
};
const cause = { by: "operator", why: "a test" };

test("keys are set, removed, and found again by replaying the same log", async () => {
  const log = openLog();
  const control = await loadControl(log);
  for (let i = 0; i < 600; i++) await Promise.all([control.set(`n:${i}`, i, cause)]);
  await control.set("n:0", null, cause);
  await control.set("n:1", { deep: true }, cause);
  for (const each of [control, await loadControl(log)]) {
    expect(each.get("n:0")).toBeUndefined();
    expect(each.get("n:1")).toEqual({ deep: true });
    expect(each.list("n:")).toHaveLength(599);
  }
});

test("a change is in force and every listener notified when its promise resolves", async () => {
  const log = openLog();
  const [here, there] = [await loadControl(log), await loadControl(log)];
  const told: unknown[] = [];
  there.onChange((key, value) => told.push([key, value]));
  await here.set("a", 1, cause);
  expect([here.get("a"), there.get("a"), told]).toEqual([1, 1, [["a", 1]]]);
});

test("the audit log lists operator, time and reason, newest first, page by page", async () => {
  const control = await loadControl(openLog());
  for (let i = 0; i < 5; i++) await control.set(`k${i}`, i, { by: `u${i}`, why: `reason ${i}` });
  const page = await control.history(2);
  expect(page).toMatchObject([
    { key: "k4", value: 4, by: "u4", why: "reason 4" },
    { key: "k3", by: "u3" },
  ]);
  expect((await control.history(10, page[1]?.offset)).map(({ key }) => key)).toEqual(["k2", "k1", "k0"]);
});

test("a topic has the rule of its longest pattern, also after rules change that it was asked for before", async () => {
  const policy = createPolicy(buildConfig({}, {}), await loadControl(openLog()));
  const limitOf = (topic: string) => policy.ruleOf(topic)?.maxTextBytes;
  const set = (pattern: string, bytes: number) => policy.set(pattern, { max_text_bytes: bytes }, cause);
  expect(limitOf("room-a-1")).toBeUndefined();
  await set("room-*", 10);
  expect(limitOf("room-a-1")).toBe(10);
  await set("room-a-*", 20);
  expect(limitOf("room-a-1")).toBe(20);
  await set("room-a-1", 30);
  expect(limitOf("room-a-1")).toBe(30);
  await policy.reset("room-a-1", cause);
  await policy.reset("room-a-*", cause);
  expect(limitOf("room-a-1")).toBe(10);
});

test("an API key opens with its secret only, until it is revoked; the log has no secret", async () => {
  const log = openLog();
  const control = await loadControl(log);
  const keys = createApiKeys(control);
  const { key, secret } = await keys.make("Deploys", "publish", ["lobby", "room-*"], cause);
  expect(keys.find(secret)).toEqual(key);
  expect(keys.find(`${secret.slice(0, -1)}${secret.endsWith("A") ? "B" : "A"}`)).toBeUndefined();
  expect(keys.find(key.id)).toBeUndefined();
  expect(keys.grantsOf(key)).toEqual([
    { pattern: "lobby", level: "write" },
    { pattern: "room-*", level: "write" },
  ]);
  expect([keys.includes(key, "read"), keys.includes(key, "moderate")]).toEqual([true, false]);
  const bodies = (await log.read("$control", { after: 0, limit: 9 })).map(({ body }) => body).join();
  expect(bodies).not.toContain(secret.slice(-20));
  expect(createApiKeys(await loadControl(log)).find(secret)).toEqual(key);
  await keys.revoke(key.id, cause);
  expect(keys.find(secret)).toBeUndefined();
  expect(keys.revoke(key.id, cause)).rejects.toMatchObject({ code: "not-found" });
});

test("a topic's rule set at run time wins over the file, for its pattern, until it is reset", async () => {
  const log = openLog();
  const config = buildConfig({ topics: { lobby: { retain_days: 3 }, "room-*": {} } }, {});
  const policy = createPolicy(config, await loadControl(log));
  let changes = 0;
  policy.onChange(() => (changes += 1));
  await policy.set("lobby", { guests: "read" }, cause);
  await policy.set("fresh", { users: "none" }, cause);
  const again = createPolicy(config, await loadControl(log));
  for (const each of [policy, again]) {
    expect(each.ruleOf("lobby")).toMatchObject({ guests: "read", users: "write", retainDays: 3 });
    expect(each.ruleOf("fresh")).toMatchObject({ users: "none" });
    expect(each.ruleOf("room-1")).toMatchObject({ guests: "write" });
  }
  await policy.reset("lobby", cause);
  expect(policy.ruleOf("lobby")?.guests).toBe("write");
  expect(changes).toBe(3);
  expect(policy.set("lobby", { guests: "all" }, cause)).rejects.toThrow("must be one of write, read, none");
  expect(policy.set("a b", {}, cause)).rejects.toMatchObject({ code: "bad-request" });
});

test("a revoked user is recorded with the moment, and listeners are notified", async () => {
  const control = await loadControl(openLog());
  const revocations = createRevocations(control, () => 1234);
  const told: string[] = [];
  revocations.onRevoke((id) => told.push(id));
  await revocations.revoke("u:42", cause);
  expect([revocations.revokedAt("u:42"), revocations.revokedAt("u:43"), told]).toEqual([
    1234,
    undefined,
    ["u:42"],
  ]);
});

test("a compaction drops old changes, keeps those in force with their time, and notifies no listener", async () => {
  let now = 1_700_000_000_000;
  const { log } = openTestLog(root, () => now);
  opened.push(log);
  const control = await loadControl(log);
  for (let i = 0; i < 700; i++) await control.set(`n:${i % 100}`, i, { by: "a", why: `w${i}` });
  await control.set("n:5", null, cause);
  const old = now;
  now += 1_000_000;
  await control.set("n:6", "new", cause);
  const told: string[] = [];
  control.onChange((key) => told.push(key));
  const late = control.compact(now - 1);
  await control.set("n:7", "while it goes on", cause);
  expect(await late).toBe(701);
  for (const each of [control, await loadControl(log)]) {
    expect(each.list("n:")).toHaveLength(99);
    expect([each.get("n:5"), each.get("n:6"), each.get("n:7"), each.get("n:8")]).toEqual([
      undefined,
      "new",
      "while it goes on",
      608,
    ]);
  }
  expect(told).toEqual(["n:7"]);
  const kept = await control.history(500);
  expect(kept.length).toBeLessThan(110);
  expect(kept.find(({ key }) => key === "n:8")).toMatchObject({ at: old, by: "a", why: "w608" });
});

test("a scrub rewrites changes where they stand, in force and in the audit log", async () => {
  const log = openLog();
  const control = await loadControl(log);
  await control.set("act:a", { user: "u:1", why: "x" }, { by: "m", why: "x" });
  await control.set("n:1", 1, cause);
  const scrubbed = await control.scrub(async ({ why: _, ...entry }) =>
    entry.key === "act:a" ? { ...entry, value: { user: "erased" } } : undefined,
  );
  expect(scrubbed).toBe(1);
  for (const each of [control, await loadControl(log)]) {
    expect(each.get("act:a")).toEqual({ user: "erased" });
    expect((await each.history(9)).map(({ why }) => why)).toEqual(["a test", undefined]);
  }
});

test("when another database answers, its changes are in force, and listeners receive what differs", async () => {
  const [first, second] = [openLog(), openLog()];
  let current = first;
  let tellBreak: (topics: readonly string[]) => void = () => {};
  const tails: ((entries: readonly Entry[]) => void)[] = [];
  for (const log of [first, second])
    log.tail((entries) => {
      if (log === current) for (const tail of tails) tail(entries);
    });
  const log: MessageLog = {
    ...first,
    append: (entry) => current.append(entry),
    read: (topic, page) => current.read(topic, page),
    tail: (listener) => {
      tails.push(listener);
      return () => {};
    },
    onBreak: (listener) => {
      tellBreak = listener;
      return () => {};
    },
  };
  const stale = await loadControl(second);
  await stale.set("both", 1, cause);
  await stale.set("there", 2, cause);
  const control = await loadControl(log);
  for (const [key, value] of Object.entries({ both: 1, here: 3, there: 4, more: 5 }))
    await control.set(key, value, cause);
  const told: [string, unknown][] = [];
  control.onChange((key, value) => told.push([key, value]));
  current = second;
  tellBreak(["other"]);
  expect(control.get("here")).toBe(3);
  tellBreak(["$control"]);
  await control.set("later", 6, cause);
  expect(["both", "here", "there", "more", "later"].map((key) => control.get(key))).toEqual([
    1,
    undefined,
    2,
    undefined,
    6,
  ]);
  expect(told.sort()).toEqual([
    ["here", null],
    ["later", 6],
    ["more", null],
    ["there", 2],
  ]);
});
