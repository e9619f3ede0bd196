/**
 * Every parser and expression that sees foreign text, with the worst text of its largest size: it takes a bounded time, and
 * twice the text about twice the time. A quadratic one takes four times as long, an exponential one never ends.
 */
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { unitOf } from "../../src/address.ts";
import { QUOTED } from "../../src/doors/api.ts";
import { encodingOf, PINNED } from "../../src/doors/assets.ts";
import { createLoneNode } from "../../src/log/cluster.ts";
import { loadSecrets } from "../../src/users/secrets.ts";
import { createAuth } from "../../src/users/auth.ts";
import { ACT, parseCommand, parseObject, parsePublishBody } from "../../src/codec.ts";
import { encodePlain } from "../../src/log/message-body.ts";
import { buildConfig } from "../../src/config.ts";
import { createEmbedPage } from "../../src/doors/page-embed.ts";
import { createGate } from "../../src/users/gate.ts";
import { createTokenVerifier } from "../../src/users/jwt.ts";
import { createApiKeys } from "../../src/users/api-keys.ts";
import { createKnownNames } from "../../src/users/known-names.ts";
import { linkify } from "../../src/links.ts";
import { parseText } from "../../src/markdown.ts";
import { toMarkup } from "../../src/doors/markup.ts";
import { skeletonsOf, wordSkeletonsOf } from "../../src/users/lookalikes.ts";
import { isEmoji, isEmojiOnly } from "../../src/emoji.ts";
import { cleanName, cleanText, parseCursor } from "../../src/formats.ts";
import {
  addressOf,
  parseQuery,
  parseUrl,
  requireOrigin,
  requireTopic,
  type RouteRequest,
} from "../../src/doors/request.ts";
import { describeFirst, listLike, wholeNumber } from "../../src/parsing.ts";
import { verifyGuest } from "../../src/users/guests.ts";
import { parseTopicRule } from "../../src/topic-rules.ts";
import { checkWordRules, createWordFilter, hasLink, WORD_RULES } from "../../src/moderation/word-filter.ts";
import { createEmojiIndex } from "../../widget/extras/compose/emoji-index.ts";
import { cutAtNames } from "../../widget/extras/text/names-in.ts";
import { hueOf, initials } from "../../widget/chat/author.ts";
import { asName } from "../../widget/client/session.ts";

/** The largest frame or body, and the largest text that is stored, with the defaults. */
const FRAME = 65_536;
const TEXT = 8_192;
/** No input may hold the event loop longer than 20 ms; a busy test machine gets five times that. */
const BOUND_MS = 100;
/** Below this a ratio says more about the machine than about the code. */
const NOISE_MS = 8;

/** Texts of a length that are hard for somebody: nested, repeated, ambiguous, with a surprise at the end. */
const HARD: Record<string, (length: number) => string> = {
  spaces: (n) => `a${" ".repeat(n - 2)}x`,
  "line breaks": (n) => `a${"\n".repeat(n - 2)}x`,
  "blank lines": (n) => `${" \n".repeat(n / 2 - 1)}x`,
  "carriage returns": (n) => "\r".repeat(n),
  letters: (n) => `${"a".repeat(n - 1)}!`,
  "letters and hyphens": (n) => "a-".repeat(n / 2),
  dots: (n) => "a.".repeat(n / 2),
  "at signs": (n) => "@".repeat(n),
  brackets: (n) => "[".repeat(n / 2) + "]".repeat(n / 2),
  "closing brackets": (n) => `("http://a${")]}".repeat(n / 3 - 4)}`,
  addresses: (n) => "http://a ".repeat(n / 9),
  "long addresses": (n) => `http://${"a".repeat(n - 7)}`,
  "mail addresses": (n) => "a@a.io ".repeat(n / 7),
  "letters before an at sign": (n) => `${"a.".repeat(n / 2 - 1)}@a`,
  "beginnings of mail addresses": (n) => `(${"a".repeat(63)}@`.repeat(n / 65),
  sites: (n) => "www.a.io/ ".repeat(n / 10),
  "beginnings of sites": (n) => "(www.a.a.a.a.a.a.a.".repeat(n / 19),
  "long names of sites": (n) => `(${`${"a-".repeat(31)}.`.repeat(8)}`.repeat(n / 505),
  "addresses in Japanese": (n) => "http://a次".repeat(n / 9),
  "paths in Japanese": (n) => `http://a/a/${"次".repeat(n - 11)}`,
  "hosts in Japanese": (n) => `http://${"次.".repeat(n / 2 - 4)}`,
  stars: (n) => "*a ".repeat(n / 3),
  "star runs": (n) => "*".repeat(n),
  backticks: (n) => "`a".repeat(n / 2),
  underscores: (n) => "_a_".repeat(n / 3),
  fences: (n) => "```\n".repeat(n / 4),
  quotes: (n) => "> a\n".repeat(n / 4),
  bullets: (n) => "- a\n".repeat(n / 4),
  thumbs: (n) => `${"👍🏽".repeat(n / 4 - 1)}x`,
  families: (n) => "👨‍👩‍👧‍👦".repeat(n / 11),
  flags: (n) => `${"🇩🇪".repeat(n / 4 - 1)}🇩`,
  marks: (n) => `a${"\u0301".repeat(n - 1)}`,
  invisible: (n) => "\u200b".repeat(n),
  surrogates: (n) => "\ud800".repeat(n),
  ligatures: (n) => "ﷺ".repeat(n),
  controls: (n) => "\u0001".repeat(n),
  percents: (n) => `${"%".repeat(n - 2)}\n%`,
  commas: (n) => ", ".repeat(n / 2),
  colons: (n) => ":".repeat(n),
  slashes: (n) => "/".repeat(n),
  "quotation marks": (n) => `"${'"'.repeat(n - 2)}x`,
  "languages of br and gzip": (n) => "br-gzip".repeat(n / 7),
  "slashes and stars": (n) => "/*".repeat(n / 2),
  "words without end": (n) => `mailto:${"a@".repeat(n / 2 - 4)}`,
  "starts of addresses": (n) => "www.http://mailto:".repeat(n / 18),
  "a token": (n) => `eyJhbGciOiJIUzI1NiJ9.${"a-_".repeat(n / 3 - 10)}.`,
  "dots of a token": (n) => `a${".a".repeat(n / 2 - 1)}=`,
  digits: (n) => "1".repeat(n),
};

const NAMES = Array.from({ length: 20 }, (_, i) => "@".repeat(i + 1));
const english = createWordFilter(WORD_RULES.parse({ list: "english" }));
const many = createWordFilter(
  WORD_RULES.parse({ block: Array.from({ length: 300 }, (_, i) => `w${i.toString(36)}[o]rd`) }),
);

/** The largest head of a request that Bun takes, and the largest secret that is looked at. */
const HEAD = 16_384;
const SECRET = 8_192;

/** A request every header and parameter of which is this text. */
const requestOf = (text: string, url = "http://localhost/"): RouteRequest =>
  ({ url, headers: { get: () => text }, params: { topic: text } }) as unknown as RouteRequest;
const peer = { requestIP: () => ({ address: "127.0.0.1" }) };
const control = { get: () => undefined, onChange: () => undefined } as unknown as Parameters<
  typeof createApiKeys
>[0];
const verifyToken = await createTokenVerifier({
  tokenSecret: "s".repeat(32),
  tokenKeys: "",
  tokenIssuer: "",
  tokenAudience: "",
  tokenSkewS: 0,
});
const knownNames = createKnownNames(["admin", "moderator"]);
const authConfig = buildConfig({ operator_key: "o".repeat(32), guest_secret: "g".repeat(32) }, {});
const auth = createAuth({
  config: authConfig,
  secrets: await loadSecrets(authConfig, createLoneNode()),
  keys: createApiKeys(control),
  verifyToken,
  ruleOf: () => undefined,
  names: knownNames,
  isSilenced: () => false,
  revokedAt: () => undefined,
  guesses: { require: () => undefined, note: () => undefined },
});
const gate = createGate(
  { guestGate: "work", gateWorkBits: 16, gateUrl: "", gateTimeoutMs: 1, gateOnFailure: "closed" },
  "secret",
);
const frame = createEmbedPage(
  { allowedOrigins: ["https://example.com"], publicUrl: "" },
  { ruleOf: () => undefined },
  () => undefined,
);
const defaults = { retainMessages: 1, retainDays: 1, maxTextBytes: 1 };
const guest = { id: "g-1", name: "Ana", address: "x" };
const query = z.object({ after: z.string() }).shape;
const author = { id: "g-1", role: "guest" } as const;

/** Each field of each command, filled with the text. */
const COMMANDS = [
  { type: "hello", guest: 0, name: 0, key: 0, token: 0 },
  { type: "identify", token: 0 },
  { type: "pass", challenge: 0, nonce: 0, proof: 0 },
  { type: "subscribe", topic: 0, cursor: 0 },
  { type: "publish", topic: 0, messageId: 0, text: 0, mentions: 0 },
  { type: "react", topic: "t", messageId: "m", target: 1, emoji: 0, on: true },
  { type: "report", topic: "t", target: 1, why: 0 },
  { type: "moderate", topic: "t", action: "remove-all", user: 0, why: 0 },
  { type: "rename", name: 0 },
];
const commandsOf = (text: string): string[] =>
  COMMANDS.flatMap((command) =>
    Object.keys(command).map((field) => JSON.stringify({ id: 1, ...command, [field]: text })),
  );

/** What is called with foreign text, and up to which length. A refusal is as good as an answer. */
const READERS: [name: string, most: number, run: (text: string) => unknown][] = [
  ["cleanText", FRAME, cleanText],
  ["cleanName", FRAME, cleanName],
  ["parseCommand", FRAME, parseCommand],
  ["parseObject", FRAME, parseObject],
  ["parseCursor", FRAME, parseCursor],
  ["unitOf", FRAME, unitOf],
  ["verifyGuest", FRAME, (text) => verifyGuest("secret", text)],
  ["isEmoji", FRAME, isEmoji],
  ["hasLink", TEXT, hasLink],
  ["the English list", TEXT, english],
  ["300 word rules", TEXT, many],
  ["emoji only", TEXT, isEmojiOnly],
  ["a line of plain mode", TEXT, (text) => encodePlain({ user: { ...author, name: text }, text } as never)],
  // What a request brings: its address, its headers, its parameters.
  ["addressOf", HEAD, (text) => addressOf(requestOf(text), peer, { trustedProxyHops: 1 })],
  [
    "requireOrigin",
    HEAD,
    (text) => requireOrigin(requestOf(text), { allowedOrigins: ["https://*.example"], publicUrl: "" }),
  ],
  ["requireTopic", HEAD, (text) => requireTopic(requestOf(text))],
  ["parseUrl", HEAD, (text) => parseUrl(`http://${text}/`)],
  ["parseUrl of a path", HEAD, (text) => parseUrl(`http://localhost/${text}`)],
  ["parseQuery", HEAD, (text) => parseQuery(`http://localhost/?after=${text}`, query)],
  [
    "Accept-Language of a frame",
    HEAD,
    (text) => frame({ ...requestOf(text), params: { topic: "t" } } as never),
  ],
  ["Accept-Encoding", HEAD, encodingOf],
  ["Idempotency-Key", HEAD, (text) => text.replace(QUOTED, "$1")],
  ["a pinned widget", HEAD, (text) => PINNED.test(`/widget@${text}.js`)],
  ["Authorization", HEAD, (text) => auth.identifyRequest(text, undefined, "x")],
  ["Authorization: Bearer", SECRET, (text) => auth.identifyRequest(`Bearer ${text}`, undefined, "x")],
  ["a token", SECRET, (text) => verifyToken?.(text)],
  ["a guest's credential", FRAME, (text) => auth.identify({ guest: text }, "x")],
  ["an API key", FRAME, (text) => createApiKeys(control).find(text)],
  ["the gate's challenge", FRAME, (text) => gate.pass(guest, { challenge: text, nonce: text })],
  ["a number", FRAME, (text) => wholeNumber(0, 9).safeParse(text)],
  ["a list of words", FRAME, (text) => listLike(/^[a-z]{1,9}$/, "words").safeParse(text)],
  ["a topic's pattern", FRAME, (text) => parseTopicRule(text, {}, defaults)],
  ["a topic's rule", FRAME, (text) => parseTopicRule("lobby", { guests: text, [text]: 1 }, defaults)],
  [
    "an act of moderation",
    FRAME,
    (text) => ACT.safeParse({ action: text, user: text, why: text, words: { [text]: text } }),
  ],
  ["a taken name", 320, (text) => knownNames.isTaken(text)],
  // What a moderator's rules are made of: a pattern has at most 60 characters, a topic 500 patterns.
  [
    "word rules",
    60,
    (text) => checkWordRules(WORD_RULES.parse({ block: [text], mask: [text], hold: [text] })),
  ],
  ["initials", FRAME, initials],
  ["asName", FRAME, asName],
  ["hueOf", FRAME, hueOf],
  ["findEmoji", TEXT, createEmojiIndex().find],
  ["skeletonsOf", 320, skeletonsOf],
  ["wordSkeletonsOf", 320, wordSkeletonsOf],
  ["linkify", TEXT, linkify],
  ["parseText", TEXT, parseText],
  ["toMarkup", TEXT, toMarkup],
  ["cutAtNames", TEXT, (text) => cutAtNames(text, NAMES)],
];

/** Tries until the figures are as they should be: on a busy machine a single one says nothing, and slow code never gets there. */
const TRIES = 12;

async function timeOf(run: () => unknown): Promise<number> {
  const began = performance.now();
  try {
    await run();
  } catch (error) {
    // A refusal is an answer; a bug is none.
    if (error instanceof TypeError || error instanceof ReferenceError) throw error;
  }
  return performance.now() - began;
}

/** The shortest time of each run, tried until `isGood` or often enough. */
async function shortest(
  runs: readonly (() => unknown)[],
  isGood: (times: readonly number[]) => boolean,
): Promise<number[]> {
  const best = runs.map(() => Number.POSITIVE_INFINITY);
  for (let i = 0; i < TRIES && !(i > 1 && isGood(best)); i++)
    for (const [at, run] of runs.entries()) best[at] = Math.min(best[at] ?? 0, await timeOf(run));
  return best;
}

async function isFast(run: () => unknown): Promise<boolean> {
  const isGood = ([ms = 0]: readonly number[]) => ms < BOUND_MS;
  return isGood(await shortest([run], isGood));
}

describe.each(READERS)("%s", (_, length, run) => {
  test.each(Object.keys(HARD))("takes a bounded time for %s, in proportion to the length", async (kind) => {
    const make = HARD[kind] as (length: number) => string;
    const [half, whole] = [make(length / 2), make(length)];
    const most = (halfMs: number) => Math.min(BOUND_MS, Math.max(NOISE_MS, halfMs) * 3.5);
    const isGood = ([halfMs = 0, wholeMs = 0]: readonly number[]) => wholeMs < most(halfMs);
    const [halfMs = 0, wholeMs = 0] = await shortest([() => run(half), () => run(whole)], isGood);
    expect(wholeMs).toBeLessThan(most(halfMs));
  });
});

describe("commands", () => {
  test.each(Object.keys(HARD))("with %s in any field are read in a bounded time", async (kind) => {
    for (const text of commandsOf((HARD[kind] as (length: number) => string)(TEXT)))
      expect({ text: text.slice(0, 60), fast: await isFast(() => parseCommand(text)) }).toMatchObject({
        fast: true,
      });
  });
});

describe("a page of messages", () => {
  /** What a reader who comes is sent first, and what a page may take for it on a busy test machine (50 ms on a quiet one). */
  const PAGE = 30;
  const PAGE_BOUND_MS = 250;

  test.each(Object.keys(HARD))("of %s is parsed in a bounded time", async (kind) => {
    const text = cleanText((HARD[kind] as (length: number) => string)(TEXT));
    const parsePage = () => Array.from({ length: PAGE }, (_, i) => parseText(`${i} ${text}`));
    const isGood = ([ms = 0]: readonly number[]) => ms < PAGE_BOUND_MS;
    expect(isGood(await shortest([parsePage], isGood))).toBe(true);
  });
});

describe("JSON", () => {
  const NESTED: Record<string, (depth: number) => string> = {
    lists: (n) => "[".repeat(n) + "]".repeat(n),
    objects: (n) => `${'{"a":'.repeat(n)}1${"}".repeat(n)}`,
    "wide lists": (n) => `[${"[],".repeat(n / 3)}[]]`,
  };
  const most: Record<string, number> = {
    lists: FRAME / 2 - 60,
    objects: FRAME / 6 - 20,
    "wide lists": FRAME - 60,
  };
  const FRAMES: [string, (value: string) => string][] = [
    ["hello", (value) => `{"id":1,"type":"hello","guest":${value}}`],
    ["publish", (value) => `{"id":1,"type":"publish","topic":"t","messageId":"m","text":${value}}`],
    [
      "mentions",
      (value) => `{"id":1,"type":"publish","topic":"t","messageId":"m","text":"x","mentions":${value}}`,
    ],
    ["id", (value) => `{"id":${value},"type":"ping"}`],
    ["type", (value) => `{"id":1,"type":${value}}`],
    ["subscribe", (value) => `{"id":1,"type":"subscribe","topic":"t","cursor":${value}}`],
    ["mode", (value) => `{"id":1,"type":"moderate","topic":"t","action":"mode","mode":{"a":${value}}}`],
    ["act", (value) => `{"id":1,"type":"moderate","topic":"t","action":${value}}`],
  ];

  test.each(FRAMES)("nested in a wrong field of %s is refused in a bounded time", async (_, frame) => {
    for (const [kind, make] of Object.entries(NESTED)) {
      const text = frame(make(most[kind] ?? 0));
      expect({ kind, fast: await isFast(() => parseCommand(text)) }).toEqual({ kind, fast: true });
    }
  });

  test("nested in a body is refused in a bounded time", async () => {
    for (const [kind, make] of Object.entries(NESTED)) {
      const text = `{"text":${make(most[kind] ?? 0)}}`;
      const refuse = () => {
        expect(() => parsePublishBody(text)).toThrow();
      };
      expect({ kind, fast: await isFast(refuse) }).toEqual({ kind, fast: true });
    }
  });

  test("an error never repeats a secret or the contents of lists and objects", () => {
    const rule = z.object({
      key: z.string("must be a string").max(3, "must be short"),
      list: z.string("must be a string"),
    });
    const say = (value: unknown) => {
      const checked = rule.safeParse(value);
      return checked.success ? "" : describeFirst(checked.error, value);
    };
    expect(say({ key: "SECRET-SECRET" })).toBe("key: has 13 characters, must be short.");
    expect(say({ key: 42 })).toBe("key: is a number, must be a string.");
    expect(say({ key: ["SECRET"] })).toBe("key: is a list, must be a string.");
    expect(say({ key: "a", list: { a: "b" } })).toBe("list: is an object, must be a string.");
    expect(say({ key: "a", list: null })).toBe("list: is null, must be a string.");
    expect(say({ key: "a" })).toBe("list: is missing, must be a string.");
  });
});
