import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { watchExpiry } from "../../src/users/token-expiry.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test("a token's end is told a minute ahead, then that it has ended, once each", () => {
  const told: number[] = [];
  watchExpiry(Date.now() + 300_000, Date.now, (inMs) => told.push(inMs));
  jest.advanceTimersByTime(239_000);
  expect(told).toEqual([]);
  jest.advanceTimersByTime(2000);
  expect(told).toEqual([60_000]);
  jest.advanceTimersByTime(600_000);
  expect(told).toEqual([60_000, 0]);
});

test("a token that ends soon is told of at once, and one that has ended only that", () => {
  const told: number[] = [];
  watchExpiry(Date.now() + 5000, Date.now, (inMs) => told.push(inMs));
  watchExpiry(Date.now() - 5000, Date.now, (inMs) => told.push(inMs));
  jest.advanceTimersByTime(1);
  expect(told.length).toBe(2);
  expect(told).toContain(0);
  expect(Math.max(...told)).toBeGreaterThan(4900);
});

test("a token of years does not end today", () => {
  const told: number[] = [];
  watchExpiry(Date.now() + 400 * 86_400_000, Date.now, (inMs) => told.push(inMs));
  jest.advanceTimersByTime(30 * 86_400_000);
  expect(told).toEqual([]);
});

test("a stopped clock tells nothing", () => {
  const told: number[] = [];
  watchExpiry(Date.now() + 1000, Date.now, (inMs) => told.push(inMs))();
  jest.advanceTimersByTime(10_000);
  expect(told).toEqual([]);
});
