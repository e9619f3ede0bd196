/** Sign-in to the console by an OpenID Connect provider, a real one that runs in this test. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  CLIENT,
  OTHER_CLIENT,
  type ProviderUser,
  type RunningProvider,
  startProvider,
} from "../support/oidc-provider.ts";
import { CookieJar } from "../support/cookie-jar.ts";
import { SLOW_MS } from "../support/parts.ts";
import { findFreePort } from "../support/ports.ts";
import { OPERATOR_KEY, type RunningKabar, startKabar } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(SLOW_MS);

const ANA = { sub: "1", email: "Ana@Example.com", email_verified: true };
const BO = { sub: "Bo-2", email: "bo@example.com", email_verified: false };
const EVE = { sub: "3", email: "eve@example.com", email_verified: true };
const UNVERIFIED = { sub: "4", email: "ana@example.com", email_verified: false };
/** An address that looks like the entry of a subject. */
const SLY = { sub: "5", email: "sub:Bo-2", email_verified: true };

let kabar: RunningKabar;
let provider: RunningProvider;
let port: number;
const BEGIN = "/api/admin/console/oidc";

beforeAll(async () => {
  port = findFreePort();
  const own = findFreePort();
  kabar = await startKabar({
    port: own,
    env: {
      KABAR_LOG_LEVEL: "debug",
      KABAR_PUBLIC_URL: `http://127.0.0.1:${own}`,
      KABAR_OIDC_ISSUER: `http://127.0.0.1:${port}`,
      KABAR_OIDC_CLIENT_ID: CLIENT.id,
      KABAR_OIDC_CLIENT_SECRET: CLIENT.secret,
      KABAR_OIDC_ALLOWED: "ana@example.com sub:Bo-2",
    },
  });
});
afterAll(async () => {
  await kabar.stop();
  await provider?.stop();
});

/** A browser that follows no redirect by itself. */
class Browser extends CookieJar {
  async get(address: string): Promise<Response> {
    const headers = { Cookie: this.header(), Accept: "text/html" };
    const answer = await fetch(address, { redirect: "manual", headers });
    this.take(answer);
    return answer;
  }
}
const locationOf = (answer: Response, base: string): string =>
  new URL(answer.headers.get("location") ?? "", base).href;
/** Where the console leads a browser that it did not let in. */
const failure = (reason: string): string => `${kabar.url}/console#oidc-${reason}`;

/** Begins a sign-in and goes through the provider's pages, to the address at which the provider sends the browser back. */
async function goThrough(
  browser: Browser,
  user: ProviderUser | undefined,
  change = (_: URL) => {},
): Promise<string> {
  provider.enter(user);
  const begun = new URL(locationOf(await browser.get(kabar.url + BEGIN), kabar.url));
  change(begun);
  let address = begun.href;
  for (let i = 0; i < 6 && address.startsWith(provider.issuer); i++)
    address = locationOf(await browser.get(address), address);
  expect(address).toStartWith(`${kabar.url}${BEGIN}/callback?`);
  return address;
}
/** Signs in; resolves to where the browser ends. */
async function signIn(browser: Browser, user: ProviderUser | undefined, change?: (begun: URL) => void) {
  return locationOf(await browser.get(await goThrough(browser, user, change)), kabar.url);
}
async function own(browser: Browser): Promise<Record<string, unknown>> {
  return (await browser.get(`${kabar.url}/api/admin/console`)).json() as Promise<Record<string, unknown>>;
}
const asOperator = async (path: string): Promise<string> =>
  (
    await fetch(`${kabar.url}/api/admin/${path}`, { headers: { Authorization: `Bearer ${OPERATOR_KEY}` } })
  ).text();

test("without its provider the server starts, and signs owners in as soon as the provider is there", async () => {
  const browser = new Browser();
  expect(locationOf(await browser.get(kabar.url + BEGIN), kabar.url)).toBe(failure("away"));
  expect(await own(browser)).toEqual({
    signedIn: false,
    ways: {
      passphrase: false,
      passkey: false,
      oidc: { name: `127.0.0.1:${port}`, address: kabar.url + BEGIN },
    },
  });
  provider = await startProvider(port, `${kabar.url}${BEGIN}/callback`);
  await until("the provider is known", async () =>
    (await browser.get(kabar.url + BEGIN)).headers.get("location")?.startsWith(provider.issuer),
  );
});

test("an owner on the list gets a session under the owner's name, by a verified address or by subject", async () => {
  const ana = new Browser();
  const begun = await new Browser().get(kabar.url + BEGIN);
  expect(begun.status).toBe(303);
  const asked = new URL(begun.headers.get("location") ?? "").searchParams;
  expect(Object.fromEntries(asked)).toMatchObject({
    response_type: "code",
    client_id: CLIENT.id,
    code_challenge_method: "S256",
    redirect_uri: `${kabar.url}${BEGIN}/callback`,
  });
  expect(asked.get("nonce")).not.toBe(asked.get("state"));

  expect(await signIn(ana, ANA)).toBe(`${kabar.url}/console`);
  expect(await own(ana)).toMatchObject({
    signedIn: true,
    operator: true,
    how: "oidc",
    user: { id: "owner:ana@example.com", role: "operator" },
  });
  expect(ana.set.filter((header) => header.includes("kabar_console_"))).toEqual([
    expect.stringMatching(/HttpOnly.*SameSite=Strict|SameSite=Strict.*HttpOnly/i),
  ]);
  expect(ana.set.find((header) => header.includes("kabar_oidc_"))).toMatch(
    /HttpOnly.*SameSite=Lax|SameSite=Lax.*HttpOnly/i,
  );
  expect((await ana.get(`${kabar.url}/api/admin/keys`)).status).toBe(200);
  // Another sign-in of the browser ends the session before.
  const before = [...ana.cookies].find(([name]) => name.startsWith("kabar_console_"));
  for (const name of [...ana.cookies.keys()]) if (!name.startsWith("kabar_")) ana.cookies.delete(name);
  expect(await signIn(ana, BO)).toBe(`${kabar.url}/console`);
  expect(await own(ana)).toMatchObject({ how: "oidc", user: { id: "owner:sub:bo-2" } });
  const old = new Browser();
  old.cookies.set(...(before as [string, string]));
  expect(await own(old)).toMatchObject({ signedIn: false, ended: true });
  expect(await asOperator("audit?limit=20")).toContain('"by":"owner:ana@example.com"');
  expect(await asOperator("console/sessions")).toContain('"how":"oidc"');
});

test("nobody else gets in: another user, an unverified address, a refusal, an answer that belongs to another sign-in", async () => {
  for (const user of [EVE, UNVERIFIED, SLY])
    expect(await signIn(new Browser(), user)).toBe(failure("unknown"));
  expect(await signIn(new Browser(), undefined)).toBe(failure("refused"));

  const browser = new Browser();
  const used = await goThrough(browser, ANA);
  const kept = new Map(browser.cookies);
  const wrongState = used.replace(/state=[^&]*/, "state=x");
  for (const address of [`${kabar.url}${BEGIN}/callback`, wrongState, used]) {
    const stranger = new Browser();
    expect(locationOf(await stranger.get(address), kabar.url)).toBe(failure("expired"));
    expect((await own(stranger)).signedIn).toBe(false);
  }
  expect(locationOf(await browser.get(used), kabar.url)).toBe(`${kabar.url}/console`);
  // The cookie is gone; with a copy of it the provider refuses the used code.
  expect(locationOf(await browser.get(used), kabar.url)).toBe(failure("expired"));
  const thief = new Browser();
  for (const [name, value] of kept) thief.cookies.set(name, value);
  expect(locationOf(await thief.get(used), kabar.url)).toBe(failure("refused"));
  for (const [name, value] of kept) thief.cookies.set(name, value.replace(/\.\d{13}\./, ".9999999999999."));
  expect(locationOf(await thief.get(used), kabar.url)).toBe(failure("expired"));

  const set = (name: string, value: string) => (begun: URL) => begun.searchParams.set(name, value);
  for (const change of [
    set("nonce", "of another sign-in"),
    set("code_challenge", "x".repeat(43)),
    set("client_id", OTHER_CLIENT),
  ])
    expect(await signIn(new Browser(), ANA, change)).toBe(failure("refused"));
});

test("a provider that stops is away and ends no session, and no log line has a secret", async () => {
  const browser = new Browser();
  expect(await signIn(browser, ANA)).toBe(`${kabar.url}/console`);
  const late = new Browser();
  const address = await goThrough(late, ANA);
  await provider.stop();
  expect(locationOf(await late.get(address), kabar.url)).toBe(failure("away"));
  const code = new URL(address).searchParams.get("code") ?? "";
  expect(code.length).toBeGreaterThan(20);
  const secrets = [CLIENT.secret, code, ...late.cookies.values(), ...browser.cookies.values()];
  expect(secrets.filter((secret) => kabar.output().includes(secret))).toEqual([]);
  expect((await own(browser)).signedIn).toBe(true);
});
