import { describe, expect, test } from "bun:test";
import { isEmoji } from "../../src/emoji.ts";
import { createEmojiIndex, TONES, withTone } from "../../widget/extras/compose/emoji-index.ts";
import { EMOJI_GROUPS } from "../../widget/extras/compose/emoji-list.ts";
import { emojiWordsIn } from "../../widget/words/emoji-languages.ts";
import { EMOJI, english } from "../../widget/words/later-words.ts";

const index = createEmojiIndex();
const all = index.find("");
const glyphs = (query: string, of = index) => of.find(query).map(({ glyph }) => glyph);

describe("the picker's emoji", () => {
  test("are each one emoji that the server accepts as a reaction", () => {
    const refused = all.filter(({ glyph }) => !isEmoji(glyph));
    expect(refused).toEqual([]);
  });
  test("occur once and have unique names", () => {
    expect(new Set(all.map(({ glyph }) => glyph)).size).toBe(all.length);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    expect(all.filter(({ name }) => !/^[a-z][a-z ]+$/.test(name))).toEqual([]);
  });
  test("have a title for each group, and include the short row", () => {
    expect(english.emoji.groups.length).toBe(EMOJI_GROUPS.length);
    expect(Object.keys(EMOJI).filter((emoji) => !all.some(({ glyph }) => glyph === emoji))).toEqual([]);
  });
  test("are found when every search term begins a word", () => {
    expect(glyphs("HEART bro")).toEqual(["💔"]);
    expect(glyphs("deploy")).toEqual(["🚀"]);
    expect(glyphs("eart")).not.toContain("❤️");
    expect(glyphs("nothing of the kind")).toEqual([]);
  });
  test("take a skin tone where they are of people or hands, and are accepted by the server in each", () => {
    expect(["👍", "✌️", "🤷", "🔥", "🤝"].map((glyph) => withTone(glyph, "🏽"))).toEqual([
      "👍🏽",
      "✌🏽",
      "🤷🏽",
      "🔥",
      "🤝",
    ]);
    const toned = all.flatMap(({ glyph }) => TONES.map((tone) => withTone(glyph, tone)));
    expect(toned.filter((glyph) => !isEmoji(glyph))).toEqual([]);
    expect(new Set(toned).size).toBeGreaterThan(all.length + 100);
  });
  test("that were used last are known ones only", () => {
    expect(index.pick(["🚀", "<b>", "", "undefined", "👍"]).map(({ glyph }) => glyph)).toEqual(["🚀", "👍"]);
  });
});

/** A word of each language for pizza, as people type it, and one for the heart with another accent or kana. */
const SEARCHES: Record<string, [pizza: string, heart: string]> = {
  ar: ["بيتزا", "قلب"],
  de: ["pizz", "HERZ"],
  es: ["pizza", "corazon"],
  fr: ["pizza", "coeur"],
  hi: ["पिज़्ज़ा", "दिल"],
  id: ["pizza", "hati"],
  ja: ["ぴざ", "ハート"],
  pt: ["pizza", "coracao"],
  zh: ["比萨", "红心"],
};

describe("the names of emoji in another language", () => {
  for (const [lang, [pizza, heart]] of Object.entries(SEARCHES))
    test(`(${lang}) are one for each emoji, and find them, as English words still do`, async () => {
      const { recent, tone, names } = await emojiWordsIn(lang);
      const own = createEmojiIndex(names);
      const every = own.find("");
      expect(names.map((group) => group.split(",").length)).toEqual(index.groups.map(({ length }) => length));
      expect(every.filter(({ name }) => !name.trim())).toEqual([]);
      expect([glyphs(pizza, own).includes("🍕"), glyphs(heart, own).includes("❤️")]).toEqual([true, true]);
      expect(glyphs("deploy", own)).toEqual(["🚀"]);
      expect([recent, tone].every((text) => text.trim().length > 1)).toBe(true);
    });
  test("are English for a language without a translation", async () => {
    expect((await emojiWordsIn("sv")).recent).toBe("Recently used");
  });
});
