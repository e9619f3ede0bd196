import { expect, test } from "bun:test";
import { cutAtNames, idsNamedIn } from "../../widget/extras/text/names-in.ts";

const users = [
  { id: "a", name: "Ana" },
  { id: "am", name: "Ana Maria" },
  { id: "b1", name: "Ben" },
  { id: "b2", name: "ben" },
];
const named = (text: string, taken = new Map<string, string>()) => idsNamedIn(text, users, taken);

test("a name counts with an @ before it, whole, in any case, at the start of a word", () => {
  expect(named("@ana, are you there? (@BEN)")).toEqual(["a", "b1", "b2"]);
  expect(named("ana @anabel mail@ana @ ana")).toEqual([]);
});

test("the longest name at a place is meant, and each is named once", () => {
  expect(named("@Ana Maria and @Ana and @ana maria")).toEqual(["am", "a"]);
});

test("where several have a name, the one who was taken from the list is meant", () => {
  expect(named("@ben", new Map([["ben", "b2"]]))).toEqual(["b2"]);
  expect(named("@ben", new Map([["ben", "somebody who left"]]))).toEqual(["b1", "b2"]);
});

test("a text is cut where it names somebody, and loses nothing", () => {
  expect(cutAtNames("hi @Ana!", ["Ana"])).toEqual(["hi ", "@Ana", "!"]);
  expect(cutAtNames("@ana", ["Ana"])).toEqual(["", "@ana", ""]);
  for (const text of ["", "@", "@@Ana", "@Ana@Ana @Ana", "İ@İ", "no names"])
    expect(cutAtNames(text, ["Ana", "İ"]).join("")).toBe(text);
});

test("a text full of @ is cut in no time", () => {
  const text = "@".repeat(8_192);
  expect(cutAtNames(text, ["Ana", "Ben"])).toEqual([text]);
});
