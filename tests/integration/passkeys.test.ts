/** Passkeys of the console's owners over both engines, and on two nodes behind a balancer. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { BEHIND_PROXY, PASSPHRASE, PUBLIC, testPasskeys } from "../contracts/passkeys.ts";
import { createAuthenticator } from "../support/authenticator.ts";
import { ConsoleBrowser } from "../support/console-browser.ts";
import { SLOW_MS, testWith } from "../support/parts.ts";
import { postgresBin, startPostgres } from "../support/postgres.ts";
import { type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

testPasskeys("SQLite", async () => ({}));

if (!postgresBin)
  testWith("PostgreSQL", false, "Debian: postgresql")("passkeys over PostgreSQL", async () => undefined);
const postgres = postgresBin ? await startPostgres() : undefined;
const createDatabase = async () => ({ KABAR_LOG: (await postgres?.createDatabase()) ?? "" });
if (postgres) testPasskeys("PostgreSQL", createDatabase);

describe.skipIf(!postgres)("on two nodes", () => {
  const nodes: RunningKabar[] = [];
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  });

  /** Two nodes on one database, with an owner Ana, and a browser that is signed in as her at the first one. */
  async function startTwo() {
    const env = {
      ...BEHIND_PROXY,
      ...(await createDatabase()),
      KABAR_GUEST_SECRET: "the-same-secret-on-every-node",
    };
    const [one, other] = await Promise.all([startKabar({ env }), startKabar({ env })]);
    nodes.push(one, other);
    const ana = new ConsoleBrowser(one, PUBLIC);
    await ana.ask("PUT", "console/owners/Ana", { passphrase: PASSPHRASE }, true);
    await ana.ask("POST", "console/sessions", { name: "Ana", passphrase: PASSPHRASE });
    return { one, other, ana };
  }
  const passkeysAt = (browser: ConsoleBrowser) =>
    browser.read<{ passkeys: { id: string; usedAt?: number }[] }>("GET", "console/passkeys", undefined, true);

  test("a passkey that one node made signs in at the other, which ends its session when the first removes it", async () => {
    const { one, other, ana } = await startTwo();
    const phone = createAuthenticator(PUBLIC);
    const made = await ana.make("ana", phone);
    const browser = new ConsoleBrowser(other, PUBLIC);
    await until(
      "the passkey on the other node",
      async () => (await passkeysAt(browser)).passkeys.length === 1,
    );
    expect(await browser.signIn(phone.use(await browser.options("console/passkeys")))).toEqual([201, ""]);
    expect(await browser.user()).toEqual(["owner:ana", "passkey"]);
    browser.server = one;
    // At once: a balancer leads the next request of a browser that has just signed in to any node.
    expect(await browser.user()).toEqual(["owner:ana", "passkey"]);
    await until(
      "the use on the first node",
      async () => (await passkeysAt(ana)).passkeys[0]?.usedAt !== undefined,
    );
    browser.server = other;
    expect(await ana.try("DELETE", `console/passkeys/${made.id}`)).toEqual([204, ""]);
    await until("the end of the session", async () => (await browser.user()) === undefined);
    expect((await browser.try("POST", "console/passkeys/challenge"))[0]).toBe(404);
  });

  test("a challenge of one node is answered at the other, when a passkey is made and when it signs in", async () => {
    const { one, other, ana } = await startTwo();
    const phone = createAuthenticator(PUBLIC);
    ana.server = other;
    expect(await ana.user()).toEqual(["owner:ana", "passphrase"]);
    ana.server = one;
    const path = "console/owners/ana/passkeys";
    const credential = phone.make(await ana.options(path));
    ana.server = other;
    const body = { name: "Phone", credential };
    expect(await ana.try("POST", path, body)).toEqual([201, ""]);
    ana.server = one;
    expect((await ana.try("POST", path, body))[0]).toBe(400);

    const browser = new ConsoleBrowser(one, PUBLIC);
    await until(
      "the passkey on the first node",
      async () => (await passkeysAt(browser)).passkeys.length === 1,
    );
    const answer = phone.use(await browser.options("console/passkeys"));
    browser.server = other;
    expect(await browser.signIn(answer)).toEqual([201, ""]);
    expect(await browser.user()).toEqual(["owner:ana", "passkey"]);
  });

  test("of an answer that is sent to both nodes at once, one signs in; it is refused everywhere afterwards", async () => {
    const { one, other, ana } = await startTwo();
    // One without a counter: nothing but the used challenge tells the second answer from the first.
    const phone = createAuthenticator(PUBLIC, { counts: false });
    await ana.make("ana", phone);
    const thief = new ConsoleBrowser(other, PUBLIC);
    await until("the passkey on the other node", async () => (await passkeysAt(thief)).passkeys.length === 1);
    for (let round = 0; round < 5; round++) {
      const browser = new ConsoleBrowser(one, PUBLIC);
      const answer = phone.use(await browser.options("console/passkeys"));
      thief.cookies.clear();
      for (const [name, value] of browser.cookies) thief.cookies.set(name, value);
      const planted = new Map(browser.cookies);
      const outcomes = await Promise.all([browser.signIn(answer), thief.signIn(answer)]);
      expect(outcomes.map(([status]) => status).sort()).toEqual([201, 401]);
      for (const late of [browser, thief]) {
        for (const [name, value] of planted) late.cookies.set(name, value);
        expect((await late.signIn(answer))[0]).toBe(401);
      }
    }
  });
});
