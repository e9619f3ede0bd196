/**
 * Glyphs of guests who have not chosen a name: the animal, plant or thing of "Guest-zebra" as an emoji. A name that has none
 * keeps its letter. Only emoji of Unicode 13 and older, which every supported system draws. Pure.
 */

/** Names of `src/users/guests.ts` by glyph. */
const NAMES: Readonly<Record<string, string>> = {
  "🌳": "alder aspen birch grove linden oak poplar rowan willow",
  "🌲": "cedar cypress juniper pine sequoia spruce",
  "🌿": "basil fern ginger ivy laurel mint moss sage kelp",
  "🌰": "acorn hazel hickory walnut",
  "🌼": "daisy jasmine marigold yarrow",
  "🌺": "dahlia peony thistle",
  "🌸": "iris lily lilac lotus magnolia orchid peach plum saffron violet",
  "🌷": "tulip",
  "🌾": "meadow reed",
  "🌵": "cactus",
  "🎋": "bamboo",
  "🍀": "clover",
  "🍁": "maple",
  "🍃": "breeze",
  "🍎": "apple",
  "🍒": "cherry",
  "🍋": "lemon",
  "🥝": "kiwi",
  "🥭": "mango",
  "🫒": "olive",
  "🍯": "nectar",
  "🐦": "crane finch gull heron ibis kestrel lark osprey puffin quail raven robin sparrow starling teal wren",
  "🦅": "eagle",
  "🦉": "owl",
  "🦢": "swan",
  "🐧": "penguin",
  "🕊️": "dove",
  "🦡": "badger",
  "🦫": "beaver",
  "🦬": "bison",
  "🦗": "cricket",
  "🐕": "dingo",
  "🐬": "dolphin",
  "🦊": "fox",
  "🦎": "gecko newt",
  "🐨": "koala",
  "🐒": "lemur",
  "🐈": "lynx",
  "🐋": "orca",
  "🦦": "otter",
  "🐼": "panda",
  "🐯": "tiger",
  "🦓": "zebra",
  "☁️": "cloud",
  "☄️": "comet",
  "🔥": "ember",
  "🌅": "dawn sunrise",
  "🏝️": "island",
  "🌴": "oasis papaya",
  "⛰️": "hill ridge",
  "🏞️": "river valley",
  "⚓": "harbor",
  "💎": "garnet jade opal quartz topaz",
};

const GLYPHS = new Map(
  Object.entries(NAMES).flatMap(([glyph, names]) => names.split(" ").map((name) => [`Guest-${name}`, glyph])),
);

/** The names that have a glyph. */
export const GUEST_GLYPHS: readonly string[] = [...GLYPHS.keys()];

/** Returns the glyph of a guest's made-up name; undefined for any other name. */
export const glyphOf = (name: string): string | undefined => GLYPHS.get(name);
