import { expect, test } from "bun:test";
import {
  createSecret,
  guestIdOfAddress,
  guestName,
  issueGuest,
  secretsMatch,
  verifyGuest,
} from "../../src/users/guests.ts";

const secret = createSecret();

test("a credential identifies its guest to the server that issued it only", () => {
  const { id, credential } = issueGuest(secret);
  expect(verifyGuest(secret, credential)).toBe(id);
  expect(verifyGuest(createSecret(), credential)).toBeUndefined();
});

test("a credential with any changed character is refused", () => {
  const { credential } = issueGuest(secret);
  for (let i = 0; i < credential.length; i++) {
    const other = credential[i] === "A" ? "B" : "A";
    const forged = credential.slice(0, i) + other + credential.slice(i + 1);
    // The last character of a base64url word may carry bits that are not used.
    if (i < credential.length - 1) expect(verifyGuest(secret, forged)).toBeUndefined();
  }
  for (const bad of ["", "g1..", `${credential}A`, ` ${credential}`, "g1.operator.AAAAAAAAAAAAAAAAAAAAAA"]) {
    expect(verifyGuest(secret, bad)).toBeUndefined();
  }
});

test("guests are different, and their names friendly and stable", () => {
  const ids = new Set(Array.from({ length: 1000 }, () => issueGuest(secret).id));
  expect(ids.size).toBe(1000);
  for (const id of ids) expect(guestName(id)).toMatch(/^Guest-[a-z]+$/);
  expect(guestName("g-AAAAAAAAAAAA")).toBe(guestName("g-AAAAAAAAAAAA"));
});

test("an address has one guest, whose id does not reveal the address", () => {
  expect(guestIdOfAddress(secret, "192.0.2.1")).toBe(guestIdOfAddress(secret, "192.0.2.1"));
  expect(guestIdOfAddress(secret, "192.0.2.1")).not.toBe(guestIdOfAddress(secret, "192.0.2.2"));
  expect(guestIdOfAddress(secret, "192.0.2.1")).not.toBe(guestIdOfAddress(createSecret(), "192.0.2.1"));
});

test("secrets are compared whole, whatever their length", () => {
  expect(secretsMatch("abc", "abc")).toBe(true);
  expect(secretsMatch("abc", "abcd")).toBe(false);
  expect(secretsMatch("", "abc")).toBe(false);
});
