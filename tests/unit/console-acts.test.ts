/** Acts of moderation in bulk, as the console's inbox performs them. */
import { afterEach, expect, test } from "bun:test";
import type { ModerationAct } from "../../src/model.ts";
import { moderateAll, type TopicAct } from "../../widget/console/act.ts";

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

/** A server that undoes bans, and refuses some acts. Returns what was asked, in order. */
function answer(isRefused: (act: ModerationAct) => boolean = () => false) {
  const asked: string[] = [];
  let [underWay, most] = [0, 0];
  globalThis.fetch = (async (url: string, { body }: { body: string }) => {
    const act = JSON.parse(body) as ModerationAct & { user: string };
    const topic = url.split("/").at(-2);
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay -= 1;
    asked.push(`${act.action} ${act.user} in ${topic}`);
    if (isRefused(act))
      return Response.json({ error: { code: "forbidden", message: "Not this one." } }, { status: 403 });
    return Response.json(act.action === "ban" ? { undo: { action: "unban", user: act.user } } : {});
  }) as unknown as typeof fetch;
  return { asked, most: () => most };
}
const ban = (user: string, topic = "lobby"): TopicAct => ({ topic, act: { action: "ban", user } });

test("acts in bulk have one reload and one undo; what is the same is done once", async () => {
  const { asked, most } = answer();
  let reloads = 0;
  const done: boolean[] = [];
  const acts = [ban("u:a"), ban("u:b"), ban("u:a"), ban("u:a", "help")];
  const outcome = await moderateAll(
    acts,
    (_, isDone) => done.push(isDone),
    (count) => `${count} banned`,
    async () => {
      reloads += 1;
    },
  );
  expect([outcome.text, reloads, done]).toEqual(["4 banned", 1, [true, true, true, true]]);
  expect(asked.toSorted()).toEqual(["ban u:a in help", "ban u:a in lobby", "ban u:b in lobby"]);
  expect(most()).toBeGreaterThan(1);
  asked.length = 0;
  await outcome.undo?.();
  expect([asked.toSorted(), reloads]).toEqual([
    ["unban u:a in help", "unban u:a in lobby", "unban u:b in lobby"],
    2,
  ]);
});

test("one that fails stops no other, and throws its reason at the end", async () => {
  const { asked, most } = answer((act) => "user" in act && act.user === "u:7");
  const failed: TopicAct[] = [];
  const acts = Array.from({ length: 50 }, (_, i) => ban(`u:${i}`));
  const performed = moderateAll(
    acts,
    (act, isDone) => void (isDone || failed.push(act)),
    () => "",
    async () => {},
  );
  expect(performed).rejects.toThrow("Not this one.");
  await performed.catch(() => {});
  expect([asked.length, failed]).toEqual([50, [ban("u:7")]]);
  expect(most()).toBeLessThanOrEqual(8);
});
