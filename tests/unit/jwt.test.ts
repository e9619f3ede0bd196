import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { createTokenVerifier, type TokenVerifier } from "../../src/users/jwt.ts";
import { createFolder } from "../support/folder.ts";

const SECRET = "a-shared-secret-of-thirty-two-or-more";
const settings = { tokenSecret: "", tokenKeys: "", tokenIssuer: "", tokenAudience: "", tokenSkewS: 30 };
const secretKey = new TextEncoder().encode(SECRET);
const folder = createFolder();

const claims = (more: object = {}) => ({ sub: "42", name: "Ana", ...more });
const sign = (
  payload: Record<string, unknown>,
  more: { iat?: number; exp?: number | string; key?: Uint8Array } = {},
) => {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT(payload)
    .setProtectedHeader({ alg: "HS256" })
    .setIssuedAt(more.iat ?? now)
    .setExpirationTime(more.exp ?? now + 600)
    .sign(more.key ?? secretKey);
};
async function verifier(more: Partial<typeof settings>): Promise<TokenVerifier> {
  const verify = await createTokenVerifier({ ...settings, ...more });
  if (!verify) throw new Error("no verifier");
  return verify;
}
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error: { code?: string }) => error.code ?? String(error),
  );

let keyFile: string;
let es256: CryptoKey;
let publicKeyText: string;
beforeAll(async () => {
  const pair = await generateKeyPair("ES256", { extractable: true });
  es256 = pair.privateKey;
  const jwk = await exportJWK(pair.publicKey);
  publicKeyText = JSON.stringify(jwk);
  keyFile = join(folder, "keys.json");
  await Bun.write(keyFile, JSON.stringify({ keys: [{ ...jwk, kid: "one", alg: "ES256", use: "sig" }] }));
});

describe("a token of the shared secret", () => {
  test("identifies its user", async () => {
    const verify = await verifier({ tokenSecret: SECRET });
    const token = await sign(
      claims({
        picture: "https://a.example/ana.png",
        role: "moderator",
        topics: { staff: "write", "room-*": "none" },
      }),
    );
    expect(await verify(token)).toEqual({
      id: "u:42",
      name: "Ana",
      avatar: "https://a.example/ana.png",
      role: "moderator",
      grants: [
        { pattern: "staff", level: "write" },
        { pattern: "room-*", level: "none" },
      ],
      issuedAtMs: expect.any(Number),
      expiresAtMs: expect.any(Number),
    });
  });

  test.each([
    ["javascript:alert(1)"],
    ["http://a.example/a.png"],
    ["data:image/svg+xml,<svg/>"],
    ["https://user:pw@a.example/"],
    ["not a url"],
  ])("with the picture %s has no avatar", async (picture) => {
    const verify = await verifier({ tokenSecret: SECRET });
    expect((await verify(await sign(claims({ picture })))).avatar).toBeUndefined();
  });

  test.each([
    ["no sub", { name: "Ana" }],
    ["no name", { sub: "42" }],
    ["an invisible name", claims({ name: "\u200b" })],
    ["a role that is none", claims({ role: "operator" })],
    ["a level that is none", claims({ topics: { lobby: "own" } })],
    ["a topic that is none", claims({ topics: { $control: "write" } })],
    ["a sub with a line break", claims({ sub: "4\n2" })],
  ])("with %s is refused", async (_, payload) => {
    const verify = await verifier({ tokenSecret: SECRET });
    expect(await codeOf(verify(await sign(payload)))).toBe("bad-token");
  });

  test("that has expired is token-expired, with a little skew allowed", async () => {
    const verify = await verifier({ tokenSecret: SECRET });
    const now = Math.floor(Date.now() / 1000);
    expect(await codeOf(verify(await sign(claims(), { exp: now - 60 })))).toBe("token-expired");
    expect(await codeOf(verify(await sign(claims(), { exp: now - 10 })))).toBe("accepted");
    expect(await codeOf(verify(await sign(claims(), { iat: now + 10 })))).toBe("accepted");
    expect(await codeOf(verify(await sign(claims(), { iat: now + 300 })))).toBe("bad-token");
  });

  test("without an end is refused", async () => {
    const verify = await verifier({ tokenSecret: SECRET });
    const token = await new SignJWT(claims())
      .setProtectedHeader({ alg: "HS256" })
      .setIssuedAt()
      .sign(secretKey);
    expect(await codeOf(verify(token))).toBe("bad-token");
  });

  test("of another secret, another audience or another issuer is refused", async () => {
    const verify = await verifier({
      tokenSecret: SECRET,
      tokenAudience: "chat",
      tokenIssuer: "https://site.example",
    });
    const right = claims({ aud: "chat", iss: "https://site.example" });
    expect(await codeOf(verify(await sign(right)))).toBe("accepted");
    expect(await codeOf(verify(await sign({ ...right, aud: "shop" })))).toBe("bad-token");
    expect(await codeOf(verify(await sign({ ...right, iss: "https://evil.example" })))).toBe("bad-token");
    expect(await codeOf(verify(await sign(claims())))).toBe("bad-token");
    const forged = await sign(right, {
      key: new TextEncoder().encode("another-secret-of-thirty-two-or-more!"),
    });
    expect(await codeOf(verify(forged))).toBe("bad-token");
  });
});

describe("attacks on the algorithm are refused:", () => {
  test("alg none", async () => {
    const token = new UnsecuredJWT(claims()).setIssuedAt().setExpirationTime("10m").encode();
    expect(await codeOf((await verifier({ tokenSecret: SECRET }))(token))).toBe("bad-token");
    expect(await codeOf((await verifier({ tokenKeys: keyFile }))(token))).toBe("bad-token");
  });

  test("a public key used as a shared secret", async () => {
    const token = await sign(claims(), { key: new TextEncoder().encode(publicKeyText) });
    expect(await codeOf((await verifier({ tokenKeys: keyFile }))(token))).toBe("bad-token");
    expect(await codeOf((await verifier({ tokenKeys: keyFile, tokenSecret: SECRET }))(token))).toBe(
      "bad-token",
    );
  });

  test("a key that the token carries or names, or an unpublished key", async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = await exportJWK(publicKey);
    const verify = await verifier({ tokenKeys: keyFile });
    const headers = [
      { jwk },
      { kid: "one" },
      { kid: "two" },
      { kid: "../../../etc/passwd" },
      { jku: "https://evil.example/keys.json" },
      { x5u: "https://evil.example/cert" },
    ];
    for (const header of headers) {
      const token = await new SignJWT(claims())
        .setProtectedHeader({ alg: "ES256", ...header })
        .setIssuedAt()
        .setExpirationTime("10m")
        .sign(privateKey);
      expect(await codeOf(verify(token))).toBe("bad-token");
    }
  });
});

test("published keys and a secret verify tokens side by side, each by its own algorithm", async () => {
  const verify = await verifier({ tokenKeys: keyFile, tokenSecret: SECRET });
  const token = await new SignJWT(claims())
    .setProtectedHeader({ alg: "ES256", kid: "one" })
    .setIssuedAt()
    .setExpirationTime("10m")
    .sign(es256);
  expect((await verify(token)).id).toBe("u:42");
  expect((await verify(await sign(claims()))).id).toBe("u:42");
  expect(await codeOf((await verifier({ tokenSecret: SECRET }))(token))).toBe("bad-token");
});

test("an error never repeats the token", async () => {
  const verify = await verifier({ tokenSecret: SECRET });
  for (const bad of ["a.b.c", "rubbish", `${await sign(claims())}x`]) {
    const error = await verify(bad).catch((thrown: Error) => thrown);
    expect((error as Error).message).not.toContain(bad);
  }
});

test("without secret and keys there is no verifier", async () => {
  expect(await createTokenVerifier(settings)).toBeUndefined();
});
