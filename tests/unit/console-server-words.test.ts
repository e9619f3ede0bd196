/** The console's sentences for what the server says: every setting, broken rule, warning and trouble has one in every language. */
import { describe, expect, test } from "bun:test";
import type { z } from "zod";
import { buildConfig } from "../../src/config.ts";
import { NEW_KEY, WHY } from "../../src/doors/admin.ts";
import { NEW_ORIGIN } from "../../src/doors/origins-admin.ts";
import { LOG_WARNINGS, RULES, type TroubleCode, TROUBLES, troubleCodeOf } from "../../src/named-sentences.ts";
import { describeFailure } from "../../src/log/sqlite-failure.ts";
import { DeadlineError, troubleOf } from "../../src/log/postgres-trouble.ts";
import { firstRule } from "../../src/parsing.ts";
import { fileKey, settingKeys } from "../../src/settings.ts";
import { ConfigError, parseTopicRule, TOPIC_TABLE } from "../../src/topic-rules.ts";
import { checkPassphrase } from "../../src/users/passphrase.ts";
import { NAMES } from "../../widget/words/console-languages.ts";
import { SAID_CODES, type ServerWords, serverWordsIn } from "../../widget/words/console-server-words.ts";

const codes = Object.keys(NAMES).filter((code) => code !== "en");
const ofLanguage = new Map<string, ServerWords>();
for (const code of codes) {
  const words = await serverWordsIn(code);
  if (words) ofLanguage.set(code, words);
}
const placesOf = (sentence: string): string[] =>
  (sentence.match(/\{\w+\}/g) ?? []).map((one) => one.slice(1, -1));

test("every language but English, which is the server's own, has its sentences", async () => {
  expect([...ofLanguage.keys()]).toEqual(codes);
  expect(await serverWordsIn("en")).toBeUndefined();
  expect(await serverWordsIn("constructor")).toBeUndefined();
});

describe.each([...ofLanguage])("in %s", (_code, words) => {
  test("every setting has its meaning, and no other", () => {
    expect(Object.keys(words.settings)).toEqual(settingKeys.map(fileKey));
    expect(Object.values(words.settings).filter((text) => text.trim().length < 10)).toEqual([]);
  });

  test("every broken rule has its sentence, with all values", () => {
    expect(placesOf(words.allowed)).toEqual(["rule"]);
    const places = Object.entries(words.rules).map(([rule, text]) => [rule, placesOf(text).sort()]);
    expect(Object.fromEntries(places)).toEqual(
      Object.fromEntries(Object.entries(RULES).map(([rule, values]) => [rule, [...values].sort()])),
    );
  });

  test("every refusal without a rule has its sentence", () => {
    expect(Object.keys(words.refusals)).toEqual([...SAID_CODES]);
    expect(Object.values(words.refusals).filter((text) => !/[.。।]$/.test(text))).toEqual([]);
  });

  test("every warning and every trouble has its sentence, with all values", () => {
    const places = Object.entries(words.warnings).map(([code, text]) => [code, placesOf(text).sort()]);
    expect(Object.fromEntries(places)).toEqual(
      Object.fromEntries(Object.entries(LOG_WARNINGS).map(([code, values]) => [code, [...values].sort()])),
    );
    expect(Object.keys(words.troubles)).toEqual(Object.keys(TROUBLES));
    expect(Object.values(words.troubles).filter((text) => text.length < 3 || /[.。।]$/.test(text))).toEqual(
      [],
    );
  });

  test("names of settings, values and addresses are those of the English sentences", () => {
    const names = (text: string) =>
      (text.match(/[a-z]+_[a-z_]+|`\w+`|https?:\/\/[\w.*]+|\b[A-Z]{2,}\d*\b/g) ?? []).sort();
    const odd = Object.entries(TROUBLES).filter(
      ([code, english]) => !`${names(words.troubles[code as TroubleCode])}`.includes(`${names(english)}`),
    );
    expect(odd).toEqual([]);
    expect(words.settings.token_issuer).toContain("`iss`");
    expect(words.settings.push_contact).toContain("public_url");
    for (const [key, value] of Object.entries({
      guest_gate: "callback",
      gate_on_failure: "closed",
      durability: "kill -9",
    }))
      expect(words.settings[key]).toContain(value);
  });
});

describe("a broken rule has a name", () => {
  const ruleOf = (schema: z.ZodType, input: unknown) => {
    const { error } = schema.safeParse(input);
    return error && firstRule(error);
  };
  const config = buildConfig({}, {});

  test("in every field of a topic's rule, whatever is wrong with it", () => {
    const wrong = [Number.NaN, "a word", -1, 1e12, [], {}, null, "x".repeat(500), "\u0000"];
    const named: Record<string, Set<string | undefined>> = {};
    for (const field of Object.keys(TOPIC_TABLE.shape)) {
      named[field] = new Set();
      for (const value of wrong)
        try {
          parseTopicRule("lobby", { [field]: value }, config);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          const { rule } = error as ConfigError;
          expect([field, value, rule?.field]).toEqual([field, value, field]);
          named[field].add(rule?.must);
        }
    }
    const all = Object.fromEntries(Object.entries(named).map(([field, rules]) => [field, [...rules]]));
    expect(all).toEqual({
      title: ["title"],
      guests: ["one-of"],
      users: ["one-of"],
      react: ["yes-or-no"],
      people: ["yes-or-no"],
      links: ["one-of"],
      first_messages: ["one-of"],
      max_text_bytes: ["whole-number"],
      retain_messages: ["whole-number"],
      retain_days: ["whole-number"],
    });
  });

  test("in a topic's name, and for a field that there is not", () => {
    const refusal = (pattern: string, table: object) => {
      try {
        return parseTopicRule(pattern, table, config);
      } catch (error) {
        return (error as ConfigError).rule;
      }
    };
    expect(refusal("no topic", {})).toEqual({ field: "", must: "topic-pattern" });
    expect(refusal("lobby", { colour: "red" })).toMatchObject({
      must: "known-fields",
      words: expect.arrayContaining(["title", "retain_days"]),
    });
  });

  test("in keys, origins, reasons and passphrases", () => {
    const key = { name: "back end", scope: "read" };
    expect(ruleOf(NEW_KEY, { ...key, name: "" })).toEqual({
      field: "name",
      must: "characters",
      min: 1,
      max: 60,
    });
    expect(ruleOf(NEW_KEY, { ...key, scope: "all" })).toMatchObject({ field: "scope", must: "one-of" });
    expect(ruleOf(NEW_KEY, { ...key, topics: ["a b"] })).toEqual({ field: "topics", must: "topic-list" });
    expect(ruleOf(NEW_ORIGIN, { origin: "example.com" })).toEqual({ field: "origin", must: "origin" });
    expect(ruleOf(WHY, { why: "x".repeat(10_000) })).toMatchObject({ field: "why", must: "characters" });
    expect(() => checkPassphrase("short", "ana")).toThrow(
      expect.objectContaining({ rule: { field: "passphrase", must: "characters", min: 15, max: 256 } }),
    );
    expect(() => checkPassphrase("passwordpassword", "ana")).toThrow(
      expect.objectContaining({ rule: { field: "passphrase", must: "hard-to-guess" } }),
    );
  });
});

test("every trouble of either engine has a name, and words of an engine have none", () => {
  const states = [
    "28P01",
    "3D000",
    "53100",
    "53300",
    "25006",
    "42501",
    "55P03",
    "40001",
    "57P03",
    "58030",
    "22000",
  ];
  const found = [
    ...states.map((errno) => troubleOf({ errno })),
    troubleOf(new DeadlineError()),
    troubleOf({ message: "recovery is in progress" }),
    ...["TLS_NOT_AVAILABLE", "SELF_SIGNED_CERT", "ECONNREFUSED"].map((code) => troubleOf({ code })),
    ...["SQLITE_FULL", "SQLITE_READONLY", "SQLITE_BUSY", "SQLITE_CORRUPT"].map((code) =>
      describeFailure(Object.assign(new Error("as (SQLite) says"), { code })),
    ),
    `${TROUBLES["tail-behind"]} (5 s, more than 2 s)`,
  ].map(troubleCodeOf);
  expect([...new Set(found)].sort()).toEqual((Object.keys(TROUBLES) as TroubleCode[]).sort());
  expect(troubleCodeOf("disk I/O error")).toBeUndefined();
  expect(troubleCodeOf("db/a: the disk is full; db/b: the disk is full")).toBeUndefined();
});
