/** Housekeeping at scale: whatever the server does over thousands of topics, others are answered meanwhile. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { createFolder } from "../support/folder.ts";
import { fillManyTopics } from "../support/many-topics.ts";
import { signToken, TOKEN_SECRET } from "../support/people.ts";
import { SLOW_MS } from "../support/parts.ts";
import { startProber } from "../support/prober.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(3 * SLOW_MS);

/** A loop over all topics without a turn for others takes seconds here; a busy machine alone does not. */
const BOUND_MS = 700;
const SIZES = { topics: 10_000, messagesEach: 20, lobby: 30_000, changes: 30_000, oldDays: 60 };

const root = createFolder();
let kabar: RunningKabar;
let prober: ReturnType<typeof startProber>;
beforeAll(async () => {
  const dataDir = mkdtempSync(join(root, "data-"));
  await fillManyTopics(dataDir, SIZES);
  kabar = await startKabar({
    dataDir,
    env: { KABAR_TOPICS: "lobby post-*", KABAR_RETAIN_DAYS: "30", KABAR_TOKEN_SECRET: TOKEN_SECRET },
  });
  prober = startProber(kabar);
});
afterAll(async () => {
  await prober.stop();
  await kabar.stop();
});

const admin = (method: string, path: string, bearer = kabar.operatorKey) =>
  fetch(`${kabar.url}/api/admin/${path}`, { method, headers: { Authorization: `Bearer ${bearer}` } });

async function slowestWhile(run: () => Promise<unknown>): Promise<number> {
  const since = Date.now();
  await run();
  return (await prober.slowest(since)).ownMs;
}

test("the lists of the console delay no client, and tell what they leave out", async () => {
  const read = async (path: string, bearer?: string) => (await admin("GET", path, bearer)).json();
  const moderator = await signToken("mo", { topics: { "*": "moderate" } });
  const slowest = await slowestWhile(async () => {
    expect(await read("inbox?limit=1")).toMatchObject({ cases: [{ kind: "reported" }] });
    for (const sort of ["size", "messages", "last", "people"]) {
      // 10,000 topics beside the lobby: one more than are put in order.
      const listed = await read(`log/topics?sort=${sort}`);
      expect([sort, listed]).toMatchObject([sort, { more: true, incomplete: true }]);
    }
    const found = await read("log/topics?sort=size&search=post-99");
    expect(found).not.toHaveProperty("incomplete");
    expect(await read("people?search=fan")).not.toHaveProperty("topicsLeftOut");
    expect(await read("people?search=fan", moderator)).toMatchObject({ topicsLeftOut: true });
  });
  expect(slowest).toBeLessThan(BOUND_MS);
});

test("a client that downloads a topic as fast as it can delays no other client", async () => {
  const slowest = await slowestWhile(async () => {
    const response = await fetch(`${kabar.url}/api/topics/lobby/events?after=0`);
    let last = "";
    for await (const chunk of response.body ?? []) {
      last = (last + Buffer.from(chunk).toString("latin1")).slice(-300);
      if (last.includes(`"offset":${SIZES.lobby + 1},`)) break;
    }
  });
  expect(slowest).toBeLessThan(BOUND_MS);
});

test("a sweep over thousands of topics delays no client and removes expired messages", async () => {
  const slowest = await slowestWhile(async () => {
    // New rules: every topic is looked at again.
    await admin("PUT", "topics/post-1*");
    for (const topic of ["post-10", "post-9990"]) {
      for (;;) {
        const answer = await fetch(`${kabar.url}/api/topics/${topic}/messages?limit=1`);
        const { messages } = (await answer.json()) as { messages: unknown[] };
        if (messages.length === 0) break;
        await Bun.sleep(50);
      }
    }
  });
  expect(slowest).toBeLessThan(BOUND_MS);
});

test("an export, an erasure and admin lists delay no client and are complete", async () => {
  let exported = 0;
  let erased = 0;
  const slowest = await slowestWhile(async () => {
    const everything = (await (await admin("GET", "users/u:alice/export")).json()) as { entries: unknown[] };
    exported = everything.entries.length;
    for (const path of ["topics", "keys", "audit?limit=500"]) await (await admin("GET", path)).text();
    ({ erased } = (await (await admin("DELETE", "users/u:alice")).json()) as { erased: number });
  });
  // One message a topic; a tenth of the topics has expired.
  expect([exported, erased]).toEqual([9000, 9000]);
  expect(slowest).toBeLessThan(BOUND_MS);
  const history = await (await fetch(`${kabar.url}/api/topics/post-11/messages`)).text();
  expect(history).not.toContain("u:alice");
});
