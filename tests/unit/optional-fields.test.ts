/** Optional fields: absent ones are dropped, empty ones stay. */
import { expect, test } from "bun:test";
import { presentFields } from "../../src/optional-fields.ts";

test("drops undefined fields and keeps null, false, zero and empty ones", () => {
  const fields = { a: undefined, b: null, c: false, d: 0, e: "", f: [] };
  expect(Object.keys(presentFields(fields))).toEqual(["b", "c", "d", "e", "f"]);
});

test("leaves the object that it copies as it is, and does not look into nested ones", () => {
  const fields = { inner: { a: undefined }, b: undefined };
  const { inner, ...rest } = presentFields(fields);
  expect(inner).toBe(fields.inner);
  expect(Object.keys(rest)).toEqual([]);
  expect(Object.keys(fields)).toEqual(["inner", "b"]);
});
