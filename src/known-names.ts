/**
 * The names that guests may not take: those of signed users, moderators and back ends who are known here, those the owner
 * reserved, and whatever looks like one of them. Known is who came or wrote since the start, and who wrote among the newest
 * messages then. In memory and bounded.
 */
import { decodeBody } from "./codec.ts";
import { createGiveWay } from "./give-way.ts";
import { eachTopic, type MessageLog } from "./log.ts";
import { skeletonsOf, wordsOf } from "./lookalikes.ts";
import type { User } from "./model.ts";

/** Names remembered; the ones seen longest ago are let go. A few megabytes. */
const MAX_NAMES = 50_000;
/** What is read at the start: so many of the newest entries of so many topics. */
const LEARN_TOPICS = 200;
const LEARN_ENTRIES = 200;
/** Judgements remembered, for guests who write again. */
const MAX_JUDGED = 5000;

export type KnownNames = ReturnType<typeof createKnownNames>;

/** Lets go of the oldest keys beyond a size. */
function bound(map: Map<string, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return;
    map.delete(key);
  }
}

/** Makes the register. */
export function createKnownNames(reserved: readonly string[]) {
  const words = new Set(reserved.flatMap(skeletonsOf));
  /** Skeletons of names, by when they were last seen. */
  const names = new Map<string, true>();
  let judged = new Map<string, boolean>();

  const judge = (name: string): boolean =>
    skeletonsOf(name).some((skeleton) => names.has(skeleton) || words.has(skeleton)) ||
    wordsOf(name).some((word) => words.has(word));

  return {
    /** Notes that somebody with an account is called so. */
    learn({ name, role }: User): void {
      if (role === "guest") return;
      for (const skeleton of skeletonsOf(name)) {
        if (!names.delete(skeleton)) judged = new Map();
        names.set(skeleton, true);
      }
      bound(names, MAX_NAMES);
    },

    /** Forgets a name: nobody who is known is called so any more. */
    forget(name: string): void {
      for (const skeleton of skeletonsOf(name)) names.delete(skeleton);
      judged = new Map();
    },

    /** Whether a guest may not be called so. */
    isTaken(name: string): boolean {
      const known = judged.get(name);
      if (known !== undefined) return known;
      const taken = judge(name);
      judged.set(name, taken);
      bound(judged, MAX_JUDGED);
      return taken;
    },
  };
}

/** Learns who wrote lately in each topic, a topic at a time: a start does not wait for it. */
export async function learnAuthors(log: MessageLog, names: KnownNames, isOver: () => boolean): Promise<void> {
  const giveWay = createGiveWay();
  let learned = 0;
  for await (const topic of eachTopic(log)) {
    if (isOver() || learned === LEARN_TOPICS) return;
    learned += 1;
    const { top } = await log.state(topic);
    const entries = await log.read(topic, { before: top + 1, limit: LEARN_ENTRIES });
    for (const { body } of entries) {
      names.learn(decodeBody(body).user);
      await giveWay();
    }
  }
}
