/**
 * Removal of absent optional fields from an object. Parts use it for stored and sent objects, in which an absent field is
 * missing, not undefined. Looks at the top level only.
 */

/** `T` with its fields that may be undefined made optional. */
export type PresentFields<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** A copy of `fields` without those that are undefined; null, false, 0 and empty values stay. */
export function presentFields<T extends object>(fields: T): PresentFields<T> {
  // Several times for each message: a loop costs a fifth of a list of entries.
  const present: { [name: string]: unknown } = {};
  for (const name of Object.keys(fields)) {
    const value = fields[name as keyof T];
    if (value !== undefined) present[name] = value;
  }
  return present as PresentFields<T>;
}
