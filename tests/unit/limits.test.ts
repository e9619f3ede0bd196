import { expect, test } from "bun:test";
import { Bucket, createAddresses } from "../../src/limits.ts";

const rate = { rate: 2, burst: 3 };

test("a bucket lets a burst through, then the rate, and says how long to wait", () => {
  const bucket = new Bucket(rate.burst, 0);
  expect([1, 2, 3].map(() => bucket.take(rate, 0))).toEqual([0, 0, 0]);
  expect(bucket.take(rate, 0)).toBe(500);
  expect(bucket.take(rate, 250)).toBe(250);
  expect(bucket.take(rate, 500)).toBe(0);
  expect(bucket.take(rate, 500)).toBe(500);
});

test("a bucket never holds more than its burst, and a clock that goes back adds nothing", () => {
  const bucket = new Bucket(rate.burst, 0);
  for (let i = 0; i < 3; i++) bucket.take(rate, 1_000_000);
  expect(bucket.take(rate, 1_000_000)).toBe(500);
  expect(bucket.take(rate, 0)).toBe(500);
});

test("an address has as many sessions as it may, and gets a place back when one leaves", () => {
  const addresses = createAddresses(rate, 2, () => 0);
  expect([addresses.join("a"), addresses.join("a"), addresses.join("a"), addresses.join("b")]).toEqual([
    true,
    true,
    false,
    true,
  ]);
  addresses.leave("a");
  expect(addresses.join("a")).toBe(true);
});

test("an address is forgotten when nothing depends on remembering it", () => {
  let now = 0;
  const addresses = createAddresses(rate, 2, () => now);
  addresses.join("stays");
  addresses.takePublish("goes");
  addresses.sweep();
  expect(addresses.size()).toBe(2);
  now = 500;
  addresses.sweep();
  expect(addresses.size()).toBe(1);
});
