/** Owners whom a proxy names in a header. */
import { expect, test } from "bun:test";
import { buildConfig } from "../../src/config.ts";
import { ownerOfProxy } from "../../src/doors/console-proxy.ts";

const SETTINGS = {
  trusted_proxy_hops: 1,
  console_proxy_header: "X-Forwarded-User",
  console_proxy_from: ["10.0.0.5", "2001:db8::1"],
  console_proxy_names: ["ana"],
};

/** The owner of a request from an address, or the code of the refusal. */
function outcome(address: string | undefined, headers: Record<string, string>, more: object = {}) {
  const server = { requestIP: () => (address === undefined ? null : { address }) };
  try {
    return ownerOfProxy(
      new Request("http://x/", { headers }),
      server,
      buildConfig({ ...SETTINGS, ...more }, {}),
    );
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test("the address of the connection decides, in whichever spelling, and no header does", () => {
  const ana = { "x-forwarded-user": "ana" };
  expect(outcome("10.0.0.5", ana)).toBe("ana");
  expect(outcome("::ffff:10.0.0.5", ana)).toBe("ana");
  expect(outcome("2001:0db8:0:0::1", ana)).toBe("ana");
  // The same network is not the same proxy.
  for (const address of ["10.0.0.6", "2001:db8::2", "::1", "127.0.0.1", "", undefined])
    expect(outcome(address, { ...ana, "x-forwarded-for": "10.0.0.5" })).toBe("forbidden");
  expect(outcome("10.0.0.5", {})).toBeUndefined();
  expect(outcome("10.0.0.5", { "x-forwarded-user": "" })).toBeUndefined();
  expect(outcome("10.0.0.5", { "x-forwarded-user": "bo" })).toBe("forbidden");
  expect(outcome("10.0.0.5", { "x-forwarded-user": "ana,ana" })).toBe("forbidden");
  expect(outcome("10.0.0.6", ana, { console_proxy_header: "" })).toBeUndefined();
  // A Unix socket has no address: it counts where the server listens on one, and "unix" is listed.
  const unix = { socket: "/run/kabar.sock", console_proxy_from: "unix" };
  expect(outcome(undefined, ana, unix)).toBe("ana");
  expect(outcome(undefined, ana, { console_proxy_from: "unix" })).toBe("forbidden");
  expect(outcome(undefined, ana, { socket: "/run/kabar.sock" })).toBe("forbidden");
});

test("the header needs its proxies, its names and a hop, and is none that others set", () => {
  for (const [more, words] of [
    [{ console_proxy_from: [] }, "console_proxy_from is empty"],
    [{ console_proxy_names: [] }, "console_proxy_names is empty"],
    [{ trusted_proxy_hops: 0 }, "trusted_proxy_hops is 0"],
    [{ console_proxy_header: "X-Forwarded-For" }, "must be the name of a header"],
    [{ console_proxy_header: "Cookie" }, "must be the name of a header"],
    [{ console_proxy_header: "Sec-Fetch-Site" }, "must be the name of a header"],
    [{ console_proxy_header: "a b" }, "must be the name of a header"],
    [{ console_proxy_from: ["10.0.0.0/8"] }, "must be a list of addresses"],
    [{ console_proxy_names: ["a,b c"] }, "must be a list of names"],
  ] as const)
    expect(() => buildConfig({ ...SETTINGS, ...more }, {})).toThrow(words);
  for (const header of ["Remote-User", "Tailscale-User-Login", "X-Forwarded-User", "X-Auth-Request-Email"])
    buildConfig({ ...SETTINGS, console_proxy_header: header }, {});
});
