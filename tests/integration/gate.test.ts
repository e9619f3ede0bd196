import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { solve } from "../../widget/page/gate.ts";
import type { Gate } from "../../src/model.ts";
import { Client, Line } from "../support/client.ts";
import { SLOW_MS } from "../support/parts.ts";
import { idOf, signToken, TOKEN_SECRET } from "../support/people.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";

setDefaultTimeout(SLOW_MS);

let kabar: RunningKabar;
afterEach(() => kabar.stop());
const start = async (env: Record<string, string>) => {
  kabar = await startKabar({ env: { KABAR_TOKEN_SECRET: TOKEN_SECRET, KABAR_GATE_WORK_BITS: "8", ...env } });
  return kabar.url;
};
const WORK = { KABAR_GUEST_GATE: "work" };

test("without a gate no guest has to do anything", async () => {
  const ana = await Client.open(await start({}));
  expect(ana.hello.limits).not.toHaveProperty("gate");
  expect(await ana.ask("gate")).toMatchObject({ kind: "none" });
  expect(await ana.publish("lobby", "x")).toMatchObject({ type: "ok" });
  // A credential with the pass would still work on the day that a gate is set.
  expect(await ana.ask("pass")).toMatchObject({ code: "forbidden" });
  ana.close();
});

test("a new guest reads, writes after the proof of work, and keeps the pass in the credential", async () => {
  const url = await start(WORK);
  const ana = await Client.open(url, { name: "Ana" });
  expect(ana.hello.limits).toMatchObject({ gate: "work" });
  expect(await ana.ask("subscribe", { topic: "lobby", last: 5 })).toMatchObject({ can: { read: true } });
  expect(await ana.publish("lobby", "x")).toMatchObject({
    code: "gate-required",
    retry: true,
    retryAfterMs: expect.any(Number),
  });
  const gate = (await ana.ask("gate")) as unknown as Gate;
  expect(await ana.ask("pass", { challenge: gate.challenge, nonce: "no" })).toMatchObject({
    code: "gate-refused",
    retry: false,
  });
  expect(await ana.publish("lobby", "x")).toMatchObject({ code: "gate-refused", retry: false });
  const { guest } = (await ana.ask("pass", {
    challenge: gate.challenge,
    nonce: await solve(gate),
  })) as unknown as { guest: string };
  expect(await ana.publish("lobby", "x")).toMatchObject({ type: "ok" });
  expect(await ana.ask("gate")).toMatchObject({ kind: "none" });
  ana.close();
  const again = await Client.open(url, { guest });
  expect(idOf(again)).toBe(idOf(ana));
  expect(again.hello.limits).not.toHaveProperty("gate");
  expect(again.hello.guest).toBe(guest);
  expect(await again.publish("lobby", "y")).toMatchObject({ type: "ok" });
  again.close();
  const old = await Client.open(url, { guest: ana.hello.guest as string });
  expect(await old.publish("lobby", "z")).toMatchObject({ code: "gate-required" });
  const forged = await Client.open(url, { guest: (ana.hello.guest as string).replace("g1.", "g2.") });
  expect(idOf(forged)).not.toBe(idOf(ana));
  expect(await forged.publish("lobby", "z")).toMatchObject({ code: "gate-required" });
  for (const open of [old, forged]) open.close();
  const post = (authorization?: string) =>
    fetch(`${url}/api/topics/lobby/messages`, {
      method: "POST",
      body: "over HTTP",
      ...(authorization ? { headers: { Authorization: `Bearer ${authorization}` } } : {}),
    }).then(({ status }) => status);
  expect([await post(), await post(ana.hello.guest as string), await post(guest)]).toEqual([403, 403, 201]);
});

test("reactions and reports wait for the gate too, and plain mode receives the reason", async () => {
  const url = await start(WORK);
  const user = await Client.open(url, { token: await signToken("1") });
  expect(user.hello.limits).not.toHaveProperty("gate");
  expect(await user.publish("lobby", "hello")).toMatchObject({ type: "ok", offset: 1 });
  expect(await user.ask("pass", {})).toMatchObject({ code: "forbidden" });
  const ana = await Client.open(url);
  expect(
    await ana.ask("react", { topic: "lobby", messageId: "r", target: 1, emoji: "👍", on: true }),
  ).toMatchObject({ code: "gate-required" });
  expect(await ana.ask("report", { topic: "lobby", target: 1 })).toMatchObject({ code: "gate-required" });
  expect(await ana.ask("identify", { token: await signToken("2") })).toMatchObject({ type: "ok" });
  expect(await ana.publish("lobby", "as a user")).toMatchObject({ type: "ok" });
  const plain = await Line.open(url);
  plain.send("hello");
  expect(await plain.next()).toMatch(/^! New guests must pass the gate/);
  for (const open of [user, ana, plain]) open.close();
});

test("a guest's name is shown after the gate and not before", async () => {
  const url = await start(WORK);
  const watcher = await Client.open(url, { token: await signToken("watcher") });
  await watcher.ask("subscribe", { topic: "lobby", people: true });
  const ana = await Client.open(url, { name: "Cheap pills" });
  await ana.ask("subscribe", { topic: "lobby", people: true });
  const told: string[] = [];
  do told.push(JSON.stringify(await watcher.events.next("people")));
  while (!told.at(-1)?.includes(idOf(ana)));
  expect(told.join()).not.toContain("pills");
  expect(await ana.ask("typing", { topic: "lobby" })).toMatchObject({ code: "gate-required" });
  const gate = (await ana.ask("gate")) as unknown as Gate;
  await ana.ask("pass", { challenge: gate.challenge, nonce: await solve(gate) });
  do told.push(JSON.stringify(await watcher.events.next("people")));
  while (!told.at(-1)?.includes("Cheap pills"));
  for (const open of [watcher, ana]) open.close();
});

test("the site's back end decides by the client's proof", async () => {
  const asked: { guest: { name: string }; address: string; proof?: string }[] = [];
  const site = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const question = (await request.json()) as (typeof asked)[0];
      asked.push(question);
      return Response.json({ allow: question.proof === "ticket" });
    },
  });
  const url = await start({ KABAR_GUEST_GATE: "callback", KABAR_GATE_URL: `http://127.0.0.1:${site.port}/` });
  const ana = await Client.open(url, { name: "Ana" });
  expect(ana.hello.limits).toMatchObject({ gate: "callback" });
  expect(await ana.ask("pass", {})).toMatchObject({ code: "gate-refused" });
  expect(await ana.ask("pass", { proof: "ticket" })).toMatchObject({ guest: expect.stringMatching(/^g2\./) });
  expect(await ana.publish("lobby", "x")).toMatchObject({ type: "ok" });
  expect(asked).toMatchObject([{ guest: { name: "Ana" }, address: "127.0.0.1" }, { proof: "ticket" }]);
  ana.close();
  await site.stop(true);
});

test("a callback without an address is a start-up error that names it", async () => {
  await start({});
  await expect(startKabar({ env: { KABAR_GUEST_GATE: "callback" } })).rejects.toThrow(
    "gate_url is empty, must be set when guest_gate is callback.",
  );
});
