import { describe, expect, test } from "bun:test";
import { isIP as isIPOfNode } from "node:net";
import { isIP, networkOf, unitOf, unitOrUnknown } from "../../src/address.ts";

describe("the unit of an address", () => {
  test.each([
    ["203.0.113.9", "203.0.113.9"],
    ["203.0.113.9:4711", "203.0.113.9"],
    [" 203.0.113.9 ", "203.0.113.9"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["::ffff:cb00:7109", "203.0.113.9"],
    ["64:ff9b::203.0.113.9", "203.0.113.9"],
    ["[::ffff:203.0.113.9]:80", "203.0.113.9"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::1", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::1]", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::1]:50000", "2001:db8:1:2::/64"],
    ["2001:db8::", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["2001:db8::1:2:3:4", "2001:db8:0:0::/64"],
    // A URL's parser refuses this one.
    ["8b5f::7387:7d70:c7c9:88.55.1.123", "8b5f:0:0:7387::/64"],
  ])("of %p is %p", (raw, unit) => {
    expect(unitOf(raw)).toBe(unit);
  });

  test.each([
    "",
    "unknown",
    "_hidden",
    "203.0.113",
    "203.0.113.999",
    "203.0.113.9, 198.51.100.1",
    "2001:db8:1:2:3:4:5:6:7",
    ":::",
    "[2001:db8::1",
    "evil.example",
    `${"1".repeat(65)}`,
    "1.2.3.4:99999999",
  ])("does not exist for %p", (raw) => {
    expect(unitOf(raw)).toBeUndefined();
    expect(unitOrUnknown(raw)).toBe("unknown");
  });

  test("is its own unit", () => {
    for (const unit of ["203.0.113.9"]) expect(unitOf(unit)).toBe(unit);
  });
});

test("the network of an IPv6 unit is its /48; IPv4 has none", () => {
  expect(networkOf("2001:db8:1:2::/64")).toBe("2001:db8:1::/48");
  expect(networkOf("2001:db8:1:3::/64")).toBe("2001:db8:1::/48");
  expect(networkOf("203.0.113.9")).toBeUndefined();
  expect(networkOf("unknown")).toBeUndefined();
});

describe("the version of an address is the one that Node finds", () => {
  const parts = [
    "2001:db8::1",
    "1:2:3:4:5:6:7:8",
    "::ffff:1.2.3.4",
    "1.2.3.4",
    "255.255.255.255",
    "::",
    "fe80::1%eth0",
  ];
  const odd = ["", ":", "::", ".", "0", "1.2.3.4", "256", "g", "%", "%1", " ", "12345", "/", "]"];
  test.each(parts)("of %p, whatever is put into it at any place", (whole) => {
    for (let at = 0; at <= whole.length; at++)
      for (const more of odd)
        for (const left of [0, 1, 2]) {
          const text = whole.slice(0, at) + more + whole.slice(at + left);
          expect([text, isIP(text)]).toEqual([text, isIPOfNode(text) as 0 | 4 | 6]);
        }
  });
});
