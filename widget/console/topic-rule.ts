/** Rules of topics as the admin API has them, and the fields of the form with what each means. */

/** A rule in force; `file` is the one of kabar.toml where there is one. */
export interface Rule {
  pattern: string;
  title: string;
  guests: string;
  users: string;
  react: boolean;
  people: boolean;
  links: string;
  maxTextBytes: number;
  retainMessages: number;
  retainDays: number;
  source: "file" | "api";
  file?: Rule;
}

/** A field of a rule: its key in kabar.toml, what it means, and how it is entered. */
export interface Field {
  name: Exclude<keyof Rule, "pattern" | "source" | "file">;
  key: string;
  label: string;
  about: string;
  /** The values to choose from; a number or a text without. */
  options?: Readonly<Record<string, string>>;
}

const LEVELS = { write: "may read and write", read: "may read", none: "have no access" } as const;
const YES_NO = { true: "yes", false: "no" } as const;

/** Every field, in the order of the form. */
export const FIELDS: readonly Field[] = [
  { name: "title", key: "title", label: "Title", about: "The topic’s name in words. Empty: its own name." },
  {
    name: "guests",
    key: "guests",
    label: "Guests",
    about: "Visitors without an account.",
    options: LEVELS,
  },
  {
    name: "users",
    key: "users",
    label: "Signed users",
    about: "Where their token grants nothing else.",
    options: LEVELS,
  },
  {
    name: "react",
    key: "react",
    label: "Reactions",
    about: "Whether messages may get emoji.",
    options: YES_NO,
  },
  {
    name: "people",
    key: "people",
    label: "List of people",
    about: "Whether readers see who is here.",
    options: YES_NO,
  },
  {
    name: "links",
    key: "links",
    label: "Links",
    about: "Who may write links. Moderators always may.",
    options: { allow: "everybody", "guests-no": "signed users", none: "nobody" },
  },
  {
    name: "maxTextBytes",
    key: "max_text_bytes",
    label: "Longest text",
    about: "In bytes of UTF-8.",
  },
  {
    name: "retainMessages",
    key: "retain_messages",
    label: "Keep at most",
    about: "Messages; older ones are removed. 0 keeps all.",
  },
  { name: "retainDays", key: "retain_days", label: "Keep for", about: "Days. 0 keeps all." },
];

/** The table that the admin API takes, from the texts of a form. A text that is no number stays a text, which the server refuses in words. */
export function tableOf(values: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    FIELDS.map(({ name, key, options }) => {
      const text = values[name] ?? "";
      if (options && "true" in options) return [key, text === "true"];
      if (name === "title" || options) return [key, text];
      return [key, /^\d+$/.test(text.trim()) ? Number(text) : text];
    }),
  );
}

/** The field that an error of the server names, such as `topics.lobby: max_text_bytes: is 0`; undefined for another error. */
export const fieldIn = (message: string): Field | undefined =>
  FIELDS.find(({ key }) => new RegExp(`(?:^|[\\s:])${key}:`).test(message));
