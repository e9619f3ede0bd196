/**
 * The names that guests may not take: those of signed users, moderators and back ends who are known here, those the owner
 * reserved, and whatever looks like one of them. Known is who came or wrote since the start, and who wrote among the newest
 * messages then. In memory and bounded.
 */
import { decodeBody } from "../log/message-body.ts";
import { createGiveWay } from "../give-way.ts";
import { eachTopic, type MessageLog } from "../log/log.ts";
import { bareLikenessesOf, likenessesOf, strokesMatch, skeletonsOf, wordSkeletonsOf } from "./lookalikes.ts";
import type { User } from "../model.ts";

/** Names remembered; the ones seen longest ago are let go. A few megabytes. */
const MAX_NAMES = 50_000;
/** What is read at the start: so many of the newest entries of so many topics. */
const LEARN_TOPICS = 200;
const LEARN_ENTRIES = 200;
/** Ways to write one skeleton with i and l that are remembered: names of people have two or three. */
const MAX_STROKES = 8;
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
  /** Skeletons of names with the strokes of each, by when they were last seen. */
  const names = new Map<string, string[]>();
  let judged = new Map<string, boolean>();

  /** Reserved words are few and matter most: for them `cl` is a d, too, and any stroke is any other. */
  const isReserved = (skeleton: string): boolean =>
    words.has(skeleton) || words.has(skeleton.replaceAll("cl", "d"));

  /** Members are many: a guest is refused for a name that reads the same, and may be Marla beside the member Maria. */
  const isOfMember = (name: string): boolean =>
    [...likenessesOf(name), ...bareLikenessesOf(name)].some(({ skeleton, strokes }) =>
      names.get(skeleton)?.some((known) => strokesMatch(strokes, known)),
    );

  const judge = (name: string): boolean =>
    isOfMember(name) || skeletonsOf(name).some(isReserved) || wordSkeletonsOf(name).some(isReserved);

  return {
    /** Notes that somebody with an account is called so. */
    add({ name, role }: User): void {
      if (role === "guest") return;
      for (const { skeleton, strokes } of likenessesOf(name)) {
        const known = names.get(skeleton) ?? [];
        const isNew = !known.includes(strokes);
        if (isNew) judged = new Map();
        names.delete(skeleton);
        names.set(skeleton, isNew ? [...known, strokes].slice(-MAX_STROKES) : known);
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
export async function loadAuthorNames(
  log: MessageLog,
  names: KnownNames,
  isOver: () => boolean,
): Promise<void> {
  const giveWay = createGiveWay();
  let learned = 0;
  for await (const topic of eachTopic(log)) {
    if (isOver() || learned === LEARN_TOPICS) return;
    learned += 1;
    const { top } = await log.state(topic);
    const entries = await log.read(topic, { before: top + 1, limit: LEARN_ENTRIES });
    for (const { body } of entries) {
      names.add(decodeBody(body).user);
      await giveWay();
    }
  }
}
