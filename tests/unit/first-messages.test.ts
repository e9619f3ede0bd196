/** First messages: who is new in a topic, in which order an author's messages are held or shown, and what bounds the notes. */
import { afterEach, expect, test } from "bun:test";
import type { MessageLog } from "../../src/log/log.ts";
import type { Identity } from "../../src/users/identity.ts";
import { createTestChat } from "../support/chat.ts";
import { createFolder } from "../support/folder.ts";

const root = createFolder();
let opened: MessageLog[] = [];
afterEach(async () => {
  for (const log of opened) await log.close();
  opened = [];
});

const ana: Identity = { user: { id: "g-ana", name: "Ana", role: "guest" } };
const ben: Identity = { user: { id: "u:ben", name: "Ben", role: "user" } };
const operator: Identity = { user: { id: "operator", name: "Operator", role: "operator" } };
const cause = { by: "operator" };

/** A chat whose topic has the rule; `wrapLog` wraps its log. */
async function setUp(rule: "show" | "hold", wrapLog?: (log: MessageLog) => MessageLog) {
  const parts = await createTestChat(root, {
    file: { topics: { lobby: { first_messages: rule }, open: {} } },
    ...(wrapLog ? { wrapLog } : {}),
  });
  opened.push(parts.log);
  const { chat, moderation, log } = parts;
  return {
    ...parts,
    publish: (who: Identity, id: string, topic = "lobby") => chat.publish(who, topic, id, { text: id }),
    async approve(userId: string, id: string) {
      await chat.publishReviewed(moderation.requireHeld("lobby", userId, id));
      await moderation.release("lobby", userId, id, cause);
    },
    textsOf: async () =>
      (await log.read("lobby", { after: 0, limit: 50 })).map(({ body }) => JSON.parse(body).text as string),
  };
}

test("the first message of a guest or user is held, and those that follow until one is approved and none waits", async () => {
  const { publish, approve, moderation, textsOf } = await setUp("hold");
  const heldIds = () =>
    moderation.listHeld("lobby").map(({ messageId, heldFor }) => `${messageId} ${heldFor}`);
  expect(await publish(ana, "a1")).toMatchObject({ held: true, offset: 0 });
  expect(await publish(ana, "a2")).toMatchObject({ held: true });
  expect(await publish(ben, "b1")).toMatchObject({ held: true });
  expect(await publish(operator, "o1")).toMatchObject({ offset: 1 });
  expect(await publish(ana, "elsewhere", "open")).toMatchObject({ offset: 1 });
  expect(heldIds()).toEqual(["a1 first", "a2 first", "b1 first"]);

  await approve("g-ana", "a1");
  // The second still waits: the third must not overtake it.
  expect(await publish(ana, "a3")).toMatchObject({ held: true });
  await approve("g-ana", "a2");
  await approve("g-ana", "a3");
  expect(await publish(ana, "a4")).toMatchObject({ offset: 5 });
  expect(await publish(ana, "a4")).toMatchObject({ offset: 5, repeated: true });
  expect(await publish(ben, "b2")).toMatchObject({ held: true });
  // A rejected message approves nobody.
  await moderation.rememberRejected("lobby", "u:ben", "b1", cause);
  await moderation.release("lobby", "u:ben", "b1", cause);
  expect(await publish(ben, "b3")).toMatchObject({ held: true });
  expect(await textsOf()).toEqual(["o1", "a1", "a2", "a3", "a4"]);
});

test("reactions make nobody known, somebody whose only message is removed is new again, and so is an erased user", async () => {
  const { publish, approve, chat, log } = await setUp("hold");
  await publish(operator, "o1");
  await chat.change(ana, "lobby", "r1", { kind: "react", target: 1, emoji: "👍", on: true });
  expect(await publish(ana, "a1")).toMatchObject({ held: true });
  await approve("g-ana", "a1");
  expect(await publish(ana, "a2")).toMatchObject({ offset: 4 });
  await publish(ben, "b1");
  await approve("u:ben", "b1");
  await chat.change(ben, "lobby", "x5", { kind: "remove", target: 5 });
  expect(await publish(ben, "b2")).toMatchObject({ held: true });
  await log.disown("lobby", "g-ana", "erased", ({ body }) => body);
  chat.forgetAuthor("g-ana");
  expect(await publish(ana, "a3")).toMatchObject({ held: true });
});

test("an author who has written before is known after a restart, and messages that come together keep their order", async () => {
  const reads: (() => void)[] = [];
  const { publish, textsOf, log } = await setUp("hold", (log) => ({
    ...log,
    async entriesOf(...query) {
      await new Promise<void>((resolve) => reads.push(resolve));
      return log.entriesOf(...query);
    },
  }));
  const body = JSON.stringify({ user: ana.user, text: "before the rule" });
  await log.append({ topic: "lobby", userId: "g-ana", id: "old", body });
  const all = [publish(ana, "a1"), publish(ana, "a2")];
  expect(reads).toHaveLength(1);
  all.push(publish(ana, "a3"));
  reads[0]?.();
  expect((await Promise.all(all)).map(({ offset }) => offset)).toEqual([2, 3, 4]);
  expect(await publish(ana, "a4")).toMatchObject({ offset: 5 });
  expect(reads).toHaveLength(1);
  expect(await textsOf()).toEqual(["before the rule", "a1", "a2", "a3", "a4"]);
});

test("a log that is away refuses the message, and the next one is asked about again", async () => {
  let isAway = true;
  const { publish } = await setUp("hold", (log) => ({
    ...log,
    entriesOf: (...query) =>
      isAway ? Promise.reject(new Error("the log is away")) : log.entriesOf(...query),
  }));
  const both = [publish(ana, "a1"), publish(ana, "a2")].map((one) =>
    one.catch((error: Error) => error.message),
  );
  expect(await Promise.all(both)).toEqual(["the log is away", "the log is away"]);
  isAway = false;
  expect(await publish(ana, "a1")).toMatchObject({ held: true });
});

test("a first message that is only shown is published, noted once, and not noted for a shadow-banned author", async () => {
  const { publish, moderation } = await setUp("show");
  const both = await Promise.all([publish(ana, "a1"), publish(ana, "a2")]);
  expect(both.map(({ offset }) => offset)).toEqual([1, 2]);
  await publish(operator, "o1");
  await moderation.sanctions.setShadow("lobby", { user: "u:ben", on: true, name: "Ben" }, cause);
  await publish(ben, "b1");
  expect(moderation.listFirst("lobby")).toMatchObject([{ offset: 1, of: "g-ana" }]);
  await moderation.closeReports("lobby", 1, cause);
  expect(moderation.listFirst("lobby")).toEqual([]);
});

test("the notes are bounded: beyond 1,000 the oldest leave, and an erased user's notes go", async () => {
  const { moderation, control } = await setUp("show");
  await Promise.all(Array.from({ length: 1000 }, (_, i) => moderation.noteFirst(`t${i % 3}`, i + 1, "g-x")));
  await moderation.noteFirst("lobby", 1, "g-ana");
  expect(control.list("first:").length).toBe(901);
  expect(moderation.listFirst("lobby")).toMatchObject([{ of: "g-ana" }]);
  await moderation.forgetUser("lobby", "g-ana", cause);
  expect(moderation.listFirst("lobby")).toEqual([]);
});
