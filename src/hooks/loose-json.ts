/**
 * Reading of JSON that other programs define: a field of the wrong type counts as absent, and an unknown one is ignored. For
 * payloads of foreign senders, which change without notice.
 */

export type Loose = Record<string, unknown>;

/** The value as an object; an empty one for anything else. */
export const objectOf = (value: unknown): Loose =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Loose) : {};

/** The objects of a list; none for anything else. */
export const objectsOf = (value: unknown): Loose[] => (Array.isArray(value) ? value.map(objectOf) : []);

/** The value as a text without white space at its ends; numbers count as text, anything else is empty. */
export function textOf(value: unknown): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value.trim() : "";
}

/** The texts of a list, empty ones left out. */
export const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(textOf).filter((text) => text !== "") : [];

/** A value deep in an object, by the names of its fields. */
export const valueAt = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((inner, name) => objectOf(inner)[name], value);

/** A text deep in an object, by the names of its fields. */
export const textAt = (value: unknown, ...path: string[]): string => textOf(valueAt(value, ...path));
