import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { watchExpiry } from "../../src/users/token-expiry.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test("a token's expiry is announced a minute ahead and once when it has expired", () => {
  const told: number[] = [];
  watchExpiry(Date.now() + 300_000, Date.now, (inMs) => told.push(inMs));
  jest.advanceTimersByTime(239_000);
  expect(told).toEqual([]);
  jest.advanceTimersByTime(2000);
  expect(told).toEqual([60_000]);
  jest.advanceTimersByTime(600_000);
  expect(told).toEqual([60_000, 0]);
});

test("a token that expires soon is announced at once, and an expired one only as expired", () => {
  const told: number[] = [];
  watchExpiry(Date.now() + 5000, Date.now, (inMs) => told.push(inMs));
  watchExpiry(Date.now() - 5000, Date.now, (inMs) => told.push(inMs));
  jest.advanceTimersByTime(1);
  expect(told.length).toBe(2);
  expect(told).toContain(0);
  expect(Math.max(...told)).toBeGreaterThan(4900);
});

test("a token of years does not expire today", () => {
  const told: number[] = [];
  watchExpiry(Date.now() + 400 * 86_400_000, Date.now, (inMs) => told.push(inMs));
  jest.advanceTimersByTime(30 * 86_400_000);
  expect(told).toEqual([]);
});

test("a stopped timer announces nothing", () => {
  const told: number[] = [];
  watchExpiry(Date.now() + 1000, Date.now, (inMs) => told.push(inMs))();
  jest.advanceTimersByTime(10_000);
  expect(told).toEqual([]);
});
