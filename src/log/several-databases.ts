/**
 * A log over several databases: each topic is on one of them, and what concerns all topics asks all and merges the answers.
 * A database that is away takes its topics with it and no others. Knows no engine.
 */
import type { Entry, MessageLog, SearchPage } from "./log.ts";

export interface DatabaseLog {
  /** The database in words for the owner, without a password. */
  name: string;
  log: MessageLog;
}

/** Whether an entry comes before another in a search: the newer one, and of one time the one of the later name or offset. */
const order = (a: Entry, b: Entry): number =>
  b.at - a.at || Number(a.topic < b.topic) - Number(a.topic > b.topic) || b.offset - a.offset;

/** One page of several. What one of them had no time for is left to the next page. */
function joinPages(pages: readonly SearchPage[], limit: number): SearchPage {
  const reached = pages.flatMap(({ reachedAt }) => reachedAt ?? []);
  const from = Math.max(0, ...reached);
  const all = pages.flatMap(({ entries }) => entries).filter(({ at }) => at >= from);
  const entries = all.sort(order).slice(0, limit);
  const more = all.length > limit || pages.some((page) => page.more);
  return {
    entries,
    more,
    ...(all.length <= limit && from > 0 ? { reachedAt: from } : {}),
    ...(pages.some(({ isIncomplete }) => isIncomplete) ? { isIncomplete: true } : {}),
  };
}

/** Joins logs. `placeOf` returns the index of a topic's database. */
export function joinDatabases(
  databases: readonly DatabaseLog[],
  placeOf: (topic: string) => number,
): MessageLog {
  const logs = databases.map(({ log }) => log);
  const logOf = (topic: string): MessageLog => {
    const log = logs[placeOf(topic)];
    if (!log) throw new Error(`No database has the topic ${topic}.`);
    return log;
  };

  /** The databases that are in trouble, with their reasons. */
  const troubles = (): string[] =>
    databases.flatMap(({ name, log }) => {
      const reason = log.trouble();
      return reason === undefined ? [] : [`${name}: ${reason}`];
    });

  /** Adds a listener to all logs. Returns the function that removes it. */
  const listen = (add: (log: MessageLog) => () => void) => {
    const stops = logs.map(add);
    return () => {
      for (const stop of stops) stop();
    };
  };

  return {
    append: (entry) => logOf(entry.topic).append(entry),
    read: (topic, page) => logOf(topic).read(topic, page),
    state: (topic) => logOf(topic).state(topic),
    find: (topic, userId, id) => logOf(topic).find(topic, userId, id),
    offsetsOf: (topic, userId) => logOf(topic).offsetsOf(topic, userId),
    entriesOf: (topic, userId, page) => logOf(topic).entriesOf(topic, userId, page),
    offsetsWith: (topic, text) => logOf(topic).offsetsWith(topic, text),
    offsetBefore: (topic, beforeMs) => logOf(topic).offsetBefore(topic, beforeMs),
    disown: (topic, userId, owner, rewrite) => logOf(topic).disown(topic, userId, owner, rewrite),
    scrub: (topic, offsets, rewrite) => logOf(topic).scrub(topic, offsets, rewrite),
    async search(query) {
      if (query.topic !== undefined) return logOf(query.topic).search(query);
      return joinPages(await Promise.all(logs.map((log) => log.search(query))), query.limit);
    },
    async findAuthors(query) {
      const { topics } = query;
      const pages = await Promise.all(
        logs.map((log) =>
          log.findAuthors({ ...query, topics: topics?.filter((topic) => logOf(topic) === log) }),
        ),
      );
      const entries = pages.flatMap((page) => page.entries);
      return {
        entries: entries.slice(0, query.limit),
        more: entries.length > query.limit || pages.some(({ more }) => more),
        ...(pages.some(({ isIncomplete }) => isIncomplete) ? { isIncomplete: true } : {}),
      };
    },
    trim: (topic, upTo) => logOf(topic).trim(topic, upTo),
    redate: (topic, toMs, leapMs) => logOf(topic).redate(topic, toMs, leapMs),
    hasTopic: (topic) => logOf(topic).hasTopic(topic),

    tail: (listener) => listen((log) => log.tail(listener)),
    onBreak: (listener) => listen((log) => log.onBreak(listener)),

    newestAt: () => Math.max(...logs.map((log) => log.newestAt())),

    async drop(names) {
      const counts = await Promise.all(
        logs.map((log) => {
          const own = names.filter((name) => logOf(name) === log);
          return own.length > 0 ? log.drop(own) : 0;
        }),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },

    wasEpoch: (epoch) => logs.some((log) => log.wasEpoch(epoch)),

    async topics(page) {
      const pages = await Promise.all(logs.map((log) => log.topics(page)));
      return pages.flat().sort().slice(0, page.limit);
    },

    async topicSpans(page) {
      const pages = await Promise.all(logs.map((log) => log.topicSpans(page)));
      return pages
        .flat()
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .slice(0, page.limit);
    },

    countTopics: () => logs.reduce((sum, log) => sum + log.countTopics(), 0),

    async sizes(names) {
      const found = await Promise.all(
        logs.map(async (log) => {
          const own = names.filter((name) => logOf(name) === log);
          const sizes = own.length > 0 ? await log.sizes(own) : [];
          return own.map((name, i) => [name, sizes[i] ?? 0] as const);
        }),
      );
      const sizeOf = new Map(found.flat());
      return names.map((name) => sizeOf.get(name) ?? 0);
    },

    async storedBytes() {
      const known = (await Promise.all(logs.map((log) => log.storedBytes()))).flatMap((bytes) => bytes ?? []);
      return known.length === logs.length ? known.reduce((sum, bytes) => sum + bytes, 0) : undefined;
    },

    trouble() {
      const found = troubles();
      return found.length === databases.length ? found.join("; ") : undefined;
    },

    troubleOfSome() {
      const found = troubles();
      return found.length > 0 && found.length < databases.length ? found.join("; ") : undefined;
    },

    warnings: () =>
      databases.flatMap(({ name, log }) =>
        log.warnings().map((one) => ({ ...one, text: `${name}: ${one.text}`, database: name })),
      ),

    unindexed: () => logs.reduce((sum, log) => sum + log.unindexed(), 0),

    flush: async () => void (await Promise.all(logs.map((log) => log.flush()))),
    close: async () => void (await Promise.all(logs.map((log) => log.close()))),
  };
}
