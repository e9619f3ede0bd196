import { expect, test } from "bun:test";
import { covers, findCovering, rightsOf } from "../../src/rights.ts";

const open = { react: true, people: true };
const closed = { react: false, people: false };

test("each level includes the lower ones", () => {
  expect(rightsOf("none", open)).toEqual({
    read: false,
    write: false,
    react: false,
    people: false,
    moderate: false,
  });
  expect(rightsOf("read", open)).toEqual({
    read: true,
    write: false,
    react: false,
    people: true,
    moderate: false,
  });
  expect(rightsOf("write", open)).toEqual({
    read: true,
    write: true,
    react: true,
    people: true,
    moderate: false,
  });
  expect(rightsOf("moderate", open)).toEqual({
    read: true,
    write: true,
    react: true,
    people: true,
    moderate: true,
  });
});

test("a topic's switches bind all users except its moderators", () => {
  expect(rightsOf("write", closed)).toMatchObject({ react: false, people: false });
  expect(rightsOf("moderate", closed)).toMatchObject({ react: true, people: true });
});

test("patterns match by prefix, and the longest wins whatever the order", () => {
  expect([covers("a-*", "a-b"), covers("a-*", "b"), covers("a", "a-b"), covers("*", "x")]).toEqual([
    true,
    false,
    false,
    true,
  ]);
  const entries = ["*", "a-*", "a-b*", "a-b"].map((pattern) => ({ pattern }));
  for (const list of [entries, [...entries].reverse()]) {
    expect(findCovering(list, "a-b")?.pattern).toBe("a-b");
    expect(findCovering(list, "a-bc")?.pattern).toBe("a-b*");
    expect(findCovering(list, "z")?.pattern).toBe("*");
  }
});
