/**
 * Moves a log between stored logs: a data folder, or one or several databases. Keeps epochs, offsets, tags, times and
 * everything else of their rows, so that readers' cursors go on.
 *
 * A mark in every target keeps servers from starting on it until the move is finished; by it, a move that was killed goes on.
 * Everything is compared with its source before the marks go. A database that is on both sides keeps its topics, except those
 * that belong to another one now, which it gives away after all are verified.
 */
import { createEpoch } from "./log.ts";
import { requireMovable } from "./move-checks.ts";
import { createCopier } from "./move-copy.ts";
import { createRoute, retained, type Route, type Sides, topicPages } from "./move-route.ts";
import type { Epochs } from "./stored-log.ts";

export interface Progress {
  step: "copying" | "verifying";
  /** Messages that are done, and all that are to be moved. */
  done: number;
  total: number;
}

export interface MoveParts extends Sides {
  onProgress: (progress: Progress) => void;
  /** Moves what is not in the log. Called when everything is verified, before a server may start on the target. */
  moveRest: () => Promise<void>;
}

/** What was moved. */
export interface Moved {
  topics: number;
  messages: number;
}

async function count(route: Route): Promise<Moved> {
  const moved = { topics: 0, messages: 0 };
  for await (const page of route.moving()) {
    moved.topics += page.length;
    for (const { row } of page) moved.messages += retained(row);
  }
  return moved;
}

/** Removes copies whose source is gone: it was dropped after an earlier run had copied it. */
async function removeStrays({ to }: Sides, route: Route): Promise<void> {
  for (const target of to)
    for await (const page of topicPages(target))
      for (const row of page) {
        const source = route.sourceOf(row.name);
        if (!source || source === target || route.targetOf(row.name) !== target) continue;
        const [original] = await source.topicsNamed([row.name]);
        if (!original) await target.removeTopic(row);
      }
}

/** Removes from databases of both sides what another one holds now. */
async function clearOverlap({ from, to }: Sides, route: Route): Promise<void> {
  for (const log of to.filter((each) => from.includes(each)))
    for await (const page of topicPages(log))
      for (const row of page) if (route.targetOf(row.name) !== log) await log.removeTopic(row);
}

/**
 * Makes the function that returns a target's epochs. A whole log that moves to one place goes on as it was. With several, each
 * gets a new epoch and knows all earlier ones: a cursor of a topic without entries goes on, and no topic has an epoch twice.
 */
async function createEpochs({ from, to }: Sides): Promise<() => Epochs> {
  const all = await Promise.all([...new Set([...from, ...to])].map((log) => log.readEpochs()));
  const [first] = all;
  if (from.length === 1 && to.length === 1 && first) return () => first;
  const past = [...new Set(all.flatMap(({ past: earlier, epoch }) => [...earlier, epoch]))];
  return () => ({ epoch: createEpoch(), past });
}

/** Moves a log. Throws StartError for what it refuses, and MoveStopped with what stopped it. */
export async function moveLog(parts: MoveParts): Promise<Moved> {
  const { from, to, onProgress } = parts;
  const begun = await requireMovable(parts);
  const route = createRoute(parts);
  const ids = { from: from.map(({ id }) => id), to: to.map(({ id }) => id) };
  const moved = await count(route);
  if (begun?.phase !== "clear") {
    await route.requirePlaces(begun !== undefined);
    for (const target of to) await target.writeMark({ ...ids, phase: "copy" });
    const copier = createCopier({
      ...parts,
      route,
      onProgress: (step, done) => onProgress({ step, done, total: moved.messages }),
    });
    await copier.copyAll();
    if (begun) await removeStrays(parts, route);
    await copier.verifyAll();
    for (const log of new Set([...from, ...to])) await log.requireUnused();
    await copier.verifyTops();
  }
  if (to.some((log) => from.includes(log))) {
    await to[0]?.writeMark({ ...ids, phase: "clear" });
    await clearOverlap(parts, route);
  }
  await parts.moveRest();
  const epochsOf = await createEpochs(parts);
  // The first target last: as long as it has its mark, the move can be run again.
  for (const target of to.toReversed()) await target.finish(epochsOf(), ids.to);
  return moved;
}
