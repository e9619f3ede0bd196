/**
 * Parsing rules (zod) of configuration, commands and queries, and the sentence for a broken rule.
 * The sentence names what was wrong and what is allowed.
 */
import { z } from "zod";
import type { BrokenRule, NamedRule } from "./named-sentences.ts";

/** Adds to a rule the words that complete "must be …", for errors and docs/OPERATIONS.md. To the rule itself: a copy takes time at the start. */
export function withAllowed<T extends z.ZodType>(schema: T, allowed: string): T {
  z.globalRegistry.add(schema, { ...schema.meta(), allowed });
  return schema;
}

/** Rules that have a name, by their sentences. One for each sentence: rules are made at the start. */
const NAMED = new Map<string, NamedRule>();

/** Gives a rule, by its words that complete "must be …", a name for programs that have words of their own. Returns the words. */
export function nameRule(allowed: string, rule: NamedRule): string {
  NAMED.set(`must be ${allowed}`, rule);
  return allowed;
}

/** The error of a broken rule. */
export const refuse = (allowed: string) => ({ error: `must be ${allowed}` });

/** A whole number from `min` to `max`; digits in a string count as a number. */
export function wholeNumber(min: number, max: number) {
  const allowed = nameRule(`a whole number from ${min} to ${max}`, { must: "whole-number", min, max });
  const toNumber = (raw: unknown): unknown =>
    typeof raw === "string" && /^-?\d{1,15}$/.test(raw) ? Number(raw) : raw;
  const inner = z.int(refuse(allowed)).check(z.gte(min, refuse(allowed)), z.lte(max, refuse(allowed)));
  return withAllowed(z.preprocess(toNumber, inner), allowed);
}

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  const allowed = nameRule(words.length === 1 ? `"${words[0]}"` : `one of ${words.join(", ")}`, {
    must: "one-of",
    words,
  });
  return withAllowed(z.enum(words, refuse(allowed)), allowed);
}

/** Text that matches `pattern`; `allowed` describes the pattern in words. */
export function textLike(pattern: RegExp, allowed: string) {
  return withAllowed(z.string(refuse(allowed)).regex(pattern, refuse(allowed)), allowed);
}

/** A list of texts that pass a test: an array of at most `max`, or one string with `separator` between them. */
export function listOf(
  isAllowed: (text: string) => boolean,
  allowed: string,
  { separator = /[\s,]+/, max = Number.POSITIVE_INFINITY }: { separator?: RegExp; max?: number } = {},
) {
  const split = (raw: unknown): unknown =>
    typeof raw === "string" ? raw.split(separator).filter((word) => word !== "") : raw;
  const isList = (raw: unknown): boolean => Array.isArray(raw) && raw.length <= max;
  // One issue, of the first wrong item: a long list of wrong ones would take milliseconds to describe.
  const list = z.custom<string[]>(isList, refuse(allowed)).superRefine((items, context) => {
    const wrong = items.findIndex((item) => typeof item !== "string" || !isAllowed(item));
    if (wrong >= 0) context.addIssue({ code: "custom", path: [wrong], message: refuse(allowed).error });
  });
  // JSON Schema cannot know what a rule in code takes.
  return withAllowed(z.preprocess(split, list).meta({ type: "array", items: { type: "string" } }), allowed);
}

/** A list of texts that match `pattern`: an array, or one string with spaces or commas between them. */
export const listLike = (pattern: RegExp, allowed: string) => listOf((text) => pattern.test(text), allowed);

/** true or false, or those words in a string. */
export function yesOrNo() {
  const toBoolean = (raw: unknown): unknown => (raw === "true" ? true : raw === "false" ? false : raw);
  const allowed = nameRule("true or false", { must: "yes-or-no" });
  return withAllowed(z.preprocess(toBoolean, z.boolean(refuse(allowed))), allowed);
}

/** The words of a rule of this file, for documents and help. */
export const allowedBy = (schema: z.ZodType): string => String(schema.meta()?.allowed ?? "");

/** Characters of a wrong value that an error repeats. */
const MAX_QUOTED = 60;
/** Fields that hold secrets: an error never repeats their values. */
const SECRET_FIELDS: ReadonlySet<unknown> = new Set([
  "key",
  "token",
  "guest",
  "nonce",
  "proof",
  "challenge",
  "code",
  "passphrase",
  "endpoint",
  "p256dh",
  "auth",
]);

/** Describes a wrong value. Does not look into lists and objects: encoding a deep one takes seconds. */
function describeValue(found: unknown, isSecret: boolean): string {
  if (found === undefined) return "is missing";
  if (found === null) return "is null";
  if (Array.isArray(found)) return "is a list";
  if (typeof found === "object") return "is an object";
  if (isSecret) return typeof found === "string" ? `has ${found.length} characters` : `is a ${typeof found}`;
  if (typeof found !== "string") return `is ${String(found)}`;
  const shown = JSON.stringify(found.slice(0, MAX_QUOTED));
  return `is ${found.length > MAX_QUOTED ? `${shown.slice(0, -1)}…"` : shown}`;
}

/** The first broken rule, by its name and values; undefined for a rule without a name. */
export function firstRule(error: z.ZodError): BrokenRule | undefined {
  const issue = error.issues[0];
  const rule = issue && NAMED.get(issue.message);
  // A list is a field: which of its items is wrong is in the sentence.
  return rule && { field: String(issue.path[0] ?? ""), ...rule };
}

/** The first broken rule of `input`, as `field: is "x", must be …`. */
export function describeFirst(error: z.ZodError, input: unknown): string {
  const issue = error.issues[0];
  if (!issue) return "is not valid";
  let found: unknown = input;
  for (const step of issue.path) {
    found = typeof found === "object" && found !== null ? Reflect.get(found, step) : undefined;
  }
  const what = describeValue(
    found,
    issue.path.some((step) => SECRET_FIELDS.has(step)),
  );
  const where = issue.path.length > 0 ? `${issue.path.map(String).join(".")}: ` : "";
  return `${where}${what}, ${issue.message}.`;
}
