/** Named owners of the console and their passphrases. */
import { afterEach, expect, setDefaultTimeout, spyOn, test } from "bun:test";
import { loadControl } from "../../src/log/control.ts";
import type { MessageLog } from "../../src/log/log.ts";
import { createLimits } from "../../src/limits.ts";
import { createConsoleAccess } from "../../src/users/console-access.ts";
import { createConsoleOwners } from "../../src/users/console-owners.ts";
import { checkPassphrase } from "../../src/users/passphrase.ts";
import { buildConfig } from "../../src/config.ts";
import { createFolder } from "../support/folder.ts";
import { openTestLog } from "../support/log.ts";
import { SLOW_MS } from "../support/parts.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const root = createFolder();
let opened: MessageLog | undefined;
afterEach(() => opened?.close());

const CAUSE = { by: "operator" };
const GOOD = "otter lantern violin crumb";
const BETTER = "another lantern, no violins";
const HERE = "192.0.2.1";

/** Nodes over one log, with the limits of a server. */
async function setUp() {
  let now = 1_000_000;
  const { log } = openTestLog(root);
  opened = log;
  const limits = createLimits(buildConfig({}, {}), () => now);
  const openNode = async () => {
    const control = await loadControl(log);
    const owners = createConsoleOwners({
      control,
      guesses: {
        take: (_address, name) => limits.takeNameGuess(name),
        refund: (_address, name) => limits.refundNameGuess(name),
        isSpent: limits.isNameSpent,
      },
      now: () => now,
    });
    const access = createConsoleAccess({
      control,
      owners,
      isRevoked: () => false,
      operatorMark: "mark",
      serverSecret: "secret",
      sessionLifeMs: 3_600_000,
      guesses: { require: () => undefined, note: () => undefined },
      now: () => now,
    });
    return { owners, access };
  };
  const kept = async () =>
    (await log.read("$control", { after: 0, limit: 500 })).map(({ body }) => body).join("\n");
  return { node: await openNode(), openNode, kept, passTime: (ms: number) => (now += ms) };
}
const refused = (promise: Promise<unknown>, code: string) => expect(promise).rejects.toMatchObject({ code });

test("an owner signs in on every node, by a hash; a new passphrase or a removal ends the owner's sessions", async () => {
  const { node, openNode, kept } = await setUp();
  expect(await node.owners.set("Ana", GOOD, CAUSE)).toBe(true);
  const other = await openNode();
  const owner = await other.owners.identify("aNA", GOOD, HERE);
  expect(owner.name).toBe("Ana");
  const { secret } = await other.access.makeSession({ how: "passphrase", owner }, "Firefox, Linux");
  const session = node.access.findSession(secret);
  expect(session?.who).toMatchObject({ user: { id: "owner:ana", name: "Ana" }, isOperator: true });
  expect(node.access.listSessions()).toMatchObject([{ owner: "Ana", how: "passphrase" }]);
  expect(await kept()).toContain('"by":"owner:ana"');

  const [, hash = "none"] = /"hash":"(\$argon2id[^"]+)"/.exec(await kept()) ?? [];
  expect(hash).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
  expect(await node.owners.set("ana", BETTER, CAUSE)).toBe(false);
  expect(other.access.findSession(secret)).toBeUndefined();
  expect(other.access.listSessions()).toEqual([]);
  await refused(other.owners.identify("Ana", GOOD, HERE), "bad-credential");
  const again = await other.owners.identify("Ana", BETTER, HERE);
  const second = await other.access.makeSession({ how: "passphrase", owner: again }, undefined);
  await node.owners.remove("ANA", CAUSE);
  expect(other.access.findSession(second.secret)).toBeUndefined();
  await refused(other.owners.identify("Ana", BETTER, HERE), "bad-credential");
  await refused(node.owners.remove("Ana", CAUSE), "not-found");
  // Somebody who gets the name and the passphrase again is not let into the old session.
  await node.owners.set("ana", BETTER, CAUSE);
  expect(other.access.findSession(second.secret)).toBeUndefined();
  // Old hashes are gone from the log.
  expect(await kept()).not.toContain(hash);
  expect((await kept()).match(/argon2id/g)).toHaveLength(1);
  for (const secretText of [GOOD, BETTER]) expect(await kept()).not.toContain(secretText);
});

test("an unknown name costs the same work and gets the same answer; ten wrong ones pause a name, known or not", async () => {
  const { node, kept, passTime } = await setUp();
  await node.owners.set("ana", GOOD, CAUSE);
  const verify = spyOn(Bun.password, "verify");
  const told = [];
  for (const name of ["ana", "nobody", "", "__proto__", "ana ", "x".repeat(200)]) {
    const error = await node.owners.identify(name, "wrong", HERE).catch((thrown: Error) => thrown.message);
    told.push(error);
  }
  expect(new Set(told)).toEqual(new Set(["The name or the passphrase is wrong."]));
  expect(verify).toHaveBeenCalledTimes(6);
  verify.mockRestore();

  // What follows is about counts: no hash needs to be computed.
  const quick = spyOn(Bun.password, "verify").mockResolvedValue(false);
  for (const name of ["ana", "nobody"]) {
    const tries = [];
    // Eight at once, so that none is checked before the others are counted; more would wait too long for their turn.
    for (let round = 0; round < 3; round++)
      tries.push(
        ...(await Promise.allSettled(
          Array.from({ length: 8 }, () => node.owners.identify(name, "wrong", HERE)),
        )),
      );
    const codes = tries.map((each) => (each as { reason: { code: string } }).reason.code);
    expect(codes.filter((code) => code === "bad-credential")).toHaveLength(9);
    await refused(node.owners.identify(name, GOOD, HERE), "rate-limited");
  }
  quick.mockRestore();
  await until("the audit log tells", async () => (await kept()).includes("console-guessing:ana"));
  expect(await kept()).not.toContain("nobody");
  passTime(30_000);
  expect(await node.owners.identify("ana", GOOD, HERE)).toMatchObject({ name: "ana" });
  // A right one does not count.
  for (let i = 0; i < 3; i++) await node.owners.identify("ana", GOOD, HERE);
});

test("a passphrase is long and hard to guess, in any script, and an owner's name is plain", async () => {
  const { node } = await setUp();
  for (const weak of [
    "",
    "short",
    "fourteen chars",
    "x".repeat(257),
    "aaaaaaaaaaaaaaaaaaaaaaaa",
    "abababababababababababab",
    "passwordpassword",
    "Passwordpassword1!",
    "123456789012345678",
    "qwertyuiopasdfghjkl",
    "annalisa-annalisa-annalisa",
    "kabaradminpassword",
  ])
    expect(() => checkPassphrase(weak, "annalisa")).toThrow("passphrase: ");
  for (const good of [
    GOOD,
    "馬の正しい電池の留め金と提灯とバイオリン",
    "fünf wörter ohne sinn",
    "a7$kQ!mz0Vr&pL2",
  ])
    checkPassphrase(good, "ana");
  expect(() => checkPassphrase("short", "ana")).toThrow(/has 5 characters, must be 15 to 256 characters/);
  for (const name of ["", " ana", "ana b", "аna", "-ana", "x".repeat(41), "a/b", "<b>"])
    await refused(node.owners.set(name, GOOD, CAUSE), "bad-request");
  await node.owners.set("ana@example.com", "ﬁve wörds without sense", CAUSE);
  // What looks the same is the same: a ligature, and a letter with its accent apart.
  expect(await node.owners.identify("ana@example.com", "five wo\u0308rds without sense", HERE)).toMatchObject(
    { name: "ana@example.com" },
  );
});
