/** Passkeys of the console's owners over HTTP, with an authenticator in software: who makes them, and which answers sign in. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createAuthenticator } from "../support/authenticator.ts";
import { ConsoleBrowser } from "../support/console-browser.ts";
import { until } from "../support/until.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";

/** A passphrase of owners. */
export const PASSPHRASE = "otter lantern violin crumb";
/** The address at which browsers see the server, behind a proxy that leads there. */
export const PUBLIC = "https://chat.example";
/** The settings of a server behind that proxy. */
export const BEHIND_PROXY = { KABAR_PUBLIC_URL: PUBLIC, KABAR_TRUSTED_PROXY_HOPS: "1" };

/** Runs the tests against an engine; `createEnv` resolves to the settings that choose it. */
export function testPasskeys(engine: string, createEnv: () => Promise<Record<string, string>>): void {
  describe(`passkeys over ${engine}:`, () => {
    let kabar: RunningKabar;
    let local: string;
    class Browser extends ConsoleBrowser {
      constructor(origin = PUBLIC, address?: string) {
        super(kabar, origin, address);
      }
    }
    beforeAll(async () => {
      kabar = await startKabar({
        env: {
          ...BEHIND_PROXY,
          KABAR_LOG_LEVEL: "debug",
          KABAR_ADDRESS_GUESS_RATE: "1",
          KABAR_ADDRESS_GUESS_BURST: "30",
          ...(await createEnv()),
        },
      });
      local = `http://localhost:${kabar.port}`;
      for (const name of ["Ana", "Bo"])
        await new Browser().ask("PUT", `console/owners/${name}`, { passphrase: PASSPHRASE }, true);
    });
    afterAll(() => kabar?.stop());

    const signedIn = async (name: string): Promise<Browser> => {
      const browser = new Browser();
      await browser.ask("POST", "console/sessions", { name, passphrase: PASSPHRASE });
      return browser;
    };
    const audit = async () =>
      new Browser().read<{ entries: Record<string, unknown>[] }>("GET", "audit?limit=200", undefined, true);

    test("an owner adds a passkey at the public address, signs in by it alone, and the audit log names the owner", async () => {
      const ana = await signedIn("ana");
      expect(await new Browser().try("POST", "console/passkeys/challenge")).toEqual([
        404,
        `No passkey was made at ${PUBLIC}. A passkey works at the address where it was made.`,
      ]);
      expect(await ana.read("GET", "console/passkeys")).toEqual({ passkeys: [], owners: ["Ana"] });
      const options = await ana.options("console/owners/ana/passkeys");
      expect(options).toMatchObject({
        rp: { id: "chat.example" },
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        attestation: "none",
      });
      const phone = createAuthenticator(PUBLIC);
      const made = await ana.make("ana", phone);
      expect(made).toMatchObject({ owner: "Ana", name: "My phone", origin: PUBLIC });
      expect(await ana.options("console/owners/ana/passkeys")).toMatchObject({
        excludeCredentials: [{ id: phone.id, transports: ["internal"] }],
      });

      const browser = new Browser();
      expect(await browser.read("GET", "console")).toMatchObject({
        ways: { passphrase: true, passkey: true },
      });
      const asked = await browser.options("console/passkeys");
      expect(asked).toMatchObject({
        rpId: "chat.example",
        allowCredentials: [],
        userVerification: "required",
      });
      const answer = phone.use(asked);
      expect(await browser.signIn(answer)).toEqual([201, ""]);
      expect([...browser.cookies.keys()]).toEqual([expect.stringMatching(/^__Host-kabar_console_/)]);
      expect(await browser.user()).toEqual(["owner:ana", "passkey"]);
      expect(await ana.read("GET", "console/passkeys")).toMatchObject({
        passkeys: [{ id: made.id, usedAt: expect.any(Number) }],
      });
      const { entries } = await audit();
      for (const kind of ["console-passkey:", "console-passkey-use:", "console-session:"])
        expect([kind, entries.find(({ key }) => String(key).startsWith(kind))?.by]).toEqual([
          kind,
          "owner:ana",
        ]);
      expect(JSON.stringify(entries)).not.toMatch(/"publicKey"|"credential"|"handle"/);
      expect(kabar.output()).not.toContain(answer.response.signature);

      // It holds after a restart; a removal ends the session that it made, and no other.
      await kabar.restart();
      expect(await browser.user()).toEqual(["owner:ana", "passkey"]);
      expect(await ana.try("DELETE", `console/passkeys/${made.id}`)).toEqual([204, ""]);
      expect([await browser.user(), await ana.user()]).toEqual([undefined, ["owner:ana", "passphrase"]]);
    });

    test("an answer of another page, a replayed one, and one to another browser's challenge are refused", async () => {
      const ana = await signedIn("ana");
      const phone = createAuthenticator(PUBLIC);
      const made = await ana.make("ana", phone);
      const browser = new Browser();
      const evil = new Browser("https://evil.example");
      expect((await evil.try("POST", "console/passkeys/challenge"))[0]).toBe(403);
      const asked = await browser.options("console/passkeys");
      evil.cookies.set(...([...browser.cookies][0] ?? ["", ""]));
      expect((await evil.signIn(phone.use(asked)))[0]).toBe(403);
      expect(await browser.signIn(phone.use(asked, { origin: "https://evil.example" }))).toEqual([
        401,
        expect.stringContaining('origin "https://evil.example"'),
      ]);
      expect((await browser.signIn(phone.use(asked, { rpId: "evil.example" })))[0]).toBe(401);

      const other = new Browser();
      await other.options("console/passkeys");
      expect(await other.signIn(phone.use(asked))).toEqual([401, expect.stringContaining("challenge")]);
      expect(await new Browser().signIn(phone.use(asked))).toEqual([
        401,
        expect.stringContaining("another browser"),
      ]);
      const planted = new Map(browser.cookies);
      const answer = phone.use(asked);
      expect(await browser.signIn(answer)).toEqual([201, ""]);
      for (const [name, value] of planted) browser.cookies.set(name, value);
      expect(await browser.signIn(answer)).toEqual([401, expect.stringContaining("used already")]);
      expect(
        await browser.signIn(phone.use(await browser.options("console/passkeys"), { counter: 1 })),
      ).toEqual([401, expect.stringContaining("may have been copied")]);
      expect(
        (await audit()).entries.find(({ key }) => key === `console-passkey-use:${made.id}`),
      ).toMatchObject({
        by: "operator",
        value: { copiedAt: expect.any(Number) },
      });

      // A broken body names what was wrong; none is a bug.
      const good = phone.use(asked);
      for (const passkey of [
        {},
        "x",
        [],
        { ...good, type: "password" },
        { ...good, response: { ...good.response, signature: "x".repeat(3000) } },
        { ...good, response: { ...good.response, clientDataJSON: "not base64url!" } },
      ])
        expect((await browser.signIn(passkey as object))[0]).toBe(400);
      const key = { key: OPERATOR_KEY };
      expect((await browser.try("POST", "console/sessions", { passkey: good, ...key }))[0]).toBe(400);
      for (const response of ["clientDataJSON", "authenticatorData", "signature"] as const) {
        const now = phone.use(await browser.options("console/passkeys"));
        now.response[response] = "AAAA";
        expect([response, (await browser.signIn(now))[0]]).toEqual([response, 401]);
      }
      expect(kabar.output()).not.toContain("bug in a request");

      // An address that answers wrongly too often has to wait; others have not.
      await until("both steps have to wait", async () => {
        const [status] = await browser.signIn(good);
        return status === 429 && (await browser.try("POST", "console/passkeys/challenge"))[0] === 429;
      });
      expect((await new Browser(PUBLIC, "192.0.2.2").try("POST", "console/passkeys/challenge"))[0]).toBe(200);
    });

    test("owners make passkeys for themselves, the operator for named owners, others for nobody; each works at its own address", async () => {
      const operator = new Browser(PUBLIC, "192.0.2.3");
      await operator.ask("POST", "console/sessions", { key: OPERATOR_KEY });
      expect(await operator.read("GET", "console/passkeys")).toMatchObject({ owners: ["Ana", "Bo"] });
      for (const owner of ["operator", "nobody"])
        expect(await operator.try("POST", `console/owners/${owner}/passkeys/challenge`)).toEqual([
          404,
          expect.stringContaining("Passkeys belong to named owners"),
        ]);
      const bo = createAuthenticator(PUBLIC);
      const made = await operator.make("Bo", bo);
      const ana = new Browser(PUBLIC, "192.0.2.4");
      await ana.ask("POST", "console/sessions", { name: "ana", passphrase: PASSPHRASE });
      for (const path of ["challenge", ""])
        expect((await ana.try("POST", `console/owners/Bo/passkeys/${path}`.replace(/\/$/, ""), {}))[0]).toBe(
          403,
        );
      expect((await new Browser().try("POST", "console/owners/Bo/passkeys/challenge"))[0]).toBe(403);
      const { secret } = await operator.read<{ secret: string }>("POST", "keys", {
        name: "bot",
        scope: "admin",
      });
      for (const path of ["console/passkeys", "console/owners/Bo/passkeys/challenge"]) {
        const method = path.endsWith("challenge") ? "POST" : "GET";
        const answer = await fetch(`${kabar.url}/api/admin/${path}`, {
          method,
          headers: { Authorization: `Bearer ${secret}` },
        });
        expect([path, answer.status]).toEqual([path, 403]);
      }

      // A tunnel to the port is another address, with passkeys of its own; an address of numbers has none.
      const tunnel = new Browser(local, "192.0.2.5");
      const tunnelAsk = (method: string, path: string) =>
        fetch(`${local}/api/admin/${path}`, { method, headers: tunnel.headers });
      expect((await tunnelAsk("POST", "console/passkeys/challenge")).status).toBe(404);
      const numbers = new Browser(kabar.url, "192.0.2.5");
      expect(await numbers.try("POST", "console/passkeys/challenge")).toEqual([
        kabar.url.includes("127.0.0.1") ? 400 : 404,
        expect.stringContaining(kabar.url),
      ]);

      const browser = new Browser(PUBLIC, "192.0.2.6");
      expect(await browser.signIn(bo.use(await browser.options("console/passkeys")))).toEqual([201, ""]);
      expect(await browser.user()).toEqual(["owner:bo", "passkey"]);
      // A new passphrase ends the session and leaves the passkey; the end of the owner ends both.
      await operator.ask("PUT", "console/owners/bo", { passphrase: "a wholly different lantern" });
      expect(await browser.user()).toBeUndefined();
      expect(await browser.signIn(bo.use(await browser.options("console/passkeys")))).toEqual([201, ""]);
      await operator.ask("DELETE", "console/owners/bo");
      expect(await browser.user()).toBeUndefined();
      await operator.ask("PUT", "console/owners/bo", { passphrase: PASSPHRASE });
      expect(await browser.signIn(bo.use(await browser.options("console/passkeys")))).toEqual([
        401,
        expect.stringContaining("was removed"),
      ]);
      expect((await operator.try("DELETE", `console/passkeys/${made.id}`))[0]).toBe(404);
    });
  });
}
