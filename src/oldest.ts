/** Bounds maps by dropping their oldest keys, several at once. A key that is set again must be deleted first to count as new. */

/** The part of a map that is dropped at once: to find its first key, the engine passes over all keys deleted before it. */
const SHARE = 1 / 8;

/** Deletes the oldest keys of a map that holds more than `max`; seven eighths of `max` stay. Most calls do nothing. */
export function dropOldest(map: Map<unknown, unknown>, max: number): void {
  if (map.size <= max) return;
  let excess = map.size - Math.floor(max * (1 - SHARE));
  for (const key of map.keys()) {
    if (excess-- === 0) return;
    map.delete(key);
  }
}
