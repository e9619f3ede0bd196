import { describe, expect, test } from "bun:test";
import {
  addressOf,
  basePathOf,
  ownAddress,
  parseQuery,
  requireOrigin,
  routePath,
} from "../../src/doors/request.ts";
import { wholeNumber } from "../../src/parsing.ts";
import { SETTINGS } from "../../src/settings.ts";

const request = (headers: Record<string, string>) => new Request("http://chat.example/x", { headers });
const direct = { requestIP: () => ({ address: "10.0.0.9" }) };

describe("an address", () => {
  const forwarded = request({ "x-forwarded-for": "6.6.6.6, 1.2.3.4, 10.0.0.1" });
  test("is the socket's when no proxy is trusted", () => {
    expect(addressOf(forwarded, direct, { trustedProxyHops: 0 })).toBe("10.0.0.9");
  });
  test("is the one the outermost trusted proxy saw, not a claim of the client", () => {
    expect(addressOf(forwarded, direct, { trustedProxyHops: 1 })).toBe("10.0.0.1");
    expect(addressOf(forwarded, direct, { trustedProxyHops: 2 })).toBe("1.2.3.4");
  });
  test("is the socket's when the proxy sent no header", () => {
    expect(addressOf(request({}), direct, { trustedProxyHops: 1 })).toBe("10.0.0.9");
    expect(addressOf(forwarded, direct, { trustedProxyHops: 9 })).toBe("10.0.0.9");
  });
});

test.each([
  ["", "/chat/t/lobby", "/chat/t/lobby"],
  ["https://example.com", "/chat/t/lobby", "/chat/t/lobby"],
  ["https://example.com/chat", "/chat/t/lobby", "/t/lobby"],
  ["https://example.com/chat", "/chat/", "/"],
  ["https://example.com/chat", "/t/lobby", "/t/lobby"],
  ["https://example.com/chat", "/chats/t/lobby", "/chats/t/lobby"],
  ["https://example.com/a/b", "/a/b/chat/x", "/chat/x"],
])("with the public address %j a request of %s is for the route %s", (publicUrl, path, expected) => {
  const incoming = new Request(`http://127.0.0.1:3000${path}?x`);
  expect(routePath(incoming, basePathOf({ publicUrl }))).toBe(expected);
  expect(ownAddress(incoming, { publicUrl })).toBe(publicUrl || "http://127.0.0.1:3000");
});

test("a public address may have a path, but none that hides a route of the server", () => {
  const { rule } = SETTINGS.publicUrl;
  const isAllowed = (text: string) => rule.safeParse(text).success;
  const good = [
    "",
    "http://a",
    "https://a.example:8443",
    "https://a/chat",
    "https://a/chat/v1.2",
    "https://a/talk",
    "https://a/apis",
  ];
  const bad = [
    "a",
    "ftp://a",
    "https://a/",
    "https://a/chat/",
    "https://a//b",
    "https://a/../b",
    "https://a/:x",
    "https://a/*",
    "https://a/b c",
    "https://a/?x",
    "https://a/b#c",
    "https://a/%2e",
    "https://a/api",
    "https://a/t/x",
    "https://a/docs",
  ];
  expect(good.filter((text) => !isAllowed(text))).toEqual([]);
  expect(bad.filter(isAllowed)).toEqual([]);
});

describe("an origin", () => {
  const allows = (allowedOrigins: string[], origin?: string, more: Record<string, string> = {}) => {
    const { publicUrl = "", ...headers } = { host: "chat.example", ...more };
    try {
      const config = { allowedOrigins, publicUrl };
      requireOrigin(request({ ...headers, ...(origin === undefined ? {} : { origin }) }), config);
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
    [[], "http://chat.example", false],
    [[], undefined, true],
  ])("with %j allowed, %p is let in: %p", (allowed, origin, expected) => {
    expect(allows(allowed, origin)).toBe(expected);
  });

  test("that is refused by a server of its own name receives a hint at public_url", () => {
    const refusal = (host: string) => () =>
      requireOrigin(request({ host, origin: "https://chat.example:8443" }), {
        allowedOrigins: ["https://a.example"],
        publicUrl: "",
      });
    expect(refusal("chat.example:8443")).toThrow('set public_url to "https://chat.example:8443"');
    expect(refusal("a.example")).toThrow("add this origin to allowed_origins");
  });

  test.each<[string, string, Record<string, string>, boolean]>([
    ["its public address", "https://chat.example", { publicUrl: "https://chat.example" }, true],
    ["it with a path", "https://site.example", { publicUrl: "https://site.example/chat" }, true],
    ["it on another port", "https://chat.example:8443", { publicUrl: "https://chat.example" }, false],
    ["it by another scheme", "http://chat.example", { publicUrl: "https://chat.example" }, false],
    [
      "it, where a proxy drops the port of Host",
      "http://127.0.0.1:8080",
      { publicUrl: "http://127.0.0.1:8080", host: "127.0.0.1" },
      true,
    ],
    ["loopback", "http://127.0.0.1:3000", { host: "127.0.0.1:3000" }, true],
    ["loopback by name", "http://localhost:3000", { host: "localhost:3000" }, true],
    ["an address of the network", "http://192.168.1.7:3000", { host: "192.168.1.7:3000" }, true],
    ["an IPv6 address", "http://[::1]:3000", { host: "[::1]:3000" }, true],
    [
      "an address behind TLS",
      "https://192.168.1.7",
      { host: "192.168.1.7", "x-forwarded-proto": "https" },
      true,
    ],
    ["an address by another scheme", "https://192.168.1.7", { host: "192.168.1.7" }, false],
    ["an address on another port", "http://192.168.1.7:1", { host: "192.168.1.7:2" }, false],
    ["a name that was pointed here", "http://evil.example", { host: "evil.example" }, false],
    [
      "the same, beside a public address",
      "http://evil.example",
      { host: "evil.example", publicUrl: "https://chat.example" },
      false,
    ],
    [
      "a name that begins like an address",
      "http://127.0.0.1.evil.example",
      { host: "127.0.0.1.evil.example" },
      false,
    ],
    ["a name that ends like loopback", "http://evil-localhost", { host: "evil-localhost" }, false],
    ["loopback while the page is a name", "http://evil.example", { host: "127.0.0.1:3000" }, false],
  ])("with nothing allowed, the server's own page at %s (%s, %j): %p", (_, origin, more, expected) => {
    expect(allows([], origin, more)).toBe(expected);
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
