/**
 * Values of the control topic by key. Lists the keys of a kind or of a topic without a search through all keys.
 * In memory only: control-fold applies the changes that the log stores.
 */

/** A value, and the offset of the change that set it. */
export interface ControlValue {
  value: unknown;
  offset: number;
}

/** The group of a key: `kind:`, or `kind:topic ` when the key belongs to a topic. */
const groupOf = (key: string): string => {
  const space = key.indexOf(" ");
  return key.slice(0, (space < 0 ? key.indexOf(":") : space) + 1);
};
const kindOf = (key: string): string => key.slice(0, key.indexOf(":") + 1);

function addTo(sets: Map<string, Set<string>>, name: string, item: string): void {
  const set = sets.get(name);
  if (set) set.add(item);
  else sets.set(name, new Set([item]));
}

/** Removes an item from one of the sets, and the set when it is empty. True when it is. */
function deleteFrom(sets: Map<string, Set<string>>, name: string, item: string): boolean {
  const set = sets.get(name);
  set?.delete(item);
  return set?.size === 0 && sets.delete(name);
}

export type ControlValues = ReturnType<typeof createControlValues>;

/** Creates an empty set of values. */
export function createControlValues() {
  const values = new Map<string, ControlValue>();
  /** Keys by group, and groups by kind. */
  const groups = new Map<string, Set<string>>();
  const kinds = new Map<string, Set<string>>();

  function remove(key: string): void {
    if (!values.delete(key)) return;
    if (deleteFrom(groups, groupOf(key), key)) deleteFrom(kinds, kindOf(key), groupOf(key));
  }

  return {
    get: (key: string): ControlValue | undefined => values.get(key),

    /** Sets a key by the change at `offset`. The value null removes the key. */
    set(key: string, value: unknown, offset: number): void {
      if (value === null) {
        remove(key);
        return;
      }
      values.set(key, { value, offset });
      addTo(groups, groupOf(key), key);
      addTo(kinds, kindOf(key), groupOf(key));
    },

    remove,

    /** Whether a kind, such as `held:`, has keys; with `topic`, whether it has keys of that topic. */
    has: (kind: string, topic?: string): boolean =>
      kinds.has(kind) && (topic === undefined || groups.has(`${kind}${topic} `)),

    allKeys: (): Iterable<string> => values.keys(),

    /** The groups of a kind, such as `held:`. */
    groups: (kind: string): Iterable<string> => kinds.get(kind) ?? [],

    /** The keys that begin with `prefix`: a kind, or a kind with a topic and a space. */
    *keys(prefix: string): Generator<string> {
      const wanted = prefix.includes(" ") ? [groupOf(prefix)] : (kinds.get(kindOf(prefix)) ?? []);
      for (const group of wanted)
        for (const key of groups.get(group) ?? []) if (key.startsWith(prefix)) yield key;
    },
  };
}

/** The keys whose values differ, with their values afterwards; null where a key has none. */
export function* differences(
  before: ControlValues,
  after: ControlValues,
): Generator<[key: string, value: unknown]> {
  for (const key of new Set([...before.allKeys(), ...after.allKeys()])) {
    const value = after.get(key)?.value ?? null;
    if (JSON.stringify(value) !== JSON.stringify(before.get(key)?.value ?? null)) yield [key, value];
  }
}
