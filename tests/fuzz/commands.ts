/**
 * Text frames of `kabar.v1` that are wrong, or odd, as JSON: each must be answered once, and leave the session as it
 * was. `makeCommand` mixes broken texts with commands that have one field replaced by something hostile.
 */
import type { Random } from "../audit/random.ts";

/** Topics the fuzz writes to; few, so that each has readers. */
export const FUZZ_TOPICS = 16;

const PROTOTYPE_NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "then",
];
const STRANGE_TEXTS = [
  "",
  " \n\t ",
  "\u0000",
  "\u001b[2J\u001b[1;1H",
  "\ud800",
  "\udfff\ud800",
  "\u202egnirts",
  "\u200b\u200d\u2060",
  "e\u0301".repeat(200),
  "\u{1f468}\u200d\u{1f469}".repeat(50),
  "<script>alert(1)</script>",
  "'; DROP TABLE entry; --",
  "../../etc/passwd",
  "%00",
  "🙂".repeat(2100), // over the limit in bytes, under it in characters
  "x".repeat(8193),
  "x".repeat(20_000),
  "\r\n\r\n",
  "data: x\n\nevent: gap",
];
const STRANGE_NUMBERS = [-1, 0, 0.5, 2 ** 53, 2 ** 63, 1e21, -1e308, 4_294_967_296];
/** JSON that `JSON.stringify` would not write. */
const STRANGE_JSON = [
  "1e400",
  "-1e400",
  "-0",
  "1E5",
  '"\\u0000"',
  '"\\ud800"',
  "\ttrue ",
  "[]",
  "{}",
  "null",
];

function nest(random: Random): string {
  const depth = random.pick([10, 100, 1000, 10_000, 20_000]);
  const [open, close] = random.pick([
    ["[", "]"],
    ['{"a":', "}"],
    ['[{"a":', "}]"],
  ] as const);
  const inside = open === "[" ? "" : "1";
  const isClosed = random.chance(0.7);
  return (
    open.repeat(Math.floor(depth / open.length)) +
    inside +
    (isClosed ? close.repeat(Math.floor(depth / open.length)) : "")
  );
}

/** A value nobody expects, as JSON. */
function strangeValue(random: Random): string {
  switch (random.int(0, 7)) {
    case 0:
      return JSON.stringify(random.pick(STRANGE_TEXTS));
    case 1:
      return String(random.pick(STRANGE_NUMBERS));
    case 2:
      return random.pick(STRANGE_JSON);
    case 3:
      return JSON.stringify(random.pick(PROTOTYPE_NAMES));
    case 4:
      return `{${JSON.stringify(random.pick(PROTOTYPE_NAMES))}:{"type":"ping"}}`;
    case 5:
      return nest(random);
    case 6:
      return JSON.stringify(Array.from({ length: random.int(0, 50) }, (_, i) => i));
    default:
      return JSON.stringify({
        epoch: random.pick(STRANGE_TEXTS),
        offset: random.pick(STRANGE_NUMBERS),
        tag: "x",
      });
  }
}

const topicOf = (random: Random): string => `"fuzz-${random.int(0, FUZZ_TOPICS - 1)}"`;

const ACTIONS = ["remove", "timeout", "ban", "unban", "shadow", "mode", "words", "pin", "approve", "clear"];

/** A right command's fields as JSON, by name. */
function rightFields(type: string, random: Random): Map<string, string> {
  const fields = new Map([["type", JSON.stringify(type)]]);
  const add = (more: Record<string, string | number>) => {
    for (const [name, value] of Object.entries(more)) fields.set(name, String(value));
    return fields;
  };
  if (type === "hello") return add({ name: '"Ana"', guest: '"g1.g-aaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbb"' });
  if (type === "rename") return add({ name: '"Budi"' });
  if (type === "pass") return add({ challenge: '"1.x"', nonce: '"0"', proof: '"p"' });
  if (type === "ping" || type === "gate") return fields;
  add({ topic: topicOf(random) });
  const messageId = `"m-${random.int(0, 1_000_000)}"`;
  const target = random.int(1, 3000);
  switch (type) {
    case "publish":
      return add({ messageId, text: '"Apa kabar?"', replyTo: target, mentions: '["g-aaaaaaaaaaaa"]' });
    case "edit":
      return add({ messageId, target, text: '"Kabar baik"' });
    case "remove":
      return add({ messageId, target });
    case "react":
      return add({ messageId, target, emoji: '"🙂"', on: random.pick(["true", "false"]) });
    case "report":
      return add({ target, why: '"rude"' });
    case "moderate": {
      const action = JSON.stringify(random.pick(ACTIONS));
      return add({
        action,
        user: '"g-aaaaaaaaaaaa"',
        target,
        seconds: 60,
        on: "true",
        mode: "{}",
        words: "{}",
      });
    }
    case "history":
      return add({ [random.pick(["before", "after"])]: random.int(0, 500), limit: random.int(1, 20) });
    case "subscribe":
      add({ cursor: `{"epoch":"e","offset":${random.int(0, 500)},"tag":"t"}`, last: random.int(0, 20) });
      return random.chance(0.3) ? add({ people: "true" }) : fields;
    default:
      return fields;
  }
}

const words = (text: string): readonly string[] => text.split(" ");
const TYPES = words(
  "hello subscribe subscribe unsubscribe publish publish edit remove react typing history rename ping report moderate queue gate pass",
);
const ALL_FIELDS = words(
  "type id topic cursor last people messageId text replyTo mentions target emoji on before after limit name guest action user seconds mode words why challenge nonce proof",
);

const write = (fields: Iterable<readonly [string, string]>): string =>
  `{${[...fields].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;

/** A command in which a field is missing, strange, twice there, or too much. */
function oddCommand(random: Random, id: number): string {
  const fields = [...rightFields(random.pick(TYPES), random).set("id", String(id))];
  const times = random.pick([0, 1, 1, 1, 2, 3]);
  for (let i = 0; i < times; i++) {
    const at = random.int(0, fields.length - 1);
    const kind = random.int(0, 4);
    if (kind === 0) fields.splice(at, 1);
    else if (kind === 1) fields.push([random.pick(PROTOTYPE_NAMES), strangeValue(random)]);
    else if (kind === 2) fields.push([random.pick(ALL_FIELDS), strangeValue(random)]);
    else fields[at] = [fields[at]?.[0] ?? "type", strangeValue(random)];
    if (fields.length === 0) break;
  }
  return write(fields);
}

/** Something that is hardly JSON. */
function brokenText(random: Random, id: number): string {
  const whole = oddCommand(random, id);
  switch (random.int(0, 6)) {
    case 0:
      return whole.slice(0, random.int(0, whole.length - 1));
    case 1:
      return nest(random);
    case 2:
      return strangeValue(random);
    case 3:
      return `\ufeff${whole}`;
    case 4:
      return whole + whole;
    case 5:
      return whole.replaceAll('"', "'");
    default: {
      const at = random.int(0, whole.length);
      return whole.slice(0, at) + String.fromCharCode(random.int(1, 0x2fff)) + whole.slice(at);
    }
  }
}

/** One text frame's text. Lone surrogates can't be sent: what is meant to be broken UTF-8 is in broken-frames. */
export function makeCommand(random: Random, id: number): string {
  const text = (random.chance(0.6) ? oddCommand(random, id) : brokenText(random, id)).toWellFormed();
  // Above the frame limit it would be another kind of case.
  return Buffer.byteLength(text) <= 65_000 ? text : "{}";
}

/** A line of plain mode; its answer is itself, or a line that begins with "! ". */
export function makeLine(random: Random): string {
  const text = random.pick([...STRANGE_TEXTS, "Selamat pagi", makeCommand(random, 1), nest(random)]);
  return text.toWellFormed();
}
