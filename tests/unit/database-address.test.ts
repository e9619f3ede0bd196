import { expect, test } from "bun:test";
import { databaseName, isDatabaseAddress } from "../../src/database-address.ts";

test.each([
  ["postgres://kabar:secret@db.example:5433/kabar", "db.example:5433/kabar"],
  ["postgresql://db.example/kabar", "db.example/kabar"],
  ["postgres://kabar:p%40%2Fss@[::1]/kabar?sslmode=require", "[::1]/kabar"],
])("%s is accepted, and shown without its secrets", (address, name) => {
  expect(isDatabaseAddress(address)).toBe(true);
  expect(databaseName(address)).toBe(name);
});

test.each([
  "mysql://db/kabar",
  "postgres://",
  "postgres://u:pa/ss@db/kabar",
  "postgres://u:12/ss@db/kabar",
  "postgres://u:12?ss@db/kabar",
  "postgres://u:12#ss@db/kabar",
  "postgres://db/kabar other",
])("%s is refused: a part of a password must not count as a host or a database", (address) => {
  expect(isDatabaseAddress(address)).toBe(false);
});
