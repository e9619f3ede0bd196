/**
 * Rules of topics: the configured ones, and those that the admin API set at run time.
 * A rule of the admin API is an entry of the control topic. It replaces the configured rule of the same name or pattern.
 */
import type { Config } from "../config.ts";
import type { Cause, Control } from "../log/control.ts";
import { KabarError } from "../errors.ts";
import { dropOldest } from "../oldest.ts";
import { ConfigError, findTopicRule, parseTopicRule, type TopicRule, topicTableOf } from "../topic-rules.ts";

const PREFIX = "topic:";
/** Topics whose rule is remembered, of those that no rule names: more than are busy at one time. */
const MAX_REMEMBERED = 20_000;

export type Policy = ReturnType<typeof createPolicy>;

/** Creates the policy from the configuration and the control topic, and follows changes of the control topic. */
export function createPolicy(config: Config, control: Control) {
  /** Rules set through the admin API, by topic name or pattern. */
  const stored = new Map(
    control.list(PREFIX).map(([pattern, table]) => [pattern, parseTopicRule(pattern, table, config)]),
  );
  const configured = new Map(config.topics.map((rule) => [rule.pattern, rule]));
  const rules = new Map([...configured, ...stored]);
  const isPattern = (name: string) => name.endsWith("*");
  let patterns = [...rules.values()].filter(({ pattern }) => isPattern(pattern));
  const listeners = new Set<() => void>();
  /** Rules by topic, found among the patterns: each message asks for its topic's rule several times. */
  const found = new Map<string, TopicRule | undefined>();
  function findByPattern(topic: string): TopicRule | undefined {
    const known = found.get(topic);
    if (known || found.has(topic)) return known;
    const rule = findTopicRule(patterns, topic);
    found.set(topic, rule);
    dropOldest(found, MAX_REMEMBERED);
    return rule;
  }
  control.onChange((key, table) => {
    if (!key.startsWith(PREFIX)) return;
    const pattern = key.slice(PREFIX.length);
    const rule = table === null ? configured.get(pattern) : parseTopicRule(pattern, table, config);
    if (rule) rules.set(pattern, rule);
    else rules.delete(pattern);
    if (isPattern(pattern)) {
      patterns = [...rules.values()].filter((one) => isPattern(one.pattern));
      found.clear();
    }
    for (const listener of listeners) listener();
  });

  return {
    /** The rule of a topic; undefined when no rule matches, so that the topic does not exist. */
    ruleOf: (topic: string): TopicRule | undefined => rules.get(topic) ?? findByPattern(topic),

    /** Every rule in force. */
    list: (): readonly TopicRule[] => [...rules.values()],

    /** Where the rule of a name or pattern comes from, and the one of kabar.toml beside it where there is one. */
    originOf(pattern: string): { source: "file" | "api"; file?: TopicRule } {
      const file = configured.get(pattern);
      return { source: file && rules.get(pattern) === file ? "file" : "api", ...(file && { file }) };
    },

    /** Merges `change` into the rule of a topic or pattern and stores the result. Throws `bad-request` for an invalid rule. */
    async set(pattern: string, change: Record<string, unknown>, cause: Cause): Promise<TopicRule> {
      const present = rules.get(pattern);
      const table = { ...(present ? topicTableOf(present) : {}), ...change };
      let rule: TopicRule;
      try {
        rule = parseTopicRule(pattern, table, config);
      } catch (error) {
        if (error instanceof ConfigError)
          throw new KabarError("bad-request", error.message, undefined, error.rule);
        throw error;
      }
      await control.set(PREFIX + pattern, topicTableOf(rule), cause);
      return rule;
    },

    /** Restores the configured rule. A topic without one disappears; the log keeps its messages. */
    async reset(pattern: string, cause: Cause): Promise<void> {
      await control.set(PREFIX + pattern, null, cause);
    },

    /** Calls `listener` after every change of a rule. */
    onChange: (listener: () => void): void => void listeners.add(listener),
  };
}
