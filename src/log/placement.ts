/**
 * Placement of topics on several databases, by rendezvous hashing: a topic is on the database whose id scores highest
 * together with the topic's name. Another database takes topics only from the others, and the order of the list does not
 * matter. Pure.
 */

/** Reserved topics, such as the control topic, are on the first database. Names of other topics begin with a letter or digit. */
const RESERVED = "$";

/** xxHash32 is specified bit by bit, so that every version and machine places a topic alike. */
const score = (id: string, topic: string): number => Bun.hash.xxHash32(`${id} ${topic}`);

/** Makes the function that returns the index of a topic's database in `ids`, of which there is at least one. */
export function createPlacement(ids: readonly string[]): (topic: string) => number {
  // Two equal scores are decided by the ids, not by their order in the list.
  const sorted = ids.map((id, index) => ({ id, index })).sort((a, b) => (a.id < b.id ? -1 : 1));
  return (topic) => {
    if (sorted.length === 1 || topic.startsWith(RESERVED)) return 0;
    let best = -1;
    let place = 0;
    for (const { id, index } of sorted) {
      const points = score(id, topic);
      if (points <= best) continue;
      best = points;
      place = index;
    }
    return place;
  };
}
