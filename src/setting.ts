/** One setting: its rule, its default, and the reason for it. */
import type { z } from "zod";

export interface Setting<T extends z.ZodType = z.ZodType> {
  rule: T;
  fallback: z.output<T>;
  /** The meaning of the setting and the reason for its default; one sentence or two. */
  about: string;
  /** The name of the variable, if it is not KABAR_ and the key in capitals. */
  env?: string;
  secret?: boolean;
}

/**
 * Makes a setting whose default has the type of its rule. The rule is made when it is first asked for: of some hundred, a start
 * needs those of the settings that are set.
 */
export function setting<T extends z.ZodType>(
  makeRule: () => T,
  fallback: z.output<T>,
  about: string,
  more: { env?: string; secret?: boolean } = {},
): Setting<T> {
  let rule: T | undefined;
  return {
    get rule() {
      rule ??= makeRule();
      return rule;
    },
    fallback,
    about,
    ...more,
  };
}
