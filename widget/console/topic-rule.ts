/** Rules of topics as the admin API has them, and the fields of the form. */

/** A rule in force; `file` is the one of kabar.toml where there is one. */
export interface Rule {
  pattern: string;
  title: string;
  guests: string;
  users: string;
  react: boolean;
  people: boolean;
  links: string;
  firstMessages: string;
  maxTextBytes: number;
  retainMessages: number;
  retainDays: number;
  source: "file" | "api";
  file?: Rule;
}

/** A field of a rule, and its key in kabar.toml. `words.rules.fields` has its label and what it means. */
export interface Field {
  name: Exclude<keyof Rule, "pattern" | "source" | "file">;
  key: string;
  /** The values to choose from, in `words.rules`; a number or a text without. */
  options?: "levels" | "yesNo" | "linkRights" | "firstRules";
}

/** Every field, in the order of the form. */
export const FIELDS: readonly Field[] = [
  { name: "title", key: "title" },
  { name: "guests", key: "guests", options: "levels" },
  { name: "users", key: "users", options: "levels" },
  { name: "react", key: "react", options: "yesNo" },
  { name: "people", key: "people", options: "yesNo" },
  { name: "links", key: "links", options: "linkRights" },
  { name: "firstMessages", key: "first_messages", options: "firstRules" },
  { name: "maxTextBytes", key: "max_text_bytes" },
  { name: "retainMessages", key: "retain_messages" },
  { name: "retainDays", key: "retain_days" },
];

/** The table that the admin API takes, from the texts of a form. A text that is no number stays a text, which the server refuses in words. */
export function tableOf(values: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    FIELDS.map(({ name, key, options }) => {
      const text = values[name] ?? "";
      if (options === "yesNo") return [key, text === "true"];
      if (name === "title" || options) return [key, text];
      return [key, /^\d+$/.test(text.trim()) ? Number(text) : text];
    }),
  );
}

/** The field by its key in kabar.toml; undefined for any other. */
export const fieldOf = (key: string | undefined): Field | undefined =>
  FIELDS.find((field) => field.key === key);
