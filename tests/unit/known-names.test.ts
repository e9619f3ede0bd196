import { expect, test } from "bun:test";
import { createKnownNames } from "../../src/users/known-names.ts";

test("reserved words are taken alone and as a word of a name, and free inside words", () => {
  const names = createKnownNames(["admin", "redaksi"]);
  for (const name of ["Admin", "ΑDΜΙΝ", "adm1n", "a d m i n", "Admin Ana", "the-admin", "REDAKSl"])
    expect([name, names.isTaken(name)]).toEqual([name, true]);
  for (const name of ["Badminton", "Ana", "administrators' friend"])
    expect([name, names.isTaken(name)]).toEqual([name, false]);
});

test("names of signed users are taken once known, and guests' names never are", () => {
  const names = createKnownNames([]);
  expect(names.isTaken("Ana Lestari")).toBe(false);
  names.add({ id: "g-1", name: "Ana Lestari", role: "guest" });
  expect(names.isTaken("Ana Lestari")).toBe(false);
  names.add({ id: "u:1", name: "Ana Lestari", role: "user" });
  expect(names.isTaken("Аna L3stari")).toBe(true);
  expect(names.isTaken("Ana")).toBe(false);
});

const MEMBERS = [
  ["Latin", "Ana Maria Jan Nguyễn Søren Łukasz Zoë Müller"],
  ["Cyrillic", "Анна Иван Олег Юлия Андрей Катя"],
  ["Greek", "Γιώργος Μαρία Νίκος Ελένη"],
  ["Arabic", "محمد فاطمة علي خالد"],
  ["Hebrew", "דוד שרה משה רחל"],
  ["Devanagari", "राम सीता मोहन गीता"],
  ["Thai", "สมชาย มานี สุดา"],
  ["Han", "李娜 王伟 山田 佐藤"],
  ["Kana", "はな ゆき ハルカ たかし"],
  ["Hangul", "김민준 이서연 박지호"],
  ["Armenian", "Անի Արամ Նարե"],
  ["Georgian", "ანა გიორგი ნინო"],
] as const;
const GUESTS = {
  Latin:
    "Anna Anne Hana Diana Marla Mario Mara Lana Iana Ian Soren2nd Lukas Zoe-Ann Mueller Banana Badminton Clara",
  Cyrillic: "Инна Иванна Ольга Юлиан Андреева Костя",
  Greek: "Γιάννης Μαριάννα Νικολέτα Ελευθερία",
  Arabic: "أحمد محمود فاتن عمر خليل",
  Hebrew: "דני שירה מיכל רון",
  Devanagari: "रमा सती मोहिनी गौतम",
  Thai: "สมหญิง มานะ สุดใจ",
  Han: "李娟 王伟明 山本 佐々木",
  Kana: "ばな ゆうき ハルト たけし",
  Hangul: "김민재 이서준 박지후",
  Armenian: "Աննա Արմեն Նարեկ",
  Georgian: "ანანო გიგა ნანა",
};

test.each(MEMBERS)("ordinary names in %s are free beside other ordinary names", (script) => {
  const names = createKnownNames(["admin", "moderator", "operator", "system", "support"]);
  const members = MEMBERS.flatMap(([, list]) => list.split(" "));
  for (const [i, name] of members.entries()) names.add({ id: `u:${i}`, name, role: "user" });
  for (const name of GUESTS[script].split(" ")) expect([name, names.isTaken(name)]).toEqual([name, false]);
  for (const name of members) expect([name, names.isTaken(name)]).toEqual([name, true]);
});

test.each([
  ["small capitals", "ᴀᴅᴍɪɴ"],
  ["Cherokee letters", "Ꭺdmin ꭺdmin ꮇoderator ᎪᎠᎷᏆN"],
  ["Lisu letters", "ꓮdmin ꓮꓓꓟꓲꓠ"],
  ["Coptic letters", "ⲁdmin"],
  ["Carian letters", "𐊠dmin"],
  ["syllabics", "ᗩdmin ᗩᗪᗰIᑎ"],
  ["letters in squares and circles", "🅰dmin 🅐🅓🅜🅘🅝 🄰🄳🄼🄸🄽 Ⓐdmin"],
  ["letters of flags", "🇦dmin"],
  ["letters with a stroke", "admɨn Ⱥdmin"],
  ["raised and turned letters", "ᵃᵈᵐⁱⁿ ɐdmin"],
  ["signs around it", "Admin✓ ✨Admin✨ 「Admin」 Admin🔧"],
  ["digits after it", "Admin2 Admin２ Admin① 7Admin"],
  ["letters that show nothing", "Admin⠀ ⠀Admin Ad\u3164min Ad\u115fmin"],
  ["marks of other scripts", "a\u0e48dmin admi\u094dn"],
  ["letters that stand together", "aclmin rnoderator"],
])("%s do not disguise a reserved word", (_, forged) => {
  const names = createKnownNames(["admin", "moderator"]);
  for (const name of forged.split(" ")) expect([name, names.isTaken(name)]).toEqual([name, true]);
});

test("a signed user's name with signs and digits around it is taken, but not a name within one", () => {
  const names = createKnownNames([]);
  names.add({ id: "u:1", name: "Ana", role: "user" });
  for (const name of ["ᴀna", "Ana1", "Ana2", "2Ana", "Ana 🔧", "Ana⠀", "Ana✓", "🇦na", "Ana 1990"])
    expect([name, names.isTaken(name)]).toEqual([name, true]);
  for (const name of ["Anna", "Ana B", "Ana Lestari", "Anak"])
    expect([name, names.isTaken(name)]).toEqual([name, false]);
  const others = createKnownNames([]);
  others.add({ id: "u:1", name: "Budi2", role: "user" });
  expect([others.isTaken("Budi"), others.isTaken("Budi2"), others.isTaken("Budi3")]).toEqual([
    false,
    true,
    false,
  ]);
});

test("a capital I, a bar and a digit count as i and as l, and small i and l differ", () => {
  const names = createKnownNames([]);
  names.add({ id: "u:1", name: "Maria", role: "user" });
  names.add({ id: "u:2", name: "Ina", role: "user" });
  for (const name of ["MARIA", "Mar1a", "Mar|a", "MarIa", "lna", "ina"])
    expect([name, names.isTaken(name)]).toEqual([name, true]);
  expect(names.isTaken("Marla")).toBe(false);
});

test("the names seen longest ago are forgotten", () => {
  const names = createKnownNames([]);
  for (let i = 0; i <= 50_000; i++) names.add({ id: `u:${i}`, name: toName(i), role: "user" });
  expect(names.isTaken(toName(0))).toBe(false);
  expect(names.isTaken(toName(10_000))).toBe(true);
});

/** A number as five letters, none of which looks like another. */
const toName = (number: number) =>
  [...number.toString(12).padStart(5, "0")]
    .map((digit) => "abdefghkopqst"[Number.parseInt(digit, 12)])
    .join("");
