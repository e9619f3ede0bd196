import { describe, expect, test } from "bun:test";
import { EMOJI_PATTERN } from "../../src/formats.ts";
import { findEmoji } from "../../widget/extras/compose/emoji-picker.tsx";
import { EMOJI_GROUPS } from "../../widget/extras/compose/emoji-list.ts";
import { EMOJI, english } from "../../widget/words/later-words.ts";

const all = findEmoji("");
const glyphs = (query: string) => findEmoji(query).map(({ glyph }) => glyph);

describe("the picker's emoji", () => {
  test("are each one emoji that the server accepts as a reaction", () => {
    const refused = all.filter(({ glyph }) => !EMOJI_PATTERN.test(glyph));
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
});
