/** Acts of moderation through the admin API, and what takes each back. */
import type { ModerationAct } from "../../src/model.ts";
import { ask, part } from "./ask.ts";
import type { Outcome } from "./shell.tsx";

/** Seconds of the mute that one key gives. */
export const MUTE_S = 600;

const perform = async (topic: string, act: ModerationAct): Promise<ModerationAct | undefined> =>
  (await ask<{ undo?: ModerationAct }>("POST", `topics/${part(topic)}/moderate`, act)).undo;

/**
 * Performs an act in a topic, then `reload`. Resolves to `text` with the act that takes it back, where the server can; `reload` follows
 * that too. Throws Refusal.
 */
export async function moderate(
  topic: string,
  act: ModerationAct,
  text: string,
  reload: () => Promise<void> = async () => {},
): Promise<Outcome> {
  const undo = await perform(topic, act);
  await reload();
  return {
    text,
    undo:
      undo &&
      (async () => {
        await perform(topic, undo);
        await reload();
      }),
  };
}

/** An act among several. */
export interface TopicAct {
  topic: string;
  act: ModerationAct;
}

/** Acts that are under way at a time: the server stores them together, and others come between. */
const ACTS_AT_ONCE = 8;

/**
 * Performs several acts, then `reload` once. `onEach` is called after each, with whether it was done. Resolves to what `say` says of the number of
 * those that were done, and the act that takes all of them back. Throws the first failure when there is one, after the others.
 */
export async function moderateAll<T extends TopicAct>(
  acts: readonly T[],
  onEach: (act: T, isDone: boolean) => void,
  say: (count: number) => string,
  reload: () => Promise<void>,
): Promise<Outcome> {
  const undos: TopicAct[] = [];
  const failures: unknown[] = [];
  const waiting = [...acts];
  /** What is the same for several cases, such as the ban of their author, is done once. */
  const started = new Map<string, Promise<void>>();
  async function performOnce({ topic, act }: TopicAct): Promise<void> {
    const undo = await perform(topic, act);
    if (undo) undos.unshift({ topic, act: undo });
  }
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const key = JSON.stringify([next.topic, next.act]);
      const own = started.get(key) ?? performOnce(next);
      started.set(key, own);
      const failure = await own.then(
        () => undefined,
        (error: unknown) => error ?? new Error("unknown"),
      );
      if (failure !== undefined) failures.push(failure);
      onEach(next, failure === undefined);
    }
  }
  await Promise.all(Array.from({ length: ACTS_AT_ONCE }, work));
  await reload();
  if (failures.length > 0) throw failures[0];
  const undo = async () => {
    for (const { topic, act } of undos) await perform(topic, act);
    await reload();
  };
  return { text: say(acts.length), undo: undos.length > 0 ? undo : undefined };
}
