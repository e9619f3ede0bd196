/**
 * Tail of a PostgreSQL log: hands entries of all nodes to listeners once, in offset order per topic.
 * Hints are only hints: the tail looks at intervals anyway, so that a lost one costs a moment. A look asks for topics that
 * changed since the oldest transaction that ran at the look before (`pg_snapshot_xmin`), so that a transaction that commits late
 * is found by the next look. What does not continue what was handed out, by tag, is a break and never handed out.
 */
import type { SQL } from "bun";
import type { Entry } from "./log.ts";
import type { Lane } from "./postgres-lane.ts";
import { createBackends } from "./postgres-backends.ts";
import {
  continues,
  continuesOwn,
  createPlaces,
  following,
  type Place,
  type Places,
} from "./postgres-places.ts";
import {
  type Changes,
  changedSince,
  entriesAt,
  newEntries,
  type StoredEntry,
  type TopicMark,
} from "./postgres-tables.ts";
import { isConnectionLost } from "./postgres-trouble.ts";

/** How often the tail looks without a hint: four statements a second of an idle node. */
const LOOK_EVERY_MS = 250;
/** Pauses after the first, second … failed look; a database that is back is found within the last one. */
const PAUSES_MS = [0, 100, 250, 500];
/** How long the first look may take, which reads all topics. */
const START_DEADLINE_MS = 60_000;
/** Entries read with one statement. */
const PAGE = 1000;
/** Topics whose next entries are asked for together with the question which topics changed: one way to the database and back. */
const MAX_GUESSED = 20;
/** After so many looks in a row that found nothing, none is asked for: an idle node asks one question a look. */
const GUESSES_IN_VAIN = 4;
/** From the first look on all topics have changed. */
const FROM_THE_BEGINNING = "0";

export interface TailOptions {
  lane: Lane;
  /** The expression that identifies the database and its history. */
  identity: string;
  /** Receives entries of one or more topics. */
  hand: (entries: readonly Entry[]) => void;
  /** Receives the topics that broke off. */
  onBreak: (topics: readonly string[]) => void;
  /** Called with the error of a failed look, and with undefined when a look works again. */
  onHealth: (error: unknown) => void;
  /** Called when another database, or the same one after a restart, answers. */
  onOtherDatabase: () => void;
  /** Receives the topics that changed, and the epoch of topics without entries. */
  onChanges: (topics: readonly TopicMark[], epoch: string) => void;
  now?: () => number;
}

export type Tail = Awaited<ReturnType<typeof startTail>>;

/** Adds the present forms of the entries that these amend. */
async function withAmended(sql: SQL, found: readonly StoredEntry[], { nameOf }: Places): Promise<Entry[]> {
  const places = found.flatMap(({ topicId, amends }) => amends.map((offset) => ({ topicId, offset })));
  const targets = new Map<string, Entry>();
  if (places.length > 0)
    for (const { topicId, entry } of await entriesAt(sql, places, nameOf))
      targets.set(`${topicId}/${entry.offset}`, entry);
  return found.map(({ topicId, entry, amends }) => {
    const amended = amends.flatMap((offset) => targets.get(`${topicId}/${offset}`) ?? []);
    return amended.length > 0 ? { ...entry, amended } : entry;
  });
}

/**
 * The topics whose places another database does not continue. `marks` are all topics that it has, and `before` the places as
 * they were before the marks were read: what this node stores meanwhile moves the places on.
 */
async function findBroken(
  sql: SQL,
  before: readonly Place[],
  marks: readonly TopicMark[],
  nameOf: Places["nameOf"],
): Promise<Set<string>> {
  const byId = new Map(marks.map((mark) => [mark.id, mark]));
  const broken = new Set<string>();
  const unknown: Place[] = [];
  for (const place of before) {
    const verdict = continues(place, byId.get(place.id));
    if (verdict === "unknown") unknown.push(place);
    else if (!verdict) broken.add(place.name);
  }
  for (let from = 0; from < unknown.length; from += PAGE) {
    const some = unknown.slice(from, from + PAGE);
    const wanted = some.map(({ id, top }) => ({ topicId: id, offset: top }));
    const found = await entriesAt(sql, wanted, nameOf);
    const tags = new Map(found.map(({ topicId, entry }) => [topicId, entry.tag]));
    for (const { id, name, tag } of some) if (tags.get(id) !== tag) broken.add(name);
  }
  return broken;
}

/** What follows these places, as far as a page goes. */
interface Answer {
  asked: ReadonlyMap<number, Place>;
  found: readonly StoredEntry[];
}

const NO_ANSWER: Answer = { asked: new Map(), found: [] };

/** Asks for what follows the places of some topics. */
async function askFor(sql: SQL, places: Places, ids: readonly number[]): Promise<Answer> {
  // Copies: what this node stores itself moves the places meanwhile.
  const asked = new Map<number, Place>();
  for (const id of ids) {
    const place = places.of(id);
    if (place) asked.set(id, { ...place });
  }
  const wanted = [...asked.values()].map(({ id, top }) => ({ id, after: top }));
  return { asked, found: wanted.length > 0 ? await newEntries(sql, wanted, PAGE, places.nameOf) : [] };
}

/**
 * Reads what follows the places, and hands it out. `early` is an answer that is there already: it may lack the newest entries.
 * Resolves to the topics that broke off.
 */
async function readOn(
  sql: SQL,
  places: Places,
  marks: readonly TopicMark[],
  early: Answer,
  handOut: (entries: readonly Entry[]) => void,
): Promise<Set<string>> {
  const broken = new Set<string>();
  const isBehind = ({ id, name, top }: TopicMark): boolean =>
    !broken.has(name) && top > (places.of(id)?.top ?? 0);
  let known: Answer | undefined = early;
  for (let behind = marks.filter(isBehind); behind.length > 0; behind = behind.filter(isBehind)) {
    const isKnown = behind.every(({ id }) => known?.asked.has(id));
    const ids = behind.map(({ id }) => id);
    const { asked, found }: Answer = known && isKnown ? known : await askFor(sql, places, ids);
    known = undefined;
    const runs = Map.groupBy(found, ({ topicId }) => topicId);
    const fresh: StoredEntry[] = [];
    for (const [id, place] of asked) {
      const run = following(place, runs.get(id) ?? []);
      if (run) fresh.push(...run);
      else broken.add(place.name);
    }
    handOut(await withAmended(sql, fresh, places));
    const isWhole = asked !== early.asked;
    if (!isWhole || (found.length === PAGE && fresh.length > 0)) continue;
    // There is nothing more to read: a topic that is behind still has lost the entries in between.
    for (const { name } of behind.filter(isBehind)) broken.add(name);
  }
  return broken;
}

/** Starts a tail at the log's present end. Rejects when the database can't be read. */
export async function startTail(options: TailOptions) {
  const { lane, hand, onHealth, now = () => performance.now() } = options;
  const places = createPlaces();
  const backends = createBackends();
  let seen = FROM_THE_BEGINNING;
  let identity = "";
  let looking: Promise<void> | undefined;
  let again: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let caughtUpAt = now();
  let failures = 0;
  let isStopped = false;
  /** The topics that are likely to have more, and the number of looks since one had. */
  let busy: readonly number[] = [];
  let inVain = 0;

  /** Hands out what continues what was handed out; a part that is known already is left out. */
  function handOut(entries: readonly Entry[]): void {
    const fresh = entries.filter((entry) => {
      const place = places.named(entry.topic);
      if (!place || entry.offset <= place.top) return false;
      place.top = entry.offset;
      place.tag = entry.tag;
      return true;
    });
    if (fresh.length > 0) hand(fresh);
  }

  /** Puts topics that broke off at what the database has now, and reports them. */
  function breakOff(broken: ReadonlySet<string>, marks: readonly TopicMark[]): void {
    for (const name of broken) places.forget(name);
    for (const mark of marks) if (broken.has(mark.name)) places.put(mark);
    if (broken.size > 0) options.onBreak([...broken]);
  }

  /** Takes in topics that are new here. Returns those that were removed and made again meanwhile. */
  function takeIn(marks: readonly TopicMark[]): Set<string> {
    const remade = new Set<string>();
    for (const { id, name } of marks) {
      if (places.of(id)) continue;
      if ((places.named(name)?.top ?? 0) > 0) remade.add(name);
      else places.put({ id, name, top: 0, tag: "" });
    }
    return remade;
  }

  /** The next look asks for what changes from here on. */
  function goOnFrom(changes: Changes): void {
    ({ next: seen, identity } = changes);
    backends.add(changes.backend);
  }

  async function readChanges(sql: SQL): Promise<Changes> {
    const changes = await changedSince(sql, seen, options.identity);
    if (changes.identity === identity && backends.has(changes.backend)) return changes;
    // Numbers of transactions mean nothing in another database or after a crash: all topics are compared.
    const before = places.all().map((place) => ({ ...place }));
    const all = await changedSince(sql, FROM_THE_BEGINNING, options.identity);
    breakOff(await findBroken(sql, before, all.topics, places.nameOf), all.topics);
    return all;
  }

  /** The topics that had news are the first guess of the next look. */
  function guessFor(ahead: readonly TopicMark[]): void {
    inVain = ahead.length > 0 ? 0 : inVain + 1;
    if (ahead.length > 0) busy = ahead.slice(0, MAX_GUESSED).map(({ id }) => id);
    else if (inVain >= GUESSES_IN_VAIN) busy = [];
  }

  async function lookOnce(sql: SQL): Promise<void> {
    const startedAt = now();
    const [changes, guess] = await Promise.all([readChanges(sql), askFor(sql, places, busy)]);
    const { epoch, topics } = changes;
    const isOther = changes.identity !== identity;
    // After a comparison of all topics what was asked for before it says nothing.
    const early = isOther || !backends.has(changes.backend) ? NO_ANSWER : guess;
    breakOff(takeIn(topics), topics);
    const ahead = topics.filter(({ id, top }) => top > (places.of(id)?.top ?? 0));
    breakOff(await readOn(sql, places, topics, early, handOut), topics);
    guessFor(ahead);
    options.onChanges(topics, epoch);
    if (isOther) options.onOtherDatabase();
    goOnFrom(changes);
    caughtUpAt = startedAt;
  }

  async function lookAndReport(): Promise<void> {
    try {
      if (failures > 0) await lane.ping();
      await lane.readInOrder(lookOnce);
      failures = 0;
      onHealth(undefined);
    } catch (error) {
      failures += 1;
      // A single connection that was lost is no trouble: the next look has another.
      if (failures > 1 || !isConnectionLost(error)) onHealth(error);
    }
    looking = undefined;
    if (isStopped) return;
    clearTimeout(timer);
    timer = setTimeout(
      () => void look(),
      failures === 0 ? LOOK_EVERY_MS : PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1],
    );
  }

  /** Resolves after a look that began after this call. */
  function look(): Promise<void> {
    if (isStopped) return Promise.resolve();
    if (looking) {
      again ??= looking.then(() => {
        again = undefined;
        return look();
      });
      return again;
    }
    looking = lookAndReport();
    return looking;
  }

  await lane.readInOrder(async (sql) => {
    const changes = await changedSince(sql, FROM_THE_BEGINNING, options.identity);
    goOnFrom(changes);
    for (const mark of changes.topics) places.put(mark);
  }, START_DEADLINE_MS);
  timer = setTimeout(() => void look(), LOOK_EVERY_MS);

  return {
    look,

    /**
     * Hands out entries that this node has just stored, where they continue what is known. `before` are their topics' newest
     * entries before. Returns false where a look is needed first.
     */
    handOwn(entries: readonly Entry[], before: readonly Place[]): boolean {
      if (entries.length === 0) return true;
      const doContinue = before.every((each) => {
        const place = places.named(each.name) ?? (each.top === 0 ? places.put(each) : undefined);
        return place !== undefined && continuesOwn(place, each, entries);
      });
      if (doContinue) handOut(entries);
      return doContinue;
    },

    /** Forgets topics that were removed. */
    forget(names: readonly string[]): void {
      for (const name of names) places.forget(name);
    },

    /** Whether a topic has entries, as of the last look. */
    hasTopic: (name: string): boolean => (places.named(name)?.top ?? 0) > 0,
    countTopics: (): number => places.count(),
    /** The newest entry of a topic that was handed out. */
    placeOf: (name: string): Place | undefined => places.named(name),
    /** Milliseconds since the start of the last look that worked: everything older was handed out. */
    lagMs: (): number => now() - caughtUpAt,

    /** Resolves when no look is under way. */
    async stop(): Promise<void> {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
