import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { createTokenVerifier, type TokenVerifier } from "../../src/users/jwt.ts";
import { createFolder } from "../support/folder.ts";

const SECRET = "a-shared-secret-of-thirty-two-or-more";
const settings = { tokenSecret: "", tokenKeys: "", tokenIssuer: "", tokenAudience: "", tokenSkewS: 30 };
const folder = createFolder();
const claims = { sub: "42", name: "Ana" };
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error: { code?: string }) => error.code ?? String(error),
  );
async function verifier(more: Partial<typeof settings>): Promise<TokenVerifier> {
  const verify = await createTokenVerifier({ ...settings, ...more });
  if (!verify) throw new Error("no verifier");
  return verify;
}
const sign = (
  key: CryptoKey | Uint8Array,
  header: { alg: string } & Record<string, unknown>,
  more: object = {},
) =>
  new SignJWT({ ...claims, ...more })
    .setProtectedHeader(header)
    .setIssuedAt()
    .setExpirationTime("10m")
    .sign(key);
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const now = () => Math.floor(Date.now() / 1000);
const life = () => ({ iat: now(), exp: now() + 600 });

type Pair = { privateKey: CryptoKey; publicKey: CryptoKey };
const pairs: Record<string, Pair> = {};
const jwks: JWK[] = [];
const keyFile = join(folder, "keys.json");

/** A site of somebody else's, which would be only too glad to publish keys. */
const asked: string[] = [];
let evil: ReturnType<typeof Bun.serve>;
let evilPair: Pair;

beforeAll(async () => {
  for (const alg of ["RS256", "ES256", "EdDSA"]) {
    const pair = (await generateKeyPair(alg, { extractable: true })) as Pair;
    pairs[alg] = pair;
    jwks.push({ ...(await exportJWK(pair.publicKey)), kid: alg, use: "sig" });
  }
  await Bun.write(keyFile, JSON.stringify({ keys: jwks }));
  evilPair = (await generateKeyPair("ES256", { extractable: true })) as Pair;
  const evilJwk = { ...(await exportJWK(evilPair.publicKey)), kid: "ES256", alg: "ES256", use: "sig" };
  evil = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      asked.push(request.url);
      return Response.json({ keys: [evilJwk] });
    },
  });
});
afterAll(() => evil.stop(true));

describe("keys are the configured ones and no others:", () => {
  test.each(["RS256", "ES256", "EdDSA"])("a token of %s is taken", async (alg) => {
    const verify = await verifier({ tokenKeys: keyFile });
    expect(await codeOf(verify(await sign(pairs[alg]?.privateKey as CryptoKey, { alg, kid: alg })))).toBe(
      "accepted",
    );
  });

  test("addresses in the header or claims of a token are never fetched", async () => {
    const address = `http://127.0.0.1:${evil.port}/keys.json`;
    const verify = await verifier({ tokenKeys: keyFile });
    const headers = [
      { jku: address, kid: "ES256" },
      { x5u: address, kid: "ES256" },
      { kid: address },
      { jku: address, jwk: await exportJWK(evilPair.publicKey) },
    ];
    for (const header of headers) {
      const token = await sign(evilPair.privateKey, { alg: "ES256", ...header });
      expect(await codeOf(verify(token))).toBe("bad-token");
    }
    for (const claim of [{ iss: `http://127.0.0.1:${evil.port}` }, { jwks_uri: address }]) {
      const token = await sign(evilPair.privateKey, { alg: "ES256", kid: "ES256" }, claim);
      expect(await codeOf(verify(token))).toBe("bad-token");
    }
    expect(asked).toEqual([]);
  });

  test("a kid is only a key's name, not a path, a query or an object's property", async () => {
    const verify = await verifier({ tokenKeys: keyFile });
    const kids = ["../keys.json", "' OR 1=1 --", "__proto__", "constructor", "/dev/null", "", "ES256\0"];
    for (const kid of kids) {
      const token = await sign(evilPair.privateKey, { alg: "ES256", kid });
      expect([kid, await codeOf(verify(token))]).toEqual([kid, "bad-token"]);
    }
    for (const kid of [7, {}, ["ES256"], null]) {
      const token = await sign(evilPair.privateKey, { alg: "ES256", kid } as never);
      expect(await codeOf(verify(token))).toBe("bad-token");
    }
  });

  test("a key verifies only its own kind of signature", async () => {
    const verify = await verifier({ tokenKeys: keyFile });
    const { privateKey } = pairs.ES256 as Pair;
    const genuine = await sign(privateKey, { alg: "ES256", kid: "ES256" });
    const [, payload, signature] = genuine.split(".");
    for (const alg of ["RS256", "EdDSA", "ES384", "PS256", "HS256", "none", "None", "es256", "", "ES256K"]) {
      const token = `${base64({ alg, kid: "ES256" })}.${payload}.${signature}`;
      expect([alg, await codeOf(verify(token))]).toEqual([alg, "bad-token"]);
    }
  });

  test("a published secret is no secret: symmetric keys in a JWKS verify nothing", async () => {
    const file = join(folder, "oct.json");
    const k = Buffer.from(SECRET).toString("base64url");
    await Bun.write(file, JSON.stringify({ keys: [{ kty: "oct", k, kid: "o", alg: "HS256" }] }));
    const verify = await verifier({ tokenKeys: file });
    expect(
      await codeOf(verify(await sign(new TextEncoder().encode(SECRET), { alg: "HS256", kid: "o" }))),
    ).toBe("bad-token");
  });

  test("published keys in any notation are no shared secret", async () => {
    const verify = await verifier({ tokenKeys: keyFile, tokenSecret: SECRET });
    const der = Buffer.from(
      await crypto.subtle.exportKey("spki", pairs.RS256?.publicKey as CryptoKey),
    ).toString("base64");
    const pem = `-----BEGIN PUBLIC KEY-----\n${der.replace(/.{64}/g, "$&\n")}\n-----END PUBLIC KEY-----\n`;
    for (const text of [pem, der, JSON.stringify(jwks[0]), await Bun.file(keyFile).text()]) {
      const token = await sign(new TextEncoder().encode(text), { alg: "HS256" });
      expect(await codeOf(verify(token))).toBe("bad-token");
    }
  });
});

describe("signatures", () => {
  test("of zeros, of nothing, of another token, or with a bit turned are refused", async () => {
    const verify = await verifier({ tokenKeys: keyFile });
    const { privateKey } = pairs.ES256 as Pair;
    const header = { alg: "ES256", kid: "ES256" };
    const genuine = await sign(privateKey, header);
    const [head, payload, signature = ""] = genuine.split(".");
    const other = (await sign(privateKey, header, { role: "moderator" })).split(".")[1];
    const bytes = Buffer.from(signature, "base64url");
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    for (const forged of [
      `${head}.${payload}.${Buffer.alloc(64).toString("base64url")}`,
      `${head}.${payload}.`,
      `${head}.${payload}`,
      `${head}.${other}.${signature}`,
      `${head}.${payload}.${bytes.toString("base64url")}`,
      `${head}.${payload}.${signature}.${signature}`,
    ])
      expect(await codeOf(verify(forged))).toBe("bad-token");
  });

  test("headers with unknown critical extensions or an unencoded payload are refused", async () => {
    const verify = await verifier({ tokenSecret: SECRET });
    const key = new TextEncoder().encode(SECRET);
    const [, , signature] = (await sign(key, { alg: "HS256" })).split(".");
    for (const header of [
      { alg: "HS256", crit: ["exp2"], exp2: 1 },
      { alg: "HS256", crit: [] },
      { alg: "HS256", b64: false, crit: ["b64"] },
      { alg: "HS256", enc: "A128GCM" },
    ]) {
      const input = `${base64(header)}.${base64({ ...claims, ...life() })}`;
      const right = new Bun.CryptoHasher("sha256", SECRET).update(input).digest("base64url");
      if ("crit" in header) expect(await codeOf(verify(`${input}.${right}`))).toBe("bad-token");
      expect(await codeOf(verify(`${input}.${signature}`))).toBe("bad-token");
    }
  });
});

describe("claims", () => {
  /** Signed with the right secret, whatever stands in it: a back end with a bug, not an attacker. */
  const signed = (payload: unknown) => {
    const input = `${base64({ alg: "HS256" })}.${Buffer.from(JSON.stringify(payload)).toString("base64url")}`;
    return `${input}.${new Bun.CryptoHasher("sha256", SECRET).update(input).digest("base64url")}`;
  };

  test.each([
    ["an end that is text", { ...claims, iat: 1, exp: "9999999999" }],
    ["an end that never comes", { ...claims, iat: 1, exp: null }],
    ["a beginning to come", () => ({ ...claims, ...life(), nbf: now() + 300 })],
    ["an issue in the future", () => ({ ...claims, iat: now() + 300, exp: now() + 600 })],
    ["a sub that is a list", () => ({ ...claims, ...life(), sub: [42] })],
    ["a sub that is an object", () => ({ ...claims, ...life(), sub: { toString: "operator" } })],
    ["no claims but a list", [1, 2]],
    ["no claims but text", "admin"],
    ["a role of the server's own", () => ({ ...claims, ...life(), role: "service" })],
    ["roles by prototype", () => JSON.parse('{"__proto__":{"role":"moderator"}}')],
  ] as [string, unknown][])("with %s are refused", async (_, payload) => {
    const verify = await verifier({ tokenSecret: SECRET });
    const value = typeof payload === "function" ? (payload as () => unknown)() : payload;
    expect(await codeOf(verify(signed(value)))).toBe("bad-token");
  });

  test("a user of the site can't be a guest, a back end or the operator by the id", async () => {
    const verify = await verifier({ tokenSecret: SECRET });
    for (const sub of ["operator", "key:4f1c0a9be2d7", "g-8kXwAAAAAAAA", "u:42", "staff", "erased"])
      expect((await verify(signed({ ...claims, ...life(), sub }))).id).toBe(`u:${sub}`);
  });

  test("an audience list with the right entry is accepted, and a mere prefix is not", async () => {
    const verify = await verifier({ tokenSecret: SECRET, tokenAudience: "chat" });
    const answers = [["shop", "chat"], "chat", "chatter", ["chatter"], [], "", undefined].map((aud) =>
      codeOf(verify(signed({ ...claims, ...life(), ...(aud === undefined ? {} : { aud }) }))),
    );
    const [listed, same, ...others] = await Promise.all(answers);
    expect([listed, same]).toEqual(["accepted", "accepted"]);
    expect(new Set(others)).toEqual(new Set(["bad-token"]));
  });

  test("clocks may differ by the configured skew, to the second, both ways", async () => {
    let at = 1_000_000_000_000;
    const verify = await createTokenVerifier({ ...settings, tokenSecret: SECRET, tokenSkewS: 30 }, () => at);
    const token = signed({ ...claims, iat: 1_000_000_000, exp: 1_000_000_600 });
    const answers: unknown[] = [];
    for (const shift of [-31, -30, 0, 600, 629, 630, 631]) {
      at = 1_000_000_000_000 + shift * 1000;
      answers.push(await codeOf((verify as TokenVerifier)(token)));
    }
    expect(answers).toEqual([
      "bad-token",
      "accepted",
      "accepted",
      "accepted",
      "accepted",
      "token-expired",
      "token-expired",
    ]);
  });
});

describe("keys published at an address", () => {
  test("are fetched once for many tokens, and a token of another key is refused", async () => {
    let fetched = 0;
    const site = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch() {
        fetched += 1;
        return Response.json({ keys: jwks });
      },
    });
    const verify = await verifier({ tokenKeys: `http://127.0.0.1:${site.port}/jwks.json` });
    const token = () => sign(pairs.EdDSA?.privateKey as CryptoKey, { alg: "EdDSA", kid: "EdDSA" });
    for (let i = 0; i < 5; i++) expect(await codeOf(verify(await token()))).toBe("accepted");
    expect(await codeOf(verify(await sign(evilPair.privateKey, { alg: "ES256", kid: "new" })))).toBe(
      "bad-token",
    );
    expect(fetched).toBe(1);
    await site.stop(true);
  });

  test("that cannot be fetched admit no user, and the error does not reveal the address", async () => {
    const verify = await verifier({ tokenKeys: "http://127.0.0.1:1/jwks.json" });
    const error = await verify(
      await sign(pairs.ES256?.privateKey as CryptoKey, { alg: "ES256", kid: "ES256" }),
    ).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: "keys-unavailable", retryAfterMs: expect.any(Number) });
    expect((error as Error).message).not.toContain("127.0.0.1");
  });

  test.each([
    ["hangs up", () => Promise.reject(new Error())],
    ["answers 500", async () => new Response("down", { status: 500 })],
    ["answers with a page", async () => new Response("<html>", { headers: { "Content-Type": "text/html" } })],
    ["answers with something else", async () => Response.json({ hello: 1 })],
  ])("of a server that %s give no verdict on the token, and requests pause", async (_, answer) => {
    let asked = 0;
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch() {
        asked += 1;
        return answer();
      },
      error: () => new Response("", { status: 500 }),
    });
    const verify = await verifier({ tokenKeys: `http://127.0.0.1:${server.port}/jwks.json` });
    const key = pairs.ES256?.privateKey as CryptoKey;
    for (let i = 0; i < 20; i++) {
      const error = await verify(await sign(key, { alg: "ES256", kid: "ES256" })).catch((e: Error) => e);
      expect(error).toMatchObject({ code: "keys-unavailable" });
    }
    expect(asked).toBe(1);
    await server.stop(true);
  });
});
