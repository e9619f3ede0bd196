import { describe, expect, test } from "bun:test";
import { continues, continuesOwn, createPlaces, following } from "../../src/log/postgres-places.ts";

const place = { id: 1, name: "t", top: 5, tag: "five" };
const mark = { id: 1, name: "t", epoch: "e", first: 1, top: 5, tag: "five", trimmed: "" };
const stored = (offset: number, tag = `tag-${offset}`) => ({
  topicId: 1,
  entry: { topic: "t", userId: "u", id: `m${offset}`, body: "{}", offset, at: 0, tag },
  amends: [],
});

describe("a place in a topic", () => {
  test.each([
    ["the same newest entry", mark, true],
    ["another entry at its offset", { ...mark, tag: "other" }, false],
    ["fewer entries", { ...mark, top: 4 }, false],
    ["a topic of that name that was made again", { ...mark, id: 2 }, false],
    ["no such topic", undefined, false],
    ["more entries", { ...mark, top: 9, tag: "nine" }, "unknown"],
    ["more entries, the first of them removed", { ...mark, top: 9, first: 8 }, false],
    ["more entries, all up to the place removed", { ...mark, top: 9, first: 6, trimmed: "five" }, true],
    ["another entry removed at its offset", { ...mark, top: 9, first: 6, trimmed: "other" }, false],
  ] as const)("meets %s", (_, found, verdict) => {
    expect(continues(place, found)).toBe(verdict);
  });

  test("is followed by the entries behind it, and by none where the entry at it or the next one differs", () => {
    const offsets = (run: ReturnType<typeof following>) => run?.map(({ entry }) => entry.offset);
    expect(offsets(following(place, [stored(5, "five"), stored(6), stored(7)]))).toEqual([6, 7]);
    expect(offsets(following(place, [stored(6)]))).toEqual([6]);
    expect(offsets(following(place, []))).toEqual([]);
    expect(following(place, [stored(5, "other"), stored(6)])).toBeUndefined();
    expect(following(place, [stored(7)])).toBeUndefined();
  });

  test.each([
    ["before them", place, true],
    ["another one before them", { ...place, tag: "other" }, false],
    ["further back", { ...place, top: 4, tag: "four" }, false],
    ["a part of them, read by a look", { ...place, top: 6, tag: "tag-6" }, true],
    ["another one in their place", { ...place, top: 6, tag: "other" }, false],
    ["all of them, read by a look", { ...place, top: 7, tag: "tag-7" }, true],
    ["more than them", { ...place, top: 9, tag: "tag-9" }, true],
    ["a topic of that name that was made again", { ...place, id: 2 }, false],
  ] as const)("meets own entries when the newest entry is %s", (_, present, verdict) => {
    const own = [stored(6), stored(7)].map(({ entry }) => entry);
    expect(continuesOwn(present, place, own)).toBe(verdict);
  });

  test("belongs to one topic of a name: a topic that was made again replaces the earlier one", () => {
    const places = createPlaces();
    places.put(place);
    places.put({ id: 2, name: "t", top: 0, tag: "" });
    expect([places.of(1), places.named("t")?.id, places.count()]).toEqual([undefined, 2, 1]);
    places.forget("t");
    expect([places.of(2), places.count()]).toEqual([undefined, 0]);
  });
});
