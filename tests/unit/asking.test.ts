/** Asking first: what becomes of a visitor's text by each answer, in which order, and without an answer. */
import { afterAll, expect, test } from "bun:test";
import { Webhook } from "standardwebhooks";
import type { Question, Verdict } from "../../src/chat/asking.ts";
import { createAskHook } from "../../src/hooks/ask-hook.ts";
import { createHookSender } from "../../src/hooks/hook-request.ts";
import type { MessageLog } from "../../src/log/log.ts";
import type { Identity } from "../../src/users/identity.ts";
import { createTestChat } from "../support/chat.ts";
import { createFolder } from "../support/folder.ts";

const root = createFolder();
const ends: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ends) await end();
});

const ana: Identity = { user: { id: "g-ana", name: "Ana", role: "guest" } };
const operator: Identity = { user: { id: "operator", name: "Operator", role: "operator" } };

async function setUp(ask: (question: Question) => Promise<Verdict> | undefined) {
  const parts = await createTestChat(root, { ask: (_, question) => ask(question()) });
  ends.push(() => parts.log.close());
  return parts;
}
const textsOf = async (log: MessageLog) =>
  (await log.read("lobby", { after: 0, limit: 50 })).map(({ body }) => JSON.parse(body).text as string);

test("each answer is heeded, for messages and edits, and only visitors' texts are asked about", async () => {
  const asked: Question[] = [];
  let verdict: Verdict = { decision: "allow" };
  const { chat, log } = await setUp((question) => {
    asked.push(question);
    return Promise.resolve(verdict);
  });
  const fields = { title: "A title", link: "https://l.example/", tags: ["tag"], data: { x: 1 } };
  expect(await chat.publish(ana, "lobby", "m-1", { text: "allowed", ...fields })).toMatchObject({
    offset: 1,
  });
  expect(asked[0]).toEqual({
    kind: "message",
    topic: "lobby",
    id: "m-1",
    user: ana.user,
    text: "allowed",
    ...fields,
  });
  verdict = { decision: "mask" };
  await chat.publish(ana, "lobby", "m-2", { text: "Bad word 1!", ...fields });
  expect(JSON.parse((await log.read("lobby", { after: 1, limit: 1 }))[0]?.body ?? "")).toEqual({
    user: ana.user,
    text: "••• •••• •!",
    title: "• •••••",
    tags: ["•••"],
  });
  verdict = { decision: "mask", text: "softer" };
  await chat.publish(ana, "lobby", "m-3", { text: "harder" });
  verdict = { decision: "hold" };
  expect(await chat.publish(ana, "lobby", "m-4", { text: "maybe" })).toMatchObject({ held: true, offset: 0 });
  verdict = { decision: "refuse", why: "Not in this house." };
  expect(chat.publish(ana, "lobby", "m-5", { text: "never" })).rejects.toThrow("Not in this house.");
  // A repeat of what was stored has its first answer.
  expect(await chat.publish(ana, "lobby", "m-3", { text: "harder" })).toMatchObject({
    offset: 3,
    repeated: true,
  });
  const edit = (id: string, text: string) => chat.change(ana, "lobby", id, { kind: "edit", target: 1, text });
  expect(edit("e-1", "never")).rejects.toThrow("Not in this house.");
  verdict = { decision: "hold" };
  expect(edit("e-2", "maybe")).rejects.toMatchObject({ code: "text-blocked" });
  verdict = { decision: "mask" };
  await edit("e-3", "hidden");
  expect(await textsOf(log)).toEqual(["••••••", "••• •••• •!", "softer", "••••••"]);
  const before = asked.length;
  await chat.publish(operator, "lobby", "o-1", { text: "mine" });
  await chat.change(ana, "lobby", "r-1", { kind: "react", target: 1, emoji: "👍", on: true });
  expect(asked.length).toBe(before);
});

test("each author's messages keep their order, and others wait for nobody", async () => {
  const answers = new Map<string, (verdict: Verdict) => void>();
  const { chat, log } = await setUp(({ text }) =>
    text.startsWith("asked") ? new Promise((resolve) => answers.set(text, resolve)) : undefined,
  );
  const send = (who: Identity, text: string) => chat.publish(who, "lobby", text.replace(" ", "-"), { text });
  const sent = [send(ana, "asked 1"), send(ana, "asked 2"), send(ana, "free")];
  await send({ user: { id: "g-ben", name: "Ben", role: "guest" } }, "ben");
  answers.get("asked 2")?.({ decision: "allow" });
  await Bun.sleep(0);
  expect(await textsOf(log)).toEqual(["ben"]);
  answers.get("asked 1")?.({ decision: "allow" });
  await Promise.all(sent);
  expect(await textsOf(log)).toEqual(["ben", "asked 1", "asked 2", "free"]);
});

test("an author who was banned while the answer was awaited writes nothing", async () => {
  let answer: (verdict: Verdict) => void = () => undefined;
  const { chat, log, moderation } = await setUp(() => new Promise((resolve) => (answer = resolve)));
  const sent = chat.publish(ana, "lobby", "m-1", { text: "late" });
  await moderation.setMode("lobby", { readOnly: true }, { by: "operator" });
  answer({ decision: "allow" });
  expect(sent).rejects.toMatchObject({ code: "read-only" });
  await sent.catch(() => undefined);
  expect(await textsOf(log)).toEqual([]);
});

test("the webhook gets a signed question; what is no answer in time means the fallback, and failures give it a rest", async () => {
  let answer: () => Response | Promise<Response> = () => Response.json({ decision: "mask", text: "softer" });
  let secret = "";
  let count = 0;
  const receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      count += 1;
      const event = new Webhook(secret).verify(await request.text(), request.headers.toJSON());
      expect(event).toMatchObject({ type: "ask", topic: "lobby", data: { text: "x", user: ana.user } });
      return answer();
    },
  });
  ends.push(() => receiver.stop(true));
  const { control } = await setUp(() => undefined);
  let clock = Date.now();
  const warnings: unknown[] = [];
  const sender = (timeoutMs: number) =>
    createHookSender({ allowsPrivate: true, timeoutMs, maxAnswerBytes: 1000 });
  // A busy machine is no late answer: only the answer that never comes is waited for shortly.
  const [patient, hasty] = [sender(60_000), sender(50)];
  let send = patient;
  const hook = createAskHook({
    control,
    serverSecret: "a server's secret",
    send: (...request) => send(...request),
    logger: { warn: (fields: unknown) => void warnings.push(fields) } as never,
    now: () => clock,
  });
  const ask = (topic = "lobby", { user } = ana) =>
    hook.ask({ topic, user }, () => ({ kind: "message", topic, id: "m-1", user, text: "x" }));
  expect(ask()).toBeUndefined();
  secret = await hook.set(
    { url: `http://127.0.0.1:${receiver.port}/`, topics: ["lobby"], fallback: "hold" },
    { by: "o" },
  );
  expect(ask("other")).toBeUndefined();
  expect(await ask()).toEqual({ decision: "mask", text: "softer" });
  const fallback = { decision: "hold" as const };
  const never = () => new Promise<never>(() => undefined);
  for (const bad of [
    () => new Response("no JSON"),
    () => Response.json({ decision: "perhaps" }),
    () => Response.json({ decision: "allow" }, { status: 500 }),
    () => new Response(`{"decision":"allow","x":"${"x".repeat(2000)}"}`),
    never,
  ]) {
    answer = bad;
    if (bad === never) send = hasty;
    expect(await ask()).toEqual(fallback);
  }
  send = patient;
  expect(warnings).toHaveLength(1);
  answer = () => Response.json({ decision: "allow" });
  const asked = count;
  expect(await ask()).toEqual(fallback);
  expect(count).toBe(asked);
  clock += 10_001;
  expect(await ask()).toEqual({ decision: "allow" });
  await hook.remove({ by: "o" });
  expect(ask()).toBeUndefined();
});
