/** Passkeys of named owners over several nodes, with an authenticator in software: what is accepted once, and what never. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { loadControl } from "../../src/log/control.ts";
import type { MessageLog } from "../../src/log/log.ts";
import { createConsoleOwners } from "../../src/users/console-owners.ts";
import { createPasskeys } from "../../src/users/passkeys.ts";
import { placeOf, type Place } from "../../src/users/webauthn.ts";
import { createAuthenticator, type Forgery } from "../support/authenticator.ts";
import { createFolder } from "../support/folder.ts";
import { openTestLog } from "../support/log.ts";
import { SLOW_MS } from "../support/parts.ts";

setDefaultTimeout(SLOW_MS);

const root = createFolder();
let opened: MessageLog | undefined;
afterEach(() => opened?.close());

const CAUSE = { by: "operator" };
const PASSPHRASE = "otter lantern violin crumb";
const PLACE = placeOf("https://chat.example");
const HERE = "192.0.2.1";

/** Nodes over one log, one secret and one clock. */
async function setUp() {
  const clock = { now: 1_000_000 };
  const { log } = openTestLog(root);
  opened = log;
  const wrong: string[] = [];
  const openNode = async () => {
    const now = () => clock.now;
    const control = await loadControl(log);
    const owners = createConsoleOwners({
      control,
      guesses: { take: () => {}, refund: () => {}, isSpent: () => false },
      now,
    });
    const guesses = { require: () => {}, note: (address: string) => void wrong.push(address) };
    const passkeys = createPasskeys({ control, owners, serverSecret: "secret", guesses, now });
    return { control, owners, passkeys };
  };
  const [a, b] = [await openNode(), await openNode()];
  await a.owners.set("Ana", PASSPHRASE, CAUSE);
  type Node = typeof a;

  /** Makes a passkey of Ana with an authenticator. */
  async function make(authenticator: ReturnType<typeof createAuthenticator>, node: Node = a) {
    const begun = node.passkeys.beginMaking("ana", PLACE, "owner:ana");
    const attempt = { place: PLACE, cookie: begun.cookie.secret };
    const made = authenticator.make(begun.publicKey);
    return node.passkeys.make("ana", "My phone", made, attempt, { by: "owner:ana" });
  }
  /** An answer of the authenticator to a new challenge of a node. */
  function answer(
    authenticator: ReturnType<typeof createAuthenticator>,
    forgery: Forgery = {},
    node: Node = a,
    place: Place = PLACE,
  ) {
    const begun = node.passkeys.beginSignIn(place, HERE);
    const used = authenticator.use(begun.publicKey, forgery);
    const attempt = { place, cookie: begun.cookie.secret };
    return { used, attempt, signIn: (at: Node = node) => at.passkeys.signIn(used, attempt, HERE) };
  }
  return { a, b, clock, wrong, make, answer };
}
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "ok",
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );

test("a passkey that one node made signs in at another; an answer is good once, whichever node takes it", async () => {
  const { a, b, clock, wrong, make, answer } = await setUp();
  const phone = createAuthenticator(PLACE.origin);
  const made = await make(phone);
  expect(b.passkeys.list()).toEqual([made]);
  expect(made).toMatchObject({ owner: "Ana", name: "My phone", origin: PLACE.origin, madeAt: clock.now });
  clock.now += 1000;
  const { signIn } = answer(phone);
  const outcomes = await Promise.all([codeOf(signIn(a)), codeOf(signIn(b)), codeOf(signIn(a))]);
  expect(outcomes.toSorted()).toEqual(["bad-credential", "bad-credential", "ok"]);
  expect(await signIn(b).catch((error: Error) => error.message)).toContain("was used already");
  expect(await answer(phone, {}, b).signIn(a)).toEqual({
    owner: { name: "Ana", mark: a.owners.markOf("ana") ?? "" },
    passkey: made.id,
  });
  expect(a.passkeys.list()[0]?.usedAt).toBe(clock.now);
  expect(wrong).toHaveLength(3);
  const late = answer(phone);
  clock.now += 300_000;
  expect(await codeOf(late.signIn())).toBe("bad-credential");
});

test("an old count of uses is refused and told in the audit log once an hour; a forged one tells nothing", async () => {
  const { a, b, clock, make, answer } = await setUp();
  const phone = createAuthenticator(PLACE.origin);
  const { id } = await make(phone);
  const copied = async () =>
    (await a.control.history(100)).filter(({ value }) => JSON.stringify(value)?.includes("copiedAt"));
  expect(await codeOf(answer(phone, { counter: 9 }).signIn(b))).toBe("ok");
  expect(await codeOf(answer(phone, { counter: 9, isBroken: true }).signIn())).toBe("bad-credential");
  expect(await copied()).toEqual([]);
  for (const counter of [9, 8, 0])
    expect(
      await answer(phone, { counter })
        .signIn(a)
        .catch((error: Error) => error.message),
    ).toContain("may have been copied");
  expect(await copied()).toMatchObject([
    { key: `console-passkey-use:${id}`, why: "the count of uses went from 9 to 9" },
  ]);
  expect(b.passkeys.list()[0]?.copiedAt).toBe(clock.now);
  clock.now += 3_600_000;
  expect(await codeOf(answer(phone, { counter: 3 }).signIn())).toBe("bad-credential");
  expect(await copied()).toHaveLength(2);
  // Of two answers with one count the first counts, also where both have begun.
  const twins = [answer(phone, { counter: 20 }, a), answer(phone, { counter: 20 }, b)];
  const outcomes = await Promise.all(twins.map(({ signIn }) => codeOf(signIn())));
  expect(outcomes.toSorted()).toEqual(["bad-credential", "ok"]);
  // Authenticators that count nothing send 0 each time.
  const laptop = createAuthenticator(PLACE.origin, { counts: false });
  await make(laptop);
  for (let i = 0; i < 2; i++) expect(await codeOf(answer(laptop).signIn())).toBe("ok");
});

test("every forged answer is refused, and nothing of it counts", async () => {
  const { a, make, answer } = await setUp();
  const phone = createAuthenticator(PLACE.origin);
  await make(phone);
  const before = a.passkeys.list();
  const stranger = createAuthenticator(PLACE.origin);
  const forgeries: Forgery[] = [
    { origin: "https://evil.example" },
    { origin: "http://chat.example" },
    { origin: "https://chat.example:8443" },
    { rpId: "evil.example" },
    { challenge: Buffer.alloc(32).toString("base64url") },
    { type: "webauthn.create" },
    { crossOrigin: true },
    { isVerified: false },
    { isBroken: true },
    { userHandle: "" },
    { userHandle: "b3RoZXI" },
  ];
  for (const forgery of forgeries)
    expect([forgery, await codeOf(answer(phone, forgery).signIn())]).toEqual([forgery, "bad-credential"]);
  expect(await codeOf(answer(stranger).signIn())).toBe("bad-credential");
  // Another's key under the id of the phone, and answers and cookies of two attempts.
  const { used } = answer(stranger);
  const mine = answer(phone);
  const swapped = { ...used, id: phone.id, rawId: phone.id };
  expect(await codeOf(a.passkeys.signIn(swapped, mine.attempt, HERE))).toBe("bad-credential");
  const other = answer(phone);
  for (const cookie of [other.attempt.cookie, "", mine.attempt.cookie.replace(/.$/, "-"), "x".repeat(9000)])
    expect(await codeOf(a.passkeys.signIn(mine.used, { place: PLACE, cookie }, HERE))).toBe("bad-credential");
  expect(a.passkeys.list()).toEqual(before);

  // The challenge of a sign-in makes no passkey, nor that of another owner or another's session.
  await a.owners.set("Bo", PASSPHRASE, CAUSE);
  const key = createAuthenticator(PLACE.origin);
  const begun = a.passkeys.beginMaking("Ana", PLACE, "owner:ana");
  const by = { by: "owner:ana" };
  const attempt = { place: PLACE, cookie: begun.cookie.secret };
  const asked = a.passkeys.beginSignIn(PLACE, HERE);
  const tries = [
    a.passkeys.make("Bo", "x", key.make(begun.publicKey), attempt, by),
    a.passkeys.make("Ana", "x", key.make(begun.publicKey), attempt, CAUSE),
    a.passkeys.make("Ana", "x", key.make(asked.publicKey), { place: PLACE, cookie: asked.cookie.secret }, by),
    a.passkeys.make("Ana", "x", key.make(begun.publicKey, { isVerified: false }), attempt, by),
    a.passkeys.make("Ana", "x", key.make(begun.publicKey, { origin: "https://evil.example" }), attempt, by),
    a.passkeys.make("Ana", "x", key.make(begun.publicKey, { crossOrigin: true }), attempt, by),
  ];
  expect(await Promise.all(tries.map(codeOf))).toEqual(tries.map(() => "bad-request"));
  const made = await a.passkeys.make("Ana", "x", key.make(begun.publicKey), attempt, by);
  expect(await codeOf(a.passkeys.make("Ana", "x", key.make(begun.publicKey), attempt, by))).toBe(
    "bad-request",
  );
  expect(a.passkeys.isOf(made.id, "ana")).toBe(true);
  expect(a.passkeys.isOf(made.id, "Bo")).toBe(false);
});

test("a passkey works at its own address, until it or its owner is removed, for nobody who is made anew under the name", async () => {
  const { a, b, make, answer } = await setUp();
  const phone = createAuthenticator(PLACE.origin);
  const made = await make(phone);
  for (const origin of ["https://sub.chat.example", "http://localhost:8080", "https://chat.example:8443"])
    expect(() => a.passkeys.beginSignIn(placeOf(origin), HERE)).toThrow("No passkey was made at");
  for (const origin of ["http://chat.example", "https://192.0.2.1", "https://[2001:db8::1]:8080"])
    expect(() => placeOf(origin)).toThrow("they need https and a host name");

  const begun = answer(phone);
  await b.passkeys.remove(made.id, CAUSE);
  expect(await codeOf(begun.signIn(a))).toBe("bad-credential");
  expect([a.passkeys.exist(), a.passkeys.isOf(made.id, "Ana")]).toEqual([false, false]);
  expect(codeOf(b.passkeys.remove(made.id, CAUSE))).resolves.toBe("not-found");

  const again = await make(createAuthenticator(PLACE.origin));
  await a.owners.remove("Ana", CAUSE);
  expect(b.passkeys.exist()).toBe(false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(() => a.passkeys.beginMaking("Ana", PLACE, "operator")).toThrow('There is no owner "Ana"');
  expect(a.passkeys.isOf(again.id, "Ana")).toBe(false);
});

test("an owner who is made anew has none of the old passkeys, and twenty at the most", async () => {
  const { a, clock, make } = await setUp();
  const old = await make(createAuthenticator(PLACE.origin));
  await a.owners.remove("Ana", CAUSE);
  clock.now += 1;
  await a.owners.set("Ana", PASSPHRASE, CAUSE);
  expect(a.passkeys.list()).toEqual([]);
  for (let i = 0; i < 20; i++) await make(createAuthenticator(PLACE.origin));
  expect(a.control.get(`console-passkey:${old.id}`)).toBeUndefined();
  expect(codeOf(make(createAuthenticator(PLACE.origin)))).resolves.toBe("bad-request");
  await a.owners.remove("Ana", CAUSE);
  await a.passkeys.removeOf("ANA", CAUSE);
  expect(a.control.list("console-passkey:")).toEqual([]);
});
