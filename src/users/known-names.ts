/**
 * Names that guests may not take: names of known members, reserved names, and their lookalikes. Members are signed users,
 * moderators and back ends. A member is known after connecting or writing since the start, and as an author of the newest
 * messages at the start. Kept in memory and bounded.
 */
import { decodeBody } from "../log/message-body.ts";
import { createGiveWay } from "../give-way.ts";
import { dropOldest } from "../oldest.ts";
import { eachTopic, type MessageLog } from "../log/log.ts";
import { bareLikenessesOf, likenessesOf, strokesMatch, skeletonsOf, wordSkeletonsOf } from "./lookalikes.ts";
import type { User } from "../model.ts";

/** Names kept, a few megabytes; beyond them the name seen longest ago is dropped. */
const MAX_NAMES = 50_000;
/** Topics whose authors are loaded at the start, and how many of the newest entries of each. */
const LOAD_TOPICS = 200;
const LOAD_ENTRIES = 200;
/** Spellings of one skeleton with i and l that are kept: names have two or three. */
const MAX_STROKES = 8;
/** Verdicts cached, for guests who write again. */
const MAX_VERDICTS = 5000;

export type KnownNames = ReturnType<typeof createKnownNames>;

/** Makes the register with the owner's reserved names. */
export function createKnownNames(reserved: readonly string[]) {
  /** Made for the first guest with a name: a start does not wait for the table of lookalikes. */
  let reservedSkeletons: ReadonlySet<string> | undefined;
  /** Strokes of members' names by skeleton; the name seen last is the last key. */
  const names = new Map<string, string[]>();
  let verdicts = new Map<string, boolean>();

  /** Stricter than for members, because reserved names are few and matter most: `cl` equals d, and i, l and 1 are equal. */
  function isReserved(skeleton: string): boolean {
    reservedSkeletons ??= new Set(reserved.flatMap(skeletonsOf));
    return reservedSkeletons.has(skeleton) || reservedSkeletons.has(skeleton.replaceAll("cl", "d"));
  }

  /** Whether a name reads like a member's. Strokes must match, because members are many: a guest may be Marla beside the member Maria. */
  const looksLikeMember = (name: string): boolean =>
    [...likenessesOf(name), ...bareLikenessesOf(name)].some(({ skeleton, strokes }) =>
      names.get(skeleton)?.some((known) => strokesMatch(strokes, known)),
    );

  const judge = (name: string): boolean =>
    looksLikeMember(name) || skeletonsOf(name).some(isReserved) || wordSkeletonsOf(name).some(isReserved);

  return {
    /** Adds the name of a member; guests are left out. */
    add({ name, role }: User): void {
      if (role === "guest") return;
      for (const { skeleton, strokes } of likenessesOf(name)) {
        const known = names.get(skeleton) ?? [];
        const isNew = !known.includes(strokes);
        if (isNew) verdicts = new Map();
        names.delete(skeleton);
        names.set(skeleton, isNew ? [...known, strokes].slice(-MAX_STROKES) : known);
      }
      dropOldest(names, MAX_NAMES);
    },

    /** Forgets a name, so that guests may take it. */
    forget(name: string): void {
      for (const skeleton of skeletonsOf(name)) names.delete(skeleton);
      verdicts = new Map();
    },

    /** Whether a guest may not take a name. */
    isTaken(name: string): boolean {
      const known = verdicts.get(name);
      if (known !== undefined) return known;
      const taken = judge(name);
      verdicts.set(name, taken);
      dropOldest(verdicts, MAX_VERDICTS);
      return taken;
    },
  };
}

/**
 * Adds the authors of the newest messages of each topic to `names`, a topic at a time, until `isOver`. Do not await it at
 * the start: it takes as long as reading those topics.
 */
export async function loadAuthorNames(
  log: MessageLog,
  names: KnownNames,
  isOver: () => boolean,
): Promise<void> {
  const giveWay = createGiveWay();
  let loaded = 0;
  for await (const topic of eachTopic(log)) {
    if (isOver() || loaded === LOAD_TOPICS) return;
    loaded += 1;
    const { top } = await log.state(topic);
    const entries = await log.read(topic, { before: top + 1, limit: LOAD_ENTRIES });
    for (const { body } of entries) {
      names.add(decodeBody(body).user);
      await giveWay();
    }
  }
}
