import { expect, test } from "bun:test";
import { cutAtNames, idsNamedIn } from "../../widget/extras/text/names-in.ts";

const users = [
  { id: "a", name: "Ana" },
  { id: "am", name: "Ana Maria" },
  { id: "b1", name: "Ben" },
  { id: "b2", name: "ben" },
];
const named = (text: string, taken = new Map<string, string>()) => idsNamedIn(text, users, taken);

test("a mention is an @ and a whole name, in any case, at the start of a word", () => {
  expect(named("@ana, are you there? (@BEN)")).toEqual(["a", "b1", "b2"]);
  expect(named("ana @anabel mail@ana @ ana")).toEqual([]);
});

test("the longest name at a place counts, and each user once", () => {
  expect(named("@Ana Maria and @Ana and @ana maria")).toEqual(["am", "a"]);
});

test("among several users of one name the one chosen from the list counts", () => {
  expect(named("@ben", new Map([["ben", "b2"]]))).toEqual(["b2"]);
  expect(named("@ben", new Map([["ben", "somebody who left"]]))).toEqual(["b1", "b2"]);
});

test("a text is split at its mentions and loses nothing", () => {
  expect(cutAtNames("hi @Ana!", ["Ana"])).toEqual(["hi ", "@Ana", "!"]);
  expect(cutAtNames("@ana", ["Ana"])).toEqual(["", "@ana", ""]);
  for (const text of ["", "@", "@@Ana", "@Ana@Ana @Ana", "İ@İ", "no names"])
    expect(cutAtNames(text, ["Ana", "İ"]).join("")).toBe(text);
});

test("a text full of @ is split without noticeable time", () => {
  const text = "@".repeat(8_192);
  expect(cutAtNames(text, ["Ana", "Ben"])).toEqual([text]);
});
