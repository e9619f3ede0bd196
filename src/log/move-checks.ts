/**
 * Checks before a move: what must not be moved, and what must not be overwritten. Changes nothing.
 */
import { StartError } from "../errors.ts";
import type { Sides } from "./move-route.ts";
import type { Mark, StoredLog } from "./stored-log.ts";

const sameIds = (a: readonly string[], b: readonly string[]): boolean => a.join(" ") === b.join(" ");

function requireDistinct(logs: readonly StoredLog[], flag: string): void {
  const twin = logs.find(({ id }, i) => logs.findIndex((each) => each.id === id) < i);
  if (twin) throw new StartError(`${flag} names one database twice, or a copy of one: ${twin.name}.`);
}

/** Throws StartError when a source's log is kept in more databases than `from` names. */
function requireWhole(from: readonly StoredLog[], ids: readonly string[]): void {
  for (const { name, peers } of from) {
    const absent = peers.filter((peer) => !ids.includes(peer)).length;
    if (absent > 0)
      throw new StartError(
        `${name} shares its log with ${absent === 1 ? "a database" : `${absent} databases`} that --from does not name.`,
      );
  }
}

/** Resolves to the mark of an earlier run of this move, which the first target holds. Throws StartError for what is refused. */
export async function requireMovable({ from, to }: Sides): Promise<Mark | undefined> {
  requireDistinct(from, "--from");
  requireDistinct(to, "--to");
  const ids = { from: from.map(({ id }) => id), to: to.map(({ id }) => id) };
  if (sameIds(ids.from, ids.to)) throw new StartError("--from and --to name the same log.");
  const marks = await Promise.all(to.map((log) => log.readMark()));
  const [begun] = marks;
  for (const [i, mark] of marks.entries()) {
    const isOfThisMove = begun && mark && sameIds(mark.from, ids.from) && sameIds(mark.to, ids.to);
    if (mark && !isOfThisMove)
      throw new StartError(
        `${to[i]?.name} holds a part of another move that is not finished: run that one again, or choose an empty target.`,
      );
  }
  for (const log of from)
    if (!to.includes(log) && (await log.readMark()))
      throw new StartError(`a move to ${log.name} is not finished: run that one again first.`);
  if (begun?.phase !== "clear") requireWhole(from, ids.from);
  for (const log of begun ? [] : to) {
    if (from.includes(log)) continue;
    const [topic] = await log.topicsAfter("", 1);
    if (topic) throw new StartError(`${log.name} holds a log already: choose an empty target.`);
  }
  for (const log of new Set([...from, ...to])) await log.requireUnused();
  return begun;
}
