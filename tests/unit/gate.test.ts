import { describe, expect, test } from "bun:test";
import { createGate } from "../../src/users/gate.ts";
import { hasProofOfWork } from "../../src/users/guests.ts";

const settings = {
  guestGate: "work",
  gateWorkBits: 8,
  gateUrl: "https://site.example/gate",
  gateTimeoutMs: 1000,
  gateOnFailure: "closed",
} as const;
const ana = { id: "g-ana", name: "Ana", address: "203.0.113.7" };
const solve = (challenge = "", bits = 8, right = true) => {
  for (let i = 0; ; i++) if (hasProofOfWork(`${challenge}:${i}`, bits) === right) return String(i);
};
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "passed",
    (error: { code?: string }) => error.code,
  );

describe("a gate of work", () => {
  test("admits a guest with the required proof of work, once or again", async () => {
    const gate = createGate(settings, "secret");
    const { challenge, bits } = gate.challenge(ana.id);
    expect(bits).toBe(8);
    const proof = { challenge, nonce: solve(challenge) };
    expect(await codeOf(gate.pass(ana, proof))).toBe("passed");
    expect(await codeOf(gate.pass(ana, proof))).toBe("passed");
  });

  test("refuses another guest's proof, and a late, forged or too small one", async () => {
    let now = 1000;
    const gate = createGate(settings, "secret", () => now);
    const { challenge = "" } = gate.challenge(ana.id);
    const proof = { challenge, nonce: solve(challenge) };
    const [end, signature] = challenge.split(".");
    const longer = `${Number(end) + 1}.${signature}`;
    for (const [guest, brought] of [
      [{ ...ana, id: "g-budi" }, proof],
      [ana, { challenge, nonce: solve(challenge, 8, false) }],
      [ana, { challenge: longer, nonce: solve(longer) }],
      [ana, { challenge: "", nonce: "" }],
      [ana, { challenge: "NaN.x", nonce: "0" }],
      [ana, {}],
    ] as const)
      expect(await codeOf(gate.pass(guest, brought))).toBe("gate-refused");
    expect(await codeOf(createGate(settings, "other", () => now).pass(ana, proof))).toBe("gate-refused");
    expect(
      await codeOf(createGate({ ...settings, gateWorkBits: 7 }, "secret", () => now).pass(ana, proof)),
    ).toBe("gate-refused");
    now += 300_000;
    expect(await codeOf(gate.pass(ana, proof))).toBe("gate-refused");
  });
});

describe("a gate that asks the site's back end", () => {
  const callback = { ...settings, guestGate: "callback" } as const;
  const answering = (answer: () => Promise<Response>, more: object = {}) => {
    const asked: unknown[] = [];
    const gate = createGate({ ...callback, ...more }, "secret", Date.now, (url, init) => {
      asked.push([url, init.redirect, JSON.parse(String(init.body))]);
      return answer();
    });
    return { gate, asked };
  };

  test("sends the guest and the proof, and follows the back end's answer", async () => {
    const { gate, asked } = answering(async () => Response.json({ allow: true }));
    expect(gate.challenge(ana.id)).toEqual({ kind: "callback" });
    expect(await codeOf(gate.pass(ana, { proof: "ticket" }))).toBe("passed");
    expect(asked).toEqual([
      [
        "https://site.example/gate",
        "error",
        { guest: { id: "g-ana", name: "Ana" }, address: "203.0.113.7", proof: "ticket" },
      ],
    ]);
    for (const no of [
      () => Promise.resolve(Response.json({ allow: false })),
      () => Promise.resolve(new Response("", { status: 403 })),
    ])
      expect(await codeOf(answering(no, { gateOnFailure: "open" }).gate.pass(ana, {}))).toBe("gate-refused");
  });

  test.each([
    ["an error", () => Promise.resolve(new Response("", { status: 500 }))],
    ["no JSON", () => Promise.resolve(new Response("yes"))],
    ["a word for a truth", () => Promise.resolve(Response.json({ allow: "yes" }))],
    ["nothing at all", () => Promise.reject(new Error("refused"))],
  ])("is closed, or open if so configured, when the answer is %s", async (_, answer) => {
    expect(await codeOf(answering(answer).gate.pass(ana, {}))).toBe("gate-refused");
    expect(await codeOf(answering(answer, { gateOnFailure: "open" }).gate.pass(ana, {}))).toBe("passed");
  });

  test("sends no more requests than are answered", async () => {
    let answer = (): void => {};
    const waiting = new Promise<Response>((resolve) => {
      answer = () => resolve(Response.json({ allow: true }));
    });
    const { gate } = answering(() => waiting.then((response) => response.clone()));
    const first = Array.from({ length: 100 }, () => codeOf(gate.pass(ana, {})));
    expect(await codeOf(gate.pass(ana, {}))).toBe("rate-limited");
    answer();
    expect(new Set(await Promise.all(first))).toEqual(new Set(["passed"]));
    expect(await codeOf(gate.pass(ana, {}))).toBe("passed");
  });
});
