import { describe, expect, test } from "bun:test";
import { addressOf, parseQuery, requireOrigin } from "../../src/request.ts";
import { wholeNumber } from "../../src/rules.ts";

const request = (headers: Record<string, string>) => new Request("http://chat.example/x", { headers });
const direct = { requestIP: () => ({ address: "10.0.0.9" }) };

describe("an address", () => {
  const forwarded = request({ "x-forwarded-for": "6.6.6.6, 1.2.3.4, 10.0.0.1" });
  test("is the socket's when no proxy is trusted", () => {
    expect(addressOf(forwarded, direct, { trustedProxyHops: 0 })).toBe("10.0.0.9");
  });
  test("is what the outermost trusted proxy saw, not what the visitor claims", () => {
    expect(addressOf(forwarded, direct, { trustedProxyHops: 1 })).toBe("10.0.0.1");
    expect(addressOf(forwarded, direct, { trustedProxyHops: 2 })).toBe("1.2.3.4");
  });
  test("is the socket's when the proxy said nothing", () => {
    expect(addressOf(request({}), direct, { trustedProxyHops: 1 })).toBe("10.0.0.9");
    expect(addressOf(forwarded, direct, { trustedProxyHops: 9 })).toBe("10.0.0.9");
  });
});

describe("an origin", () => {
  const allows = (allowedOrigins: string[], origin?: string, host = "chat.example") => {
    try {
      requireOrigin(request({ host, ...(origin === undefined ? {} : { origin }) }), { allowedOrigins });
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: "origin-denied" });
      return false;
    }
  };
  test.each([
    [["*"], "https://anything.example", true],
    [["https://a.example"], "https://a.example", true],
    [["https://a.example"], "http://a.example", false],
    [["https://a.example"], "https://a.example.evil.test", false],
    [["https://*.a.example"], "https://x.a.example", true],
    [["https://*.a.example"], "https://a.example", false],
    [["https://*.a.example"], "https://xa.example", false],
    [["https://*.a.example"], "http://x.a.example", false],
    [[], "https://a.example", false],
    [[], "null", false],
    [[], "http://chat.example", true],
    [[], undefined, true],
  ])("with %j allowed, %p is let in: %p", (allowed, origin, expected) => {
    expect(allows(allowed, origin)).toBe(expected);
  });
});

test("a query's error names the parameter, its value and what is allowed", () => {
  const shape = { limit: wholeNumber(1, 200).optional() };
  expect(parseQuery("http://x/?limit=20&other=1", shape)).toEqual({ limit: 20 });
  expect(parseQuery("http://x/", shape)).toEqual({});
  expect(() => parseQuery("http://x/?limit=many", shape)).toThrow(
    'limit: is "many", must be a whole number from 1 to 200.',
  );
  expect(() => parseQuery("http://x/?limit=", shape)).toThrow('limit: is "", must be');
});
