/** Shares of a moderation queue for one user and one address; a closed case frees its place. */
import { afterEach, expect, test } from "bun:test";
import { loadControl } from "../../src/log/control.ts";
import type { MessageLog } from "../../src/log/log.ts";
import { createModeration } from "../../src/moderation/moderation.ts";
import { createFolder } from "../support/folder.ts";
import { openTestLog } from "../support/log.ts";

const root = createFolder();
let opened: MessageLog | undefined;
afterEach(() => opened?.close());

const MOD = { by: "u:mod" };

async function setUp() {
  let now = 1_700_000_000_000;
  const { log } = openTestLog(root);
  opened = log;
  const open = async () => createModeration(await loadControl(log), () => now);
  const moderation = await open();
  const report = (offset: number, user = "g-1", address = "hash-1") =>
    moderation.addReport(
      "lobby",
      offset,
      { id: user, name: "Ana", role: "guest" },
      { why: "rude", of: "g-2", address },
    );
  const kept = async () => (await log.state("$control")).top;
  return { moderation, open, report, kept, passTime: (ms: number) => (now += ms) };
}

test("a repeated report is answered and adds no entry", async () => {
  const { report, kept } = await setUp();
  for (let i = 0; i < 8; i++) await report(1);
  expect(await kept()).toBe(1);
});

test("a user has at most 20 open reports, also after a restart, and more once some are closed", async () => {
  const { moderation, report, open } = await setUp();
  const all = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => report(i + 1)));
  expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(20);
  expect(report(40)).rejects.toMatchObject({
    code: "rate-limited",
    message: expect.stringContaining("20 of your"),
  });
  const reopened = await open();
  const again = reopened.addReport("lobby", 41, { id: "g-1", name: "Ana", role: "guest" }, { of: "g-2" });
  expect(again).rejects.toMatchObject({ code: "rate-limited" });
  await moderation.closeReports("lobby", 1, MOD);
  await report(42);
  expect(moderation.countReports("lobby")).toBe(20);
});

test("a user reports at most 50 messages a day, however fast they are closed", async () => {
  const { moderation, report, passTime } = await setUp();
  for (let offset = 1; offset <= 50; offset++) {
    await report(offset);
    await moderation.closeReports("lobby", offset, MOD);
  }
  expect(report(51)).rejects.toMatchObject({ code: "rate-limited", retryAfterMs: 86_400_000 });
  passTime(86_400_000);
  await report(51);
});

test("new guests of one address have 100 open reports and 50 held messages together", async () => {
  const { moderation, report } = await setUp();
  for (let i = 1; i <= 100; i++) await report(i, `g-${i}`);
  expect(report(101, "g-101")).rejects.toMatchObject({
    message: expect.stringContaining("100 reports from your"),
  });
  await report(101, "g-101", "hash-2");
  const hold = (i: number, address: string) => {
    const user = { id: `g-${i}`, name: "Ana", role: "guest" } as const;
    const message = { topic: `t-${i}`, messageId: "m", user, text: "x", at: 0, heldFor: "review" } as const;
    return moderation.hold(message, { by: user.id }, address);
  };
  for (let i = 0; i < 50; i++) await hold(i, "hash-1");
  expect(hold(50, "hash-1")).rejects.toMatchObject({
    message: expect.stringContaining("50 messages from your"),
  });
  await hold(50, "hash-2");
  await moderation.release("t-1", "g-1", "m", MOD);
  await hold(51, "hash-1");
});
