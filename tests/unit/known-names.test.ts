import { expect, test } from "bun:test";
import { createKnownNames } from "../../src/known-names.ts";

test("reserved words are taken, alone and as a word of a name, and inside of words are not", () => {
  const names = createKnownNames(["admin", "redaksi"]);
  for (const name of ["Admin", "ΑDΜΙΝ", "adm1n", "a d m i n", "Admin Ana", "the-admin", "REDAKSl"])
    expect([name, names.isTaken(name)]).toEqual([name, true]);
  for (const name of ["Badminton", "Ana", "administrators' friend"])
    expect([name, names.isTaken(name)]).toEqual([name, false]);
});

test("names of those with an account are taken from when they are known; guests' names never are", () => {
  const names = createKnownNames([]);
  expect(names.isTaken("Ana Lestari")).toBe(false);
  names.learn({ id: "g-1", name: "Ana Lestari", role: "guest" });
  expect(names.isTaken("Ana Lestari")).toBe(false);
  names.learn({ id: "u:1", name: "Ana Lestari", role: "user" });
  expect(names.isTaken("Аna L3stari")).toBe(true);
  expect(names.isTaken("Ana")).toBe(false);
});

test("the names seen longest ago are let go", () => {
  const names = createKnownNames([]);
  for (let i = 0; i <= 50_000; i++) names.learn({ id: `u:${i}`, name: `名${toHan(i)}`, role: "user" });
  expect(names.isTaken(`名${toHan(0)}`)).toBe(false);
  expect(names.isTaken(`名${toHan(1)}`)).toBe(true);
});

/** A number as two characters that look like nothing else. */
const toHan = (number: number) =>
  String.fromCodePoint(0x4e00 + (number % 1000), 0x5e00 + Math.floor(number / 1000));
