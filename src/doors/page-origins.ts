/**
 * Origins of the pages that may connect: those of `allowed_origins`, and those that the admin API added at run time.
 * An added origin is a key of the control topic, so every node knows it at once and after a restart. It opens the doors of visitors
 * only: the admin API takes the console's cookie from pages of this server and from no others (console-cookie).
 */
import { z } from "zod";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { ORIGIN_PATTERN, ORIGIN_RULE } from "../formats.ts";
import type { Cause, Control } from "../log/control.ts";
import { nameRule, refuse, withAllowed } from "../parsing.ts";
import { matchesOrigin } from "./request.ts";

const PREFIX = "origin:";
/** The longest list of added origins, in characters: all of them stand in one header of `/embed`, and proxies take headers of 4 KB. */
const MAX_LIST_CHARACTERS = 2000;
/** The longest text that is looked at: a scheme, the longest name of a host, a port. */
const MAX_ORIGIN_CHARACTERS = 300;

/**
 * An origin as browsers send it in `Origin`: host in small letters and Punycode, without the port that its scheme has anyway.
 * Other texts stay as they are.
 */
export function canonicalOrigin(text: string): string {
  const url = /^https?:\/\/[^/?#@]+\/?$/i.test(text) ? URL.parse(text) : null;
  return url ? `${url.protocol}//${url.host}` : text;
}

const toCanonical = (raw: unknown): unknown =>
  typeof raw === "string" && raw.length <= MAX_ORIGIN_CHARACTERS ? canonicalOrigin(raw.trim()) : raw;

nameRule(ORIGIN_RULE, { must: "origin" });
/** The rule of one origin. */
export const ORIGIN = withAllowed(
  z.preprocess(
    toCanonical,
    z
      .string(refuse(ORIGIN_RULE))
      .max(MAX_ORIGIN_CHARACTERS, refuse(ORIGIN_RULE))
      .regex(ORIGIN_PATTERN, refuse(ORIGIN_RULE)),
  ),
  ORIGIN_RULE,
);

export type PageOrigins = ReturnType<typeof createPageOrigins>;

/** Creates the list from the configuration and the control topic, and follows changes of the control topic. */
export function createPageOrigins(
  { allowedOrigins, publicUrl }: Pick<Config, "allowedOrigins" | "publicUrl">,
  control: Control,
) {
  const configured = allowedOrigins.map(canonicalOrigin);
  const readAdded = () =>
    control
      .list(PREFIX)
      .map(([origin]) => origin)
      // Each stands in a header.
      .filter((origin) => ORIGIN_PATTERN.test(origin));
  let added = readAdded();
  let all: readonly string[] = [...configured, ...added];
  const listeners = new Set<(isGone: (origin: string) => boolean) => void>();
  control.onChange((key, value) => {
    if (!key.startsWith(PREFIX)) return;
    added = readAdded();
    all = [...configured, ...added];
    if (value !== null) return;
    const removed = key.slice(PREFIX.length);
    const isGone = (origin: string) =>
      matchesOrigin(removed, origin) && !all.some((pattern) => matchesOrigin(pattern, origin));
    for (const listener of listeners) listener(isGone);
  });

  return {
    publicUrl,

    /** Every origin in force. */
    get allowedOrigins(): readonly string[] {
      return all;
    },

    /** Those of the configuration. */
    configured: (): readonly string[] => configured,

    /** Those that the admin API added, by name. */
    added: (): readonly string[] => [...added].sort(),

    /** Adds an origin. False when it was added before. Throws `bad-request` for one origin too many. */
    async add(origin: string, cause: Cause): Promise<boolean> {
      if (added.includes(origin)) return false;
      if ([...added, origin].join(" ").length > MAX_LIST_CHARACTERS)
        throw new KabarError(
          "bad-request",
          `origin: is one too many; the added origins may have ${MAX_LIST_CHARACTERS} characters in all. Remove one, or use one like https://*.example.com.`,
          undefined,
          { field: "origin", must: "origins-full", max: MAX_LIST_CHARACTERS },
        );
      await control.set(PREFIX + origin, true, cause);
      return true;
    },

    /** Removes an origin that the admin API added. Throws `not-found` for any other. */
    async remove(origin: string, cause: Cause): Promise<void> {
      if (!added.includes(origin))
        throw new KabarError(
          "not-found",
          "This origin was not added here. Those of kabar.toml are changed there.",
        );
      await control.set(PREFIX + origin, null, cause);
    },

    /** Calls `listener` after a removal, with a test of the origins that may no longer connect because of it. */
    onRemove: (listener: (isGone: (origin: string) => boolean) => void): void => void listeners.add(listener),
  };
}
