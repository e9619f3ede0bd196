import { afterEach, expect, test } from "bun:test";
import { loadControl } from "../../src/log/control.ts";
import type { MessageLog } from "../../src/log/log.ts";
import { createSanctions } from "../../src/moderation/sanctions.ts";
import { createFolder } from "../support/folder.ts";
import { openTestLog } from "../support/log.ts";
import { PUBLIC_AUDIENCE } from "../../src/topics/audience.ts";

const root = createFolder();
let opened: MessageLog | undefined;
afterEach(() => opened?.close());

const CAUSE = { by: "u:mod", why: "spam" };

async function setUp() {
  let now = 1_000_000;
  const { log } = openTestLog(root);
  opened = log;
  const open = async () => createSanctions(await loadControl(log), () => now);
  const sanctions = await open();
  const ban = (user: string, addresses: string[] = [], seconds?: number) =>
    sanctions.impose("a", { kind: "ban", user, seconds, addresses }, CAUSE);
  /** Everything that the log keeps of decisions. */
  const kept = async () =>
    (await log.read("$control", { after: 0, limit: 500 })).map(({ body }) => body).join("\n");
  const stateOf = (userId: string, address?: string) => sanctions.standingOf("a", userId, address).state;
  return { sanctions, open, ban, kept, stateOf, log, passTime: (ms: number) => (now += ms) };
}

test("a ban holds for its user and addresses in its topic, also after replaying the log", async () => {
  const { ban, stateOf, sanctions, open } = await setUp();
  await ban("g-1", ["hash-1", "hash-2"]);
  expect([
    stateOf("g-1"),
    stateOf("g-2", "hash-1"),
    stateOf("g-2", "hash-2"),
    stateOf("g-2", "hash-3"),
  ]).toEqual(["banned", "banned", "banned", "ok"]);
  expect(sanctions.standingOf("b", "g-1").state).toBe("ok");
  expect((await open()).standingOf("a", "g-2", "hash-1").state).toBe("banned");
});

test("an address is kept only as long as a ban needs it, in the audit log too", async () => {
  const { ban, kept, sanctions, stateOf, passTime } = await setUp();
  await ban("g-1", ["hash-1"], 60);
  await ban("g-2", ["hash-2"], 600);
  expect(await kept()).toContain("hash-1");
  passTime(61_000);
  await sanctions.sweep();
  expect(await kept()).not.toContain("hash-1");
  expect([stateOf("g-9", "hash-1"), stateOf("g-9", "hash-2")]).toEqual(["ok", "banned"]);
  await sanctions.lift("a", "g-2", CAUSE);
  expect(await kept()).not.toContain("hash-");
  expect(await kept()).toContain('"of":"g-2"');
  expect(stateOf("g-9", "hash-2")).toBe("ok");
});

test("two users' bans of one address end one by one", async () => {
  const { ban, sanctions, stateOf } = await setUp();
  await ban("g-1", ["hash"]);
  await ban("g-2", ["hash"]);
  await sanctions.lift("a", "g-1", CAUSE);
  expect(stateOf("g-9", "hash")).toBe("banned");
  await sanctions.lift("a", "g-2", CAUSE);
  expect(stateOf("g-9", "hash")).toBe("ok");
});

test("a ban outweighs a mute, and a new sanction replaces the old one with its addresses", async () => {
  const { ban, sanctions, stateOf } = await setUp();
  await ban("g-1", ["hash"]);
  await sanctions.impose("a", { kind: "mute", user: "g-2", seconds: 60, addresses: [] }, CAUSE);
  expect(stateOf("g-2", "hash")).toBe("banned");
  const undo = await sanctions.impose("a", { kind: "mute", user: "g-1", seconds: 60, addresses: [] }, CAUSE);
  expect(undo).toEqual({ action: "ban", user: "g-1", address: true, why: "spam" });
  expect([stateOf("g-1"), stateOf("g-9", "hash")]).toEqual(["muted", "ok"]);
});

test("a user whose shadow ban has ended writes openly and still receives the own shadow messages", async () => {
  const { sanctions, passTime } = await setUp();
  const told: (string | undefined)[] = [];
  sanctions.onChange((userId) => told.push(userId));
  expect(sanctions.audienceOf("a", "u:1")).toBe(PUBLIC_AUDIENCE);
  await sanctions.setShadow("a", { user: "u:1", on: true, seconds: 60 }, CAUSE);
  expect([sanctions.isShadowBanned("a", "u:1"), sanctions.isShadowBanned("b", "u:1")]).toEqual([true, false]);
  passTime(61_000);
  expect(sanctions.isShadowBanned("a", "u:1")).toBe(false);
  expect(sanctions.list("a")).toEqual([]);
  expect(sanctions.audienceOf("a", "u:1")).toBe("of u:1");
  await sanctions.sweep();
  expect(sanctions.audienceOf("a", "u:1")).toBe("of u:1");
  expect(told).toEqual(["u:1", "u:1"]);
});
