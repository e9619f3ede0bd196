/** Web Push without a server: the vectors of RFC 8291 and RFC 8292, endpoints, quiet hours, and when a message is due. */
import { describe, expect, test } from "bun:test";
import { createECDH } from "node:crypto";
import { requireSubscription } from "../../src/push/device.ts";
import { encryptPush, MAX_PUSH_BYTES } from "../../src/push/encryption.ts";
import { createFailures } from "../../src/push/failures.ts";
import { createLanes } from "../../src/push/lanes.ts";
import { noticeOf } from "../../src/push/notice.ts";
import { createPushQueue } from "../../src/push/push-queue.ts";
import { isQuiet, isTimeZone } from "../../src/push/quiet-hours.ts";
import { createVapid, derivePushKey, publicKeyOf } from "../../src/push/vapid.ts";
import { type Browser, decryptPush, importPrivate, verifyVapid } from "../support/push-stand-in.ts";

/** RFC 8291 section 5 and appendix A. */
const RFC_8291 = {
  text: "When I grow up, I want to be a watermelon",
  sender: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
  senderPoint: "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
  receiver: "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
  p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
  salt: "DGv6ra1nlYgDCS1FRnbzlw",
  body: "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
};
/** RFC 8292 section 2.4. */
const RFC_8292 = {
  header:
    "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs",
  audience: "https://push.example.net",
  expires: 1_453_523_768,
};

const keys = { p256dh: RFC_8291.p256dh, auth: RFC_8291.auth };
const browser = async (): Promise<Browser> => ({
  endpoint: "",
  ...keys,
  privateKey: await importPrivate(RFC_8291.receiver, RFC_8291.p256dh),
});

describe("encryption", () => {
  test("makes the body of RFC 8291 of its keys, salt and text", () => {
    const pair = createECDH("prime256v1");
    pair.setPrivateKey(RFC_8291.sender, "base64url");
    expect(pair.getPublicKey("base64url")).toBe(RFC_8291.senderPoint);
    const salt = Buffer.from(RFC_8291.salt, "base64url");
    expect(encryptPush(RFC_8291.text, keys, { pair, salt }).toString("base64url")).toBe(RFC_8291.body);
  });

  test("the stand-in for browsers decrypts that body, and what is encrypted with fresh keys, of up to 4096 bytes", async () => {
    const body = Uint8Array.from(Buffer.from(RFC_8291.body, "base64url"));
    expect(await decryptPush(body, await browser())).toBe(RFC_8291.text);
    const longest = "ü".repeat(MAX_PUSH_BYTES / 2 - 1).padEnd(MAX_PUSH_BYTES / 2, "xy");
    const [one, two] = [encryptPush(longest, keys), encryptPush(longest, keys)];
    expect(one.length).toBeLessThanOrEqual(4096);
    expect(one.equals(two)).toBe(false);
    expect(await decryptPush(Uint8Array.from(one), await browser())).toBe(longest);
  });
});

describe("identification", () => {
  test("the stand-in takes the token of RFC 8292 until it expires, and for no other audience", async () => {
    const before = new Date((RFC_8292.expires - 60) * 1000);
    const { claims } = await verifyVapid(RFC_8292.header, RFC_8292.audience, before);
    expect(claims.sub).toBe("mailto:push@example.com");
    expect(verifyVapid(RFC_8292.header, "https://other.example", before)).rejects.toThrow();
    expect(verifyVapid(RFC_8292.header, RFC_8292.audience)).rejects.toThrow();
  });

  test("a server signs for each push service, again before a token expires, with the key of its secret", async () => {
    let now = Date.now();
    const vapid = createVapid("a secret", "mailto:me@example.org", () => now);
    const header = await vapid.authorize("https://push.example.net/a/b?c");
    const { claims, key } = await verifyVapid(header, RFC_8292.audience);
    expect([claims.sub, key]).toEqual(["mailto:me@example.org", vapid.publicKey()]);
    expect(await vapid.authorize("https://push.example.net/other")).toBe(header);
    expect(await vapid.authorize("https://elsewhere.example/")).not.toBe(header);
    now += 11.5 * 3_600_000;
    expect(await vapid.authorize("https://push.example.net/a")).not.toBe(header);
    expect(derivePushKey("a secret")).toBe(derivePushKey("a secret"));
    expect(derivePushKey("another")).not.toBe(derivePushKey("a secret"));
    expect(publicKeyOf(derivePushKey("a secret")).toString("base64url")).toBe(vapid.publicKey());
  });
});

describe("an endpoint is the https address of a public push service:", () => {
  const refuses = (endpoint: string, more = {}) =>
    expect(() => requireSubscription(endpoint, { ...keys, ...more }, false)).toThrow();
  test("those of browsers are taken", () => {
    for (const host of ["fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com"])
      requireSubscription(`https://${host}/wpush/v2/x`, keys, false);
  });
  test("plain text, other ports, users, and private addresses in any form are not", () => {
    for (const endpoint of "http://push.example/ https://push.example:8443/ https://a:b@push.example/ https://127.0.0.1/ https://2130706433/ https://0x7f.1/ https://[::1]/ https://[::ffff:10.0.0.1]/ https://localhost/ https://x.localhost/ https://169.254.169.254/ ftp://push.example/ data:text/plain,x nonsense".split(
      " ",
    ))
      refuses(endpoint);
  });
  test("keys that nobody can encrypt for are not", () => {
    refuses("https://push.example/", { auth: "BTBZMqHH6r4Tts7J_aSI" });
    refuses("https://push.example/", { p256dh: `B${"A".repeat(86)}` });
    refuses("https://push.example/", { p256dh: RFC_8291.salt });
  });
});

test("quiet hours are those of the user's clock, also over midnight and when clocks are changed", () => {
  const at = (text: string) => Date.parse(text);
  const night = { from: "22:00", to: "07:00", zone: "Europe/Berlin" };
  expect([at("2026-01-10T20:59Z"), at("2026-01-10T21:00Z")].map((ms) => isQuiet(night, ms))).toEqual([
    false,
    true,
  ]);
  expect([at("2026-01-11T05:59Z"), at("2026-01-11T06:00Z")].map((ms) => isQuiet(night, ms))).toEqual([
    true,
    false,
  ]);
  // Summer time.
  expect([at("2026-07-10T19:59Z"), at("2026-07-10T20:00Z")].map((ms) => isQuiet(night, ms))).toEqual([
    false,
    true,
  ]);
  const noon = { from: "12:00", to: "13:30", zone: "America/Los_Angeles" };
  expect([at("2026-01-10T20:00Z"), at("2026-01-10T21:30Z")].map((ms) => isQuiet(noon, ms))).toEqual([
    true,
    false,
  ]);
  expect(isQuiet({ ...noon, to: "12:00" }, at("2026-01-10T20:00Z"))).toBe(false);
  expect(["Europe/Berlin", "UTC", "Mars/Base"].map(isTimeZone)).toEqual([true, true, false]);
});

describe("the queue", () => {
  let now = 0;
  const start = () => {
    now = 1_000_000;
    return createPushQueue({ waitMs: 2000, everyMs: 60_000, now: () => now });
  };
  const taken = (queue: ReturnType<typeof start>, limit = 10) =>
    queue.take(limit).map(({ topic, offset, count }) => [topic, offset, count]);

  test("a message waits for its reader, and those of a minute come as one", () => {
    const queue = start();
    queue.note("d", "a", 1);
    expect([taken(queue), queue.untilDue()]).toEqual([[], 2000]);
    now += 2000;
    expect(taken(queue)).toEqual([["a", 1, 1]]);
    // Nothing is taken twice.
    expect([taken(queue), queue.untilDue()]).toEqual([[], Number.POSITIVE_INFINITY]);
    queue.note("d", "a", 2);
    queue.settle("d", "a", 1, { kind: "sent" });
    for (const offset of [3, 4]) queue.note("d", "a", offset);
    queue.note("d", "b", 1);
    now += 2000;
    expect(taken(queue)).toEqual([["b", 1, 1]]);
    now += 58_000;
    expect(taken(queue)).toEqual([["a", 4, 3]]);
  });

  test("what is read meanwhile is not sent, and what is shown is taken back", () => {
    const queue = start();
    for (const offset of [1, 2, 3]) queue.note("d", "a", offset);
    queue.noteRead(["d", "unknown"], "a", 2);
    now += 2000;
    expect(taken(queue)).toEqual([["a", 3, 1]]);
    // Read while it was on its way.
    queue.noteRead(["d"], "a", 3);
    queue.settle("d", "a", 3, { kind: "sent" });
    expect(taken(queue)).toEqual([["a", 0, 0]]);
    queue.settle("d", "a", 0, { kind: "sent" });
    now += 60_000;
    queue.note("d", "a", 4);
    queue.noteRead(["d"], "a", 4);
    now += 2000;
    expect(taken(queue)).toEqual([]);
    queue.note("d", "a", 5);
    now += 2000;
    taken(queue);
    queue.settle("d", "a", 5, { kind: "sent" });
    queue.withdraw("d", "a", 4);
    expect(taken(queue)).toEqual([]);
    queue.withdraw("d", "a", 5);
    expect(taken(queue)).toEqual([["a", 0, 0]]);
  });

  test("what failed is sent later, with what came meanwhile; another node's result counts; old things are forgotten", () => {
    const queue = start();
    queue.note("d", "a", 1);
    now += 2000;
    taken(queue);
    queue.note("d", "a", 2);
    queue.settle("d", "a", 1, { kind: "failed", retryAt: now + 9000 });
    now += 8999;
    expect(taken(queue)).toEqual([]);
    now += 1;
    expect(taken(queue)).toEqual([["a", 2, 2]]);
    queue.settle("d", "a", 2, { kind: "dropped" });
    queue.note("d", "a", 3);
    queue.settle("d", "a", 3, { kind: "sent" });
    now += 60_000;
    expect(taken(queue)).toEqual([]);
    queue.note("d", "a", 4);
    now += 2000 + 40_001;
    queue.expire(40_000);
    expect(taken(queue)).toEqual([]);
    queue.tidy();
    queue.noteRead(["d"], "a", 3);
    expect(taken(queue)).toEqual([["a", 0, 0]]);
  });
});

test("a device is given up after ten refusals, three days of failures, or when it is gone", () => {
  let now = 1_000_000;
  const failures = createFailures(() => now);
  const refused = { kind: "refused", status: 403 } as const;
  for (let i = 0; i < 9; i++) expect(failures.note("a", refused)).toBe(false);
  expect(failures.note("a", { kind: "sent" })).toBe(false);
  for (let i = 0; i < 9; i++) expect(failures.note("a", refused)).toBe(false);
  expect(failures.note("a", refused)).toBe(true);
  expect(failures.note("b", { kind: "failed", retryAfterMs: 90_000 })).toBe(false);
  expect(failures.retryAt("b")).toBe(now + 90_000);
  now += 3 * 86_400_000;
  expect(failures.note("b", { kind: "failed" })).toBe(true);
  expect(failures.note("c", { kind: "gone" })).toBe(true);
});

test("a host that never answers holds up no other", async () => {
  const lanes = createLanes({ total: 4, each: 2 });
  let stuck = 0;
  const never = () => {
    stuck += 1;
    return new Promise<never>(() => {});
  };
  for (let i = 0; i < 10; i++) void lanes.run("slow.example", never);
  const order: number[] = [];
  await Promise.all([1, 2, 3].map((n) => lanes.run("fast.example", async () => order.push(n))));
  expect([stuck, order]).toEqual([2, [1, 2, 3]]);
  expect(
    lanes.run("fast.example", async () => {
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
});

test("a notice fits into a push message whatever the text is, and says nothing without a name", () => {
  const user = { id: "u:a", name: "N".repeat(40), role: "user" as const };
  const device = {
    id: "d",
    user,
    endpoint: "",
    ...keys,
    topics: { a: { mode: "all" as const, page: `https://x.example/${"p".repeat(1000)}` } },
    seenAt: 0,
    language: "de",
  };
  const body = { user, text: "👩‍👩‍👧‍👦\u0000".repeat(2000), title: "T" };
  const long = noticeOf(device, { topic: "a", body, count: 2, at: 1, name: "R".repeat(200) });
  expect(Buffer.byteLength(JSON.stringify(long))).toBeLessThan(MAX_PUSH_BYTES);
  expect(long.body?.isWellFormed()).toBe(true);
  expect(noticeOf(device, { topic: "a", body, count: 2, at: 1 })).toEqual({
    tag: "kabar-a",
    url: device.topics.a.page,
    language: "de",
    count: 2,
    at: 1,
  });
});
