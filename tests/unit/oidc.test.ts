/** Owners that a provider may sign in: who is on the list, what ends their sessions, and which settings are refused. */
import { expect, test } from "bun:test";
import { buildConfig } from "../../src/config.ts";
import { allowedEntry, createOidc, oidcMarkOf } from "../../src/users/oidc.ts";

const PROVIDER = {
  KABAR_OIDC_ISSUER: "https://id.example/realm",
  KABAR_OIDC_CLIENT_ID: "kabar",
  KABAR_PUBLIC_URL: "https://chat.example/base",
};
const config = (more: Record<string, string> = {}) => buildConfig({}, { ...PROVIDER, ...more });

test("a verified address and a subject are on the list; an address is none unless the provider verified it", () => {
  const list = ["ana@example.com", "sub:Bo|2"];
  const user = (sub: string, email?: string, verified?: unknown) =>
    allowedEntry(list, {
      sub,
      ...(email === undefined ? {} : { email }),
      ...(verified === undefined ? {} : { email_verified: verified as boolean }),
    });
  expect(user("1", "ANA@example.com", true)).toBe("ana@example.com");
  expect(user("Bo|2")).toBe("sub:Bo|2");
  for (const verified of [false, undefined, "true", 1])
    expect(user("1", "ana@example.com", verified)).toBeUndefined();
  for (const [sub, email] of [
    ["bo|2"],
    ["ana@example.com"],
    ["1", "sub:Bo|2"],
    ["1", "ana@example.com.evil.example"],
  ])
    expect(user(sub ?? "", email, true)).toBeUndefined();
  expect(allowedEntry([], { sub: "1", email: "ana@example.com", email_verified: true })).toBeUndefined();
});

test("another provider, another client and a shorter list change the mark of an owner", () => {
  const mark = (more: Record<string, string>) => oidcMarkOf(config(more), "ana@example.com");
  const listed = { KABAR_OIDC_ALLOWED: "ana@example.com bo@example.com" };
  const now = mark(listed);
  expect(now).toBeString();
  expect(mark({ KABAR_OIDC_ALLOWED: "ana@example.com" })).toBe(now as string);
  for (const other of [{ KABAR_OIDC_ISSUER: "https://id.example/other" }, { KABAR_OIDC_CLIENT_ID: "other" }])
    expect(mark({ ...listed, ...other })).not.toBe(now as string);
  expect(mark({ KABAR_OIDC_ALLOWED: "bo@example.com" })).toBeUndefined();
  expect(mark({ ...listed, KABAR_OIDC_ISSUER: "" })).toBeUndefined();
});

test("settings that are not safe or not whole are refused with their names", () => {
  const refusalOf = (more: Record<string, string>): string => {
    try {
      config(more);
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  expect(refusalOf({})).toBe("");
  for (const name of ["client_id", "public_url"])
    expect(refusalOf({ [`KABAR_${name === "public_url" ? "" : "OIDC_"}${name.toUpperCase()}`]: "" })).toMatch(
      new RegExp(`${name} is empty, must be set when oidc_issuer is`),
    );
  for (const issuer of ["http://id.example", "http://127.0.0.1.evil.example", "https://a@b", "https://a?x"])
    expect(refusalOf({ KABAR_OIDC_ISSUER: issuer })).toContain("KABAR_OIDC_ISSUER");
  for (const issuer of ["http://localhost:4000", "http://[::1]:1/x", "https://id.example/"])
    expect(refusalOf({ KABAR_OIDC_ISSUER: issuer })).toBe("");
  for (const entry of ["ana", "*", "*@example.com@x", "sub:", "@example.com"])
    expect(refusalOf({ KABAR_OIDC_ALLOWED: entry })).toContain("KABAR_OIDC_ALLOWED");
  const secret = "x y".repeat(200);
  expect(refusalOf({ KABAR_OIDC_CLIENT_SECRET: secret })).not.toContain("x y");
});

test("a way back without the cookie of this server is too late, and asks the provider nothing", async () => {
  const oidc = createOidc({
    config: config(),
    logger: { warn: () => expect.unreachable() },
    serverSecret: "s",
    redirectAddress: "https://chat.example/base/x",
  });
  const id = "a".repeat(22);
  for (const cookie of [
    "",
    "x",
    `${id}.${"9".repeat(13)}..${"b".repeat(43)}`,
    `${id}.${"9".repeat(13)}.${"b".repeat(43)}`,
    "a".repeat(100_000),
  ])
    expect(await oidc.finish("?state=x&code=y", cookie)).toEqual({ failure: "expired" });
});
