/**
 * Rules of topics: the rights of guests and users, limits and retention, by topic or pattern. Parses the tables of
 * kabar.toml and of the admin API. `policy` decides which rule is in force.
 */
import { z } from "zod";
import { cleanTitle, MAX_TITLE_CHARS, TITLE_RULE, TOPIC_PATTERN } from "./formats.ts";
import { findCovering } from "./rights.ts";
import type { BrokenRule } from "./named-sentences.ts";
import { describeFirst, firstRule, nameRule, oneOf, refuse, wholeNumber, yesOrNo } from "./parsing.ts";

/** Wrong configuration: `message` is one clear line for the operator. */
export class ConfigError extends Error {
  readonly rule: BrokenRule | undefined;

  /** `rule` is the broken rule by its name. */
  constructor(message: string, rule?: BrokenRule) {
    super(message);
    this.rule = rule;
  }
}

/** A topic's name, the beginning of names followed by `*`, or `*` alone: the topics of rules, API keys and tokens. */
export const TOPIC_OR_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\*?$|^\*$/;

const GUEST_LEVELS = ["write", "read", "none"] as const;
const FIRST_MESSAGE_RULES = ["allow", "show", "hold"] as const;
const LINK_RULES = ["allow", "guests-no", "none"] as const;

/** The rule of the topics that a name or pattern (`room-*`) covers. */
export interface TopicRule {
  pattern: string;
  /** The topic's name in words; empty where the topic's own name is shown. */
  title: string;
  /** The levels of guests and of signed users, where no token grants another one. */
  guests: (typeof GUEST_LEVELS)[number];
  users: (typeof GUEST_LEVELS)[number];
  /** Whether reactions are allowed, and whether the list of present users is shown. */
  react: boolean;
  people: boolean;
  /** Whether all, only signed users, or none of the guests and users may write links. */
  links: (typeof LINK_RULES)[number];
  /**
   * The first message of a guest or user in a topic: `show` lists it in the inbox of the console, `hold` holds it and all that
   * follow until a moderator approves one.
   */
  firstMessages: (typeof FIRST_MESSAGE_RULES)[number];
  /** The longest text, in bytes of UTF-8. */
  maxTextBytes: number;
  retainMessages: number;
  retainDays: number;
}

const TOPIC_KEYS =
  "title, guests, users, react, people, links, first_messages, max_text_bytes, retain_messages, retain_days";
const KNOWN_FIELDS: BrokenRule = { field: "", must: "known-fields", words: TOPIC_KEYS.split(", ") };
/** A title is shown beside users' names: the same characters are allowed, in the form in which they are kept. */
const titleRule = nameRule(TITLE_RULE, { must: "title", max: MAX_TITLE_CHARS });
const title = z
  .string(refuse(titleRule))
  .refine((raw) => raw === "" || cleanTitle(raw) !== undefined, refuse(titleRule))
  .transform((raw) => cleanTitle(raw) ?? "");
export const TOPIC_TABLE = z.strictObject(
  {
    title: title.default(""),
    guests: oneOf(GUEST_LEVELS).default("write"),
    users: oneOf(GUEST_LEVELS).default("write"),
    react: yesOrNo().default(true),
    people: yesOrNo().default(true),
    links: oneOf(LINK_RULES).default("allow"),
    first_messages: oneOf(FIRST_MESSAGE_RULES).default("allow"),
    max_text_bytes: wholeNumber(1, 1_000_000).optional(),
    retain_messages: wholeNumber(0, 1_000_000_000).optional(),
    retain_days: wholeNumber(0, 36_500).optional(),
  },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? `has an unknown key; allowed: ${TOPIC_KEYS}` : undefined,
  },
);

/** Throws ConfigError unless `pattern` is a topic's name or a pattern. `where` names the place in the configuration. */
export function checkPattern(pattern: string, where: string): void {
  if (!TOPIC_OR_PATTERN.test(pattern)) {
    throw new ConfigError(
      `${where}: ${JSON.stringify(pattern)} is not a topic or pattern; allowed: a topic's name, or the beginning of names followed by *.`,
      { field: "", must: "topic-pattern" },
    );
  }
}

/** Defaults of a rule, from the general settings. */
export interface TopicDefaults {
  retainMessages: number;
  retainDays: number;
  maxTextBytes: number;
}

/** Parses a topic's table. Throws ConfigError. */
export function parseTopicRule(pattern: string, table: unknown, defaults: TopicDefaults): TopicRule {
  checkPattern(pattern, "topics");
  const result = TOPIC_TABLE.safeParse(table);
  if (!result.success) {
    const rule =
      result.error.issues[0]?.code === "unrecognized_keys" ? KNOWN_FIELDS : firstRule(result.error);
    throw new ConfigError(`topics.${pattern}: ${describeFirst(result.error, table)}`, rule);
  }
  const { first_messages, max_text_bytes, retain_messages, retain_days, ...fields } = result.data;
  return {
    pattern,
    ...fields,
    firstMessages: first_messages,
    maxTextBytes: max_text_bytes ?? defaults.maxTextBytes,
    retainMessages: retain_messages ?? defaults.retainMessages,
    retainDays: retain_days ?? defaults.retainDays,
  };
}

/** A rule as a table, the inverse of `parseTopicRule`. */
export const topicTableOf = (rule: TopicRule): Record<string, unknown> => ({
  ...(rule.title === "" ? {} : { title: rule.title }),
  guests: rule.guests,
  users: rule.users,
  react: rule.react,
  people: rule.people,
  links: rule.links,
  first_messages: rule.firstMessages,
  max_text_bytes: rule.maxTextBytes,
  retain_messages: rule.retainMessages,
  retain_days: rule.retainDays,
});

/** The rule for a topic: one with the topic's own name before patterns, a longer pattern before a shorter one. */
export const findTopicRule = (rules: readonly TopicRule[], topic: string): TopicRule | undefined =>
  TOPIC_PATTERN.test(topic) ? findCovering(rules, topic) : undefined;
