import { expect, test } from "bun:test";
import { skeletonsOf, wordSkeletonsOf } from "../../src/users/lookalikes.ts";

/** The skeleton of a name's small letters. */
const skeletonOf = (name: string): string => skeletonsOf(name)[0] ?? "";

test.each([
  ["case", "ANA LESTARI"],
  ["spaces and separators", "Ana_Lestari."],
  ["invisible characters", "Ana\u200b Les\u2060tari\u00ad"],
  ["full-width letters", "Ａｎａ　Ｌｅｓｔａｒｉ"],
  ["mathematical letters", "𝐀𝐧𝐚 𝓛𝓮𝓼𝓽𝓪𝓻𝓲"],
  ["circled letters", "Ⓐⓝⓐ Ⓛⓔⓢⓣⓐⓡⓘ"],
  ["Cyrillic letters", "Аnа Lеstаrі"],
  ["Greek letters", "Αηα Lεsταrι"],
  ["digits for letters", "4n4 L3574r1"],
  ["signs for letters", "@n@ Le$tar!"],
  ["accents", "Ána Lëstarî"],
  ["I, l and 1", "Ana IestarI"],
])("%s do not make another name", (_, forged) => {
  expect(skeletonOf(forged)).toBe(skeletonOf("Ana Lestari"));
});

test.each([
  ["Ana Lestari", "Ani Lestari"],
  ["Budi", "Buda"],
  ["山田", "山本"],
  ["محمد", "أحمد"],
  ["Анна", "Инна"],
  ["🦊", "🐻"],
])("%s and %s are two names", (one, other) => {
  expect(skeletonOf(one)).not.toBe(skeletonOf(other));
});

test("capitals count by their shape and by their letter", () => {
  expect(skeletonsOf("ΑDΜΙΝ")).toContain(skeletonOf("admin"));
  expect(skeletonsOf("ΝΙΚΟΣ")).toContain(skeletonOf("νικος"));
  expect(skeletonsOf("НАТАША")).toContain(skeletonOf("наташа"));
});

test("adjacent letters that look like one letter count as that letter", () => {
  expect(skeletonOf("Adrnin")).toBe(skeletonOf("Admin"));
  expect(skeletonOf("vvilly")).toBe(skeletonOf("Willy"));
});

test("a name of separators alone still has its own skeleton", () => {
  expect(skeletonOf("...")).toBe("...");
  expect(skeletonOf("---")).not.toBe(skeletonOf("..."));
});

test("words are checked one by one", () => {
  expect(wordSkeletonsOf("The_Adm1n, (Ana)")).toEqual(
    expect.arrayContaining(["the", "admin", "ana"].map(skeletonOf)),
  );
  expect(wordSkeletonsOf("@dmin2 team")).toContain(skeletonOf("admin"));
});
