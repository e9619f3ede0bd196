/**
 * Optional fields of a message beside its text: title, link, icon, priority, tags, buttons, expiry, data. Their rules, the words in
 * them that moderation judges, and their part of a plain line. Pure; the text has rules of its own.
 */
import { z } from "zod";
import { isEmoji } from "./emoji.ts";
import { cleanHeading } from "./formats.ts";
import type { MessageAction, MessageFields } from "./model.ts";
import { presentFields } from "./optional-fields.ts";
import { refuse, wholeNumber, withAllowed } from "./parsing.ts";

/** Bytes of `data` as JSON: more than a program needs to act on a message, and half of the longest text. */
const MAX_DATA_BYTES = 4096;
/** Levels of lists and objects in `data`: programs read it with parsers of their own, some of which recurse. */
const MAX_DATA_DEPTH = 32;
export const MAX_TITLE_CHARS = 200;
export const MAX_TAGS = 10;
export const MAX_TAG_CHARS = 40;
export const MAX_ACTIONS = 3;
export const MAX_LABEL_CHARS = 40;
/** Characters of an action's `value`: an id of the program that receives the click. */
const MAX_VALUE_CHARS = 200;
/** Characters of an address: browsers and servers accept this many everywhere. */
const MAX_ADDRESS_CHARS = 2048;

const ADDRESS_RULE = "an https address of at most 2048 characters, without a user and password";
const TITLE_RULE = `at most ${MAX_TITLE_CHARS} characters in one line, one of them visible`;
const TAG_RULE = `a list of at most ${MAX_TAGS} tags of 1 to ${MAX_TAG_CHARS} characters`;
const ACTIONS_RULE = `a list of at most ${MAX_ACTIONS} actions of type view or http, each with a label`;
const LABEL_RULE = `1 to ${MAX_LABEL_CHARS} characters in one line, one of them visible`;
const VALUE_RULE = `a string of at most ${MAX_VALUE_CHARS} characters`;
const DATA_RULE = `JSON of at most ${MAX_DATA_BYTES} bytes and ${MAX_DATA_DEPTH} levels`;

/** The address in its normal form; undefined when it is not allowed. */
export function cleanAddress(raw: string): string | undefined {
  if (raw.length > MAX_ADDRESS_CHARS || /[\s\p{C}]/u.test(raw)) return undefined;
  const url = URL.parse(raw);
  if (url?.protocol !== "https:" || url.username !== "" || url.password !== "") return undefined;
  return url.href.length <= MAX_ADDRESS_CHARS ? url.href : undefined;
}

/** A text that `clean` accepts, in the form that `clean` returns. */
const cleaned = (clean: (raw: string) => string | undefined, allowed: string) =>
  withAllowed(
    z.string(refuse(allowed)).transform((raw, context) => {
      const text = clean(raw);
      if (text !== undefined) return text;
      context.addIssue({ code: "custom", message: refuse(allowed).error });
      return z.NEVER;
    }),
    allowed,
  );

/** Whether a value has at most `levels` levels of lists and objects. Stops at the first level too many. */
const isShallow = (value: unknown, levels: number): boolean =>
  typeof value !== "object" ||
  value === null ||
  (levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1)));

const isData = (value: unknown): boolean =>
  isShallow(value, MAX_DATA_DEPTH) && Buffer.byteLength(JSON.stringify(value) ?? "") <= MAX_DATA_BYTES;

const label = cleaned((raw) => cleanHeading(raw, MAX_LABEL_CHARS), LABEL_RULE);
const action = z.discriminatedUnion(
  "type",
  [
    z.object({ type: z.literal("view"), label, url: cleaned(cleanAddress, ADDRESS_RULE) }),
    z.object({
      type: z.literal("http"),
      label,
      value: z.string(refuse(VALUE_RULE)).max(MAX_VALUE_CHARS, refuse(VALUE_RULE)).optional(),
    }),
  ],
  refuse(ACTIONS_RULE),
);

/** The rules of the fields, as commands and bodies of requests contain them. */
export const MESSAGE_FIELDS = {
  title: cleaned((raw) => cleanHeading(raw, MAX_TITLE_CHARS), TITLE_RULE).optional(),
  link: cleaned(cleanAddress, ADDRESS_RULE).optional(),
  icon: cleaned(
    (raw) => (isEmoji(raw) ? raw : cleanAddress(raw)),
    `one emoji, or ${ADDRESS_RULE}`,
  ).optional(),
  priority: wholeNumber(1, 5).optional(),
  tags: z
    .array(
      cleaned((raw) => cleanHeading(raw, MAX_TAG_CHARS), TAG_RULE),
      refuse(TAG_RULE),
    )
    .max(MAX_TAGS, refuse(TAG_RULE))
    .optional(),
  actions: z
    .array(action, refuse(ACTIONS_RULE))
    .max(MAX_ACTIONS, refuse(ACTIONS_RULE))
    .transform((actions) => actions.map((one): MessageAction => presentFields(one)))
    .optional(),
  expiresAt: wholeNumber(1, 8_640_000_000_000_000).optional(),
  data: withAllowed(z.unknown().refine(isData, refuse(DATA_RULE)), DATA_RULE).optional(),
  ephemeral: z.boolean(refuse("true or false")).optional(),
};

/** The fields as an input has them: absent ones may be undefined. */
export type OptionalFields = { [K in keyof MessageFields]?: MessageFields[K] | undefined };

/** Whether a message has none of the fields: most have none, and each message is asked several times. */
const isPlain = (message: OptionalFields): boolean =>
  message.title === undefined &&
  message.link === undefined &&
  message.icon === undefined &&
  message.priority === undefined &&
  message.tags === undefined &&
  message.actions === undefined &&
  message.expiresAt === undefined &&
  message.data === undefined &&
  message.ephemeral === undefined;

const NO_FIELDS: MessageFields = Object.freeze({});

/** The fields of a message, without the absent ones. Do not change the result: messages share one. */
export function messageFields(message: OptionalFields): Readonly<MessageFields> {
  if (isPlain(message)) return NO_FIELDS;
  const { title, link, icon, priority, tags, actions, expiresAt, data, ephemeral } = message;
  return presentFields({
    title,
    link,
    icon,
    priority,
    tags: tags?.length ? tags : undefined,
    actions: actions?.length ? actions : undefined,
    expiresAt,
    data,
    ephemeral: ephemeral || undefined,
  });
}

/** The words of the fields, as word and link rules judge them: those that readers see, and all others in one text. */
export interface FieldWords {
  shown: readonly string[];
  other: string;
}

/** The words of a message without fields. */
export const NO_WORDS: FieldWords = Object.freeze({ shown: Object.freeze([]), other: "" });

/** The words of the fields. */
export function wordsOf(fields: OptionalFields): FieldWords {
  if (isPlain(fields)) return NO_WORDS;
  const { title, tags = [], link, icon, data } = fields;
  return {
    shown: [...(title === undefined ? [] : [title]), ...tags],
    other: [link, icon, data === undefined ? undefined : JSON.stringify(data)]
      .filter((word) => word !== undefined)
      .join("\n"),
  };
}

/** The fields with other shown words, in the order of `wordsOf`. */
export function withShownWords<T extends OptionalFields>(fields: T, shown: readonly string[]): T {
  if (shown.length === 0) return fields;
  const titles = fields.title === undefined ? 0 : 1;
  return {
    ...fields,
    ...(titles > 0 ? { title: shown[0] } : {}),
    ...(fields.tags ? { tags: shown.slice(titles) } : {}),
  };
}

/** A text with its title before it and its link after it, as plain mode shows a message. */
export const withTitleAndLink = (text: string, { title, link }: OptionalFields): string =>
  `${title === undefined ? "" : `${title} – `}${text}${link === undefined ? "" : ` <${link}>`}`;
