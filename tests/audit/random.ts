/**
 * Chance that can be repeated: a small generator (mulberry32) whose whole state is one number. Each actor has a stream
 * of its own, so that one more draw by one of them does not change what the others do.
 */

export type Random = ReturnType<typeof createRandom>;

/** A number from a word, to begin a stream with. */
const numberOf = (word: string): number => Number(Bun.hash.wyhash(word) & 0xffffffffn);

/** Makes a stream of chance from a seed. */
export function createRandom(seed: number) {
  let state = seed >>> 0;

  /** From 0 to 1, without 1. */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));

  return {
    next,
    /** A whole number; both ends can come. */
    int,
    chance: (probability: number): boolean => next() < probability,
    /** One of a list that is not empty. */
    pick<T>(list: readonly T[]): T {
      return list[int(0, list.length - 1)] as T;
    },
    bytes(count: number): Uint8Array {
      const made = new Uint8Array(count);
      for (let i = 0; i < count; i++) made[i] = int(0, 255);
      return made;
    },
    /** Another stream that depends on this one's seed and a name only. */
    fork: (name: string) => createRandom(numberOf(`${seed} ${name}`)),
  };
}
