import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { ACT } from "../../src/codec.ts";
import type { ModerationAct } from "../../src/model.ts";
import { SLOW_MS } from "../support/parts.ts";
import { idOf, openGuest, type Person } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

type Action = ModerationAct["action"];
const ACTIONS = ACT.options.map(({ shape }) => shape.action.value);
const WHY = "a reason for the audit log";

let kabar: RunningKabar;
/** Keys of back ends: one that moderates, one that only publishes, one that moderates elsewhere. */
const keys: Record<"moderate" | "publish" | "elsewhere", string> = {
  moderate: "",
  publish: "",
  elsewhere: "",
};
beforeAll(async () => {
  kabar = await startKabar({ env: { KABAR_TOPICS: "act-* other" } });
  for (const [name, scope, topics] of [
    ["moderate", "moderate", ["act-*"]],
    ["publish", "publish", ["act-*"]],
    ["elsewhere", "moderate", ["other"]],
  ] as const) {
    const made = await fetch(`${kabar.url}/api/admin/keys`, {
      method: "POST",
      headers: { Authorization: `Bearer ${kabar.operatorKey}` },
      body: JSON.stringify({ name, scope, topics }),
    });
    ({ secret: keys[name] } = (await made.json()) as { secret: string });
  }
});
afterAll(() => kabar.stop());

const post = (topic: string, action: string, body: object, key: string) =>
  fetch(`${kabar.url}/api/topics/${topic}/moderate/${action}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });

/** What each act is asked with, about a guest who wrote one message, reported by themselves, and has one held. */
const FIELDS: { [A in Action]: (user: string) => object } = {
  remove: () => ({ target: 1 }),
  "remove-all": (user) => ({ user }),
  timeout: (user) => ({ user, seconds: 60 }),
  ban: (user) => ({ user, seconds: 60, address: true }),
  unban: (user) => ({ user }),
  shadow: (user) => ({ user, on: true }),
  mode: () => ({ mode: { slowS: 5 } }),
  words: () => ({ words: { block: ["badger"] } }),
  pin: () => ({ target: 1, on: true }),
  approve: (user) => ({ user, messageId: "held" }),
  reject: (user) => ({ user, messageId: "held" }),
  dismiss: () => ({ target: 1 }),
  clear: () => ({}),
};

async function prepare(topic: string): Promise<Person> {
  const guest = await openGuest(kabar.url, topic);
  await guest.publish(topic, "one");
  await guest.ask("report", { topic, target: 1 });
  await post(topic, "mode", { mode: { hold: "all" } }, kabar.operatorKey);
  await guest.publish(topic, "two", "held");
  await post(topic, "timeout", { user: idOf(guest), seconds: 5 }, kabar.operatorKey);
  return guest;
}

describe.each(ACTIONS)("the act %s", (action) => {
  test("has one route, for keys that moderate the topic, and is in the audit log with moderator, time and reason", async () => {
    const topic = `act-${action}`;
    const guest = await prepare(topic);
    const body = { ...FIELDS[action](idOf(guest)), why: WHY };
    for (const key of [keys.publish, keys.elsewhere, guest.hello.guest as string])
      expect((await post(topic, action, body, key)).status).toBe(403);
    const done = await post(topic, action, body, keys.moderate);
    expect([done.status, Object.keys((await done.json()) as object)]).toEqual([
      200,
      /^(remove|remove-all|approve|reject|dismiss|clear)$/.test(action)
        ? []
        : ["undo", ...(action === "ban" ? ["addresses"] : [])],
    ]);
    const audit = await fetch(`${kabar.url}/api/admin/audit?limit=20`, {
      headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    });
    const { entries } = (await audit.json()) as { entries: Record<string, unknown>[] };
    const noted = entries.filter(({ key, why }) => why === WHY && String(key).includes(topic));
    expect(noted[0]).toMatchObject({ by: expect.stringMatching(/^key:/), at: expect.any(Number) });
    guest.close();
  });

  test("is in the documented table with the act that undoes it", async () => {
    const page = await Bun.file(join(import.meta.dir, "../../docs/PROTOCOL.md")).text();
    const rows = [...page.matchAll(/^\| ((?:`[a-z-]+`(?:, )?)+) \|[^|]*\|[^|]*\|[^|]+\|$/gm)];
    expect(rows.filter(([, names]) => names?.includes(`\`${action}\``)).length).toBe(1);
  });
});

test("an unknown act or another method is refused by name", async () => {
  const refused = await post("act-none", "explode", {}, kabar.operatorKey);
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain("must be one of remove, remove-all, timeout");
  expect((await fetch(`${kabar.url}/api/topics/act-none/moderate/clear`)).status).toBe(405);
  const broken = await fetch(`${kabar.url}/api/topics/act-none/moderate/clear`, {
    method: "POST",
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    body: "not json",
  });
  expect(await broken.json()).toMatchObject({ error: { code: "bad-json" } });
});

describe("the review queue", () => {
  const queueOf = async (topic: string) =>
    (await (
      await fetch(`${kabar.url}/api/topics/${topic}/queue`, {
        headers: { Authorization: `Bearer ${kabar.operatorKey}` },
      })
    ).json()) as { reports: object[] };

  test.each(["remove", "remove-all", "clear"] as const)(
    "has no report of a message after the act %s has removed it",
    async (action) => {
      const topic = `act-reports-${action}`;
      const guest = await prepare(topic);
      expect((await queueOf(topic)).reports).toHaveLength(1);
      expect((await post(topic, action, FIELDS[action](idOf(guest)), kabar.operatorKey)).status).toBe(200);
      expect((await queueOf(topic)).reports).toHaveLength(0);
      guest.close();
    },
  );
});

test("the undo of a pin never takes away a pin that was there before", async () => {
  const guest = await prepare("act-pin-twice");
  const pin = async () =>
    (await (await post("act-pin-twice", "pin", { target: 1, on: true }, kabar.operatorKey)).json()) as {
      undo?: object;
    };
  expect((await pin()).undo).toEqual({ action: "pin", target: 1, on: false });
  expect((await pin()).undo).toBeUndefined();
  guest.close();
});
