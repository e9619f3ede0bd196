/**
 * Places of a tail: the newest entry of each topic that was handed out. Decides whether what the database has continues a place
 * or not, by offset and tag. Asks no database.
 */
import type { Entry } from "./log.ts";
import type { StoredEntry, TopicMark } from "./postgres-tables.ts";

/** The newest entry of a topic that was handed out; `top` is 0 before the first. */
export interface Place {
  id: number;
  name: string;
  top: number;
  tag: string;
}

export type Places = ReturnType<typeof createPlaces>;

/** Creates an empty set of places. */
export function createPlaces() {
  const byId = new Map<number, Place>();
  const byName = new Map<string, Place>();

  return {
    of: (id: number): Place | undefined => byId.get(id),
    named: (name: string): Place | undefined => byName.get(name),
    nameOf: (id: number): string => byId.get(id)?.name ?? "",
    count: (): number => byName.size,
    all: (): Place[] => [...byId.values()],

    /** Puts a topic at a place. A topic of that name with another number was removed. */
    put({ id, name, top, tag }: Place): Place {
      const earlier = byName.get(name);
      if (earlier && earlier.id !== id) byId.delete(earlier.id);
      const place = { id, name, top, tag };
      byId.set(id, place);
      byName.set(name, place);
      return place;
    },

    forget(name: string): void {
      const place = byName.get(name);
      if (place) byId.delete(place.id);
      byName.delete(name);
    },
  };
}

/** Whether a topic's mark continues a place; `unknown` where only the entry at the place can tell. */
export function continues(place: Place, mark: TopicMark | undefined): boolean | "unknown" {
  if (place.top === 0) return mark?.id === place.id;
  if (mark?.id !== place.id || mark.top < place.top) return false;
  if (mark.top === place.top) return mark.tag === place.tag;
  if (mark.first > place.top + 1) return false;
  if (mark.first === place.top + 1) return mark.trimmed === place.tag;
  return "unknown";
}

/**
 * The entries of a run, which begins at a place or behind it, that follow the place; undefined where they do not continue it: the
 * entry at the place is another one, or entries in between are gone.
 */
export function following(place: Place, run: readonly StoredEntry[]): readonly StoredEntry[] | undefined {
  const [first] = run;
  if (!first) return run;
  if (first.entry.offset === place.top) return first.entry.tag === place.tag ? run.slice(1) : undefined;
  return first.entry.offset === place.top + 1 ? run : undefined;
}

/**
 * Whether entries that this node stored can be handed out at a place. `before` is their topic's newest entry before them. A look
 * may have read some of them, or all, before the answer to their commit was here: what is left continues the place.
 */
export function continuesOwn(place: Place, before: Place, own: readonly Entry[]): boolean {
  if (place.id !== before.id || place.top < before.top) return false;
  if (place.top === before.top) return place.tag === before.tag;
  const ofTopic = own.filter(({ topic }) => topic === place.name);
  if (place.top >= (ofTopic.at(-1)?.offset ?? 0)) return true;
  return ofTopic.some(({ offset, tag }) => offset === place.top && tag === place.tag);
}
