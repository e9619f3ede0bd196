/**
 * Pages of a search in a PostgreSQL log. Goes back from the newest message in windows of time, in each of which the database finds
 * what has all pieces of the query; then through all that is older. The stored texts decide.
 *
 * The database ends a statement that takes too long. Then rows are read by time: where pieces are in many messages each, but seldom
 * together, the index of pieces reads much and finds little.
 */
import type { SQL } from "bun";
import { KabarError } from "../errors.ts";
import { createGiveWay } from "../give-way.ts";
import type { Entry, SearchPage, SearchQuery } from "./log.ts";
import {
  findFloor,
  findInIndex,
  findNewest,
  inTime,
  keepPlans,
  type SearchPlace,
} from "./postgres-search-tables.ts";
import { longer, shorter, type Span, windowBefore } from "./postgres-search-windows.ts";
import type { Handle } from "./postgres-tables.ts";
import { createMatcher } from "./search-text.ts";

/** The time for one statement of a search, which the database ends then. */
const STATEMENT_MS = 400;
/** Messages of the first window: frequent words fill a page with them, and all of them are soon read. */
const WINDOW_ROWS = 2000;
/** Rows that are read by time, at first, at least and at most. */
const SPAN_ROWS = 20_000;
const MIN_SPAN_ROWS = 300;
const MAX_SPAN_ROWS = 320_000;
const RETRY_MS = 1000;
/** Rows that are read at a time, at most and at least. */
const MAX_ROWS = 1000;
const MIN_ROWS = 50;

export type Readable = <T>(run: (sql: SQL) => Promise<T>) => Promise<T>;
type SearchedFor = Omit<SearchQuery, "limit" | "isShown" | "before">;

/** How a stretch is found: in a window, in all that is older, or by reading so many rows. The first window is not known yet. */
type Way = { by: "first window" | "all" } | { by: "window"; span: Span } | { by: "time"; rows: number };

interface Stretch {
  from: SearchPlace;
  /** Finds at most. */
  rows: number;
  way: Way;
}

interface Step {
  found: Entry[];
  /** Where to go on, and how; undefined at the end of the log. */
  next: SearchPlace | undefined;
  way: Way;
}

/** A time is a place before all messages of that time. */
const placeAt = (at: number): SearchPlace => ({ at, topic: "", offset: 0 });
const endOf = ({ at, topic }: SearchPlace): number => (topic === "" ? at - 1 : at);

/** Finds the length of the first window before a time, and its end. Undefined when there are few messages before it. */
async function firstWindow(tx: Handle, before: number): Promise<{ end: number; span: Span } | undefined> {
  const found = await findNewest(tx, before, WINDOW_ROWS);
  if (!found) return undefined;
  const ms = found.newest - found.floor + 1;
  return { end: found.newest, span: { firstMs: ms, ms } };
}

/** Creates the functions that read a stretch, by its way. */
function createWays(query: SearchedFor) {
  /** What follows the entries that were found, if they are as many as were asked for. */
  const afterFull = (found: Entry[], rows: number, way: Way): Step | undefined =>
    found.length === rows ? { found, next: found.at(-1), way } : undefined;

  async function readAll(tx: Handle, { from, rows }: Stretch): Promise<Step> {
    const way: Way = { by: "all" };
    const found = await findInIndex(tx, query, from, rows, undefined);
    return afterFull(found, rows, way) ?? { found, next: undefined, way };
  }

  async function readWindow(tx: Handle, stretch: Stretch, end: number, span: Span): Promise<Step> {
    const window = windowBefore(end, span.ms);
    if (!window) return readAll(tx, stretch);
    const { from, rows } = stretch;
    const found = await findInIndex(tx, query, from, rows, window);
    const next = longer(span);
    return (
      afterFull(found, rows, { by: "window", span: shorter(span) }) ?? {
        found,
        next: placeAt(window.start),
        way: next ? { by: "window", span: next } : { by: "all" },
      }
    );
  }

  async function readByTime(tx: Handle, { from, rows }: Stretch, span: number): Promise<Step> {
    const floor = await findFloor(tx, from.at, span);
    const found = await findInIndex(tx, query, from, rows, floor === undefined ? undefined : { floor });
    const way: Way = { by: "time", rows: Math.min(MAX_SPAN_ROWS, span * 2) };
    // All that was stored after the floor has been looked at.
    return (
      afterFull(found, rows, way) ?? { found, next: floor === undefined ? undefined : placeAt(floor), way }
    );
  }

  return async function read(tx: Handle, stretch: Stretch): Promise<Step> {
    const { from, way } = stretch;
    if (way.by === "time") return readByTime(tx, stretch, way.rows);
    if (way.by === "window") return readWindow(tx, stretch, endOf(from), way.span);
    const first = way.by === "all" ? undefined : await firstWindow(tx, from.at);
    return first ? readWindow(tx, stretch, first.end, first.span) : readAll(tx, stretch);
  };
}

/** Reads the longest stretch that the database reads in time. */
async function readStep(
  readable: Readable,
  read: ReturnType<typeof createWays>,
  stretch: Stretch,
): Promise<Step> {
  for (let { way } = stretch; ;) {
    const readIn = async (tx: Handle): Promise<Step> => {
      await keepPlans(tx);
      return read(tx, { ...stretch, way });
    };
    const step = await readable((sql) => inTime(sql, STATEMENT_MS, readIn));
    if (step) return step;
    if (way.by === "time" && way.rows <= MIN_SPAN_ROWS)
      throw new KabarError("log-unavailable", "The database is too slow for this search.", RETRY_MS);
    way = { by: "time", rows: way.by === "time" ? Math.ceil(way.rows / 4) : SPAN_ROWS };
  }
}

/** Reads a page of a search, until `deadline` (`performance.now`). `rowsByTime`: rows by time from the start, so many in a step. */
export async function readPage(
  readable: Readable,
  { isShown, limit, before, ...query }: SearchQuery,
  deadline: number,
  rowsByTime?: number,
): Promise<SearchPage> {
  const { at = Number.MAX_SAFE_INTEGER, topic = "", offset = 0 } = before ?? {};
  const entries: Entry[] = [];
  const isAskedFor = createMatcher(query);
  const read = createWays(query);
  const giveWay = createGiveWay();
  let from: SearchPlace = { at, topic, offset };
  let way: Way = rowsByTime === undefined ? { by: "first window" } : { by: "time", rows: rowsByTime };
  for (let rows = Math.max(MIN_ROWS, limit + 1); ;) {
    const step: Step = await readStep(readable, read, { from, rows, way });
    for (const entry of step.found) {
      if (isAskedFor(entry) && isShown(entry)) entries.push(entry);
      await giveWay();
    }
    if (entries.length > limit) return { entries: entries.slice(0, limit), more: true };
    if (!step.next) return { entries, more: false };
    if (performance.now() > deadline) return { entries, more: true, reachedAt: step.next.at };
    from = step.next;
    way = step.way;
    if (step.found.length === rows) rows = Math.min(MAX_ROWS, rows * 2);
  }
}
