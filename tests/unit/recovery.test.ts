/** The beginning of a stream at the edge of retention. */
import { expect, test } from "bun:test";
import { findBeginning, findStart } from "../../src/topics/recovery.ts";
import { createFolder } from "../support/folder.ts";
import { entryOf, openTestLog } from "../support/log.ts";

const root = createFolder();

test("a fork is reported even when the cursor is exactly at the end of retention", async () => {
  const { log } = openTestLog(root);
  for (let i = 1; i <= 8; i++) await log.append(entryOf("lobby", `m${i}`));
  const [five] = await log.read("lobby", { after: 4, limit: 1 });
  await log.trim("lobby", 5);
  const state = await log.state("lobby");
  const begin = (tag: string) => findStart(log, "lobby", state, { epoch: state.epoch, offset: 5, tag }, 0);
  expect(await begin("other")).toEqual({ offset: 8, gap: { from: 1, to: 8, reason: "tag" } });
  expect(await begin(five?.tag ?? "")).toEqual({ offset: 5 });
  await log.close();
});

test("a cursor from before a topic's first entry is honoured by its tag after other topics were dropped", async () => {
  const { log } = openTestLog(root);
  const { epoch } = await log.state("lobby");
  await log.append(entryOf("old", "m1"));
  await log.trim("old", 1);
  await log.drop(["old"]);
  await log.append(entryOf("lobby", "m1"));
  const { entry } = await log.append(entryOf("lobby", "m2"));
  await log.append(entryOf("lobby", "m3"));
  const state = await log.state("lobby");
  expect(state.epoch).not.toBe(epoch);
  const begin = (cursor: { epoch: string; offset: number; tag: string }) =>
    findStart(log, "lobby", state, cursor, 0);
  expect(await begin({ epoch, offset: 0, tag: "" })).toEqual({ offset: 0 });
  expect(await begin({ epoch, offset: 2, tag: entry.tag })).toEqual({ offset: 2 });
  expect(await begin({ epoch, offset: 2, tag: "other" })).toMatchObject({ gap: { reason: "tag" } });
  expect(await begin({ epoch: "foreign", offset: 2, tag: entry.tag })).toMatchObject({
    gap: { reason: "epoch" },
  });
  await log.close();
});

test("a cursor whose entry retention removes between two reads is trimmed, not forked", async () => {
  const { log } = openTestLog(root);
  for (let i = 1; i <= 8; i++) await log.append(entryOf("lobby", `m${i}`));
  const { epoch } = await log.state("lobby");
  const [three] = await log.read("lobby", { after: 2, limit: 1 });
  const racing = {
    ...log,
    async read(...asked: Parameters<typeof log.read>) {
      await log.trim("lobby", 5);
      return log.read(...asked);
    },
  };
  const from = { epoch, offset: 3, tag: three?.tag ?? "" };
  expect(await findBeginning(racing, "lobby", from, 0)).toMatchObject({
    cursor: { offset: 5 },
    gap: { from: 4, to: 5, reason: "trimmed" },
  });
  await log.close();
});

test("a cursor beyond what a node remembers is no fork while the log is away", async () => {
  const { log } = openTestLog(root);
  for (let i = 1; i <= 2; i++) await log.append(entryOf("lobby", `m${i}`));
  const remembered = await log.state("lobby");
  const { entry } = await log.append(entryOf("lobby", "m3"));
  const from = { epoch: remembered.epoch, offset: 3, tag: entry.tag };
  const away = { ...log, state: () => Promise.resolve({ ...remembered, isRemembered: true }) };
  await expect(findBeginning(away, "lobby", from, 0)).rejects.toMatchObject({
    code: "log-unavailable",
    retryAfterMs: 500,
  });
  await log.close();
});
