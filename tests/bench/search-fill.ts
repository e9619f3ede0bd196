/**
 * A log of many messages with its search index, as a server would have made it, sooner: rows by SQL, and the index by the
 * server's own code in large transactions. Words follow Zipf's law, as those of people do; one text in fifty is Chinese.
 */
import { Database } from "bun:sqlite";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSearchIndex } from "../../src/log/sqlite-search-index.ts";
import { openSqliteLog } from "../../src/log/sqlite.ts";
import { encodeBody } from "../../src/log/message-body.ts";
import { createLogger } from "../../src/logger.ts";
import { createMetrics } from "../../src/metrics.ts";
import { progress } from "../measure/figures.ts";
import { createRandom } from "../support/seed.ts";

const VOCABULARY = 50_000;
export const TOPICS = 20;
const AUTHORS = 5000;
/**
 * Messages of one transaction, which is one segment of the index: the index of a server that has merged for a long time. FTS5 gathers
 * the words of a transaction in a table whose chains grow long: four times as many cost twice the time each.
 */
const CHUNK = 25_000;
/** The newest messages are indexed as a server does it, in steps of so many messages that each merge a little. */
const STEPPED = 100_000;
const STEP = 100;
/** Bytes of postings that a transaction gathers before they become a segment. */
const HASH_BYTES = 256 << 20;
const DEFAULT_HASH_BYTES = 1 << 20;
/** Memory for pages while filling, in KiB: all of the index by author, which is written at random places. */
const FILL_CACHE_KIB = 2_500_000;
/** Pages that a transaction merges: as many as there are. */
const MERGE_PAGES = 1_000_000;
export const START_MS = 1_700_000_000_000;
/** The time between two messages. */
const PACE_MS = 700;
const HAN =
  "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感见明问力理尔点文几定本公特做外孩相西果走将月十实向声车全信重三机工物气每并别真打太新比才便夫再书部水像眼等体却加电主界门利海受听表德少克代员许稜先口由死安写性马光白或住难望教命花结乐色";

/** The time of a message. */
export const timeOf = (message: number): number => START_MS + message * PACE_MS;

export type Texts = ReturnType<typeof createTexts>;

/** Makes texts, the same in every run. `word(rare)`: a frequent word, or one of those that few messages have. */
export function createTexts(seed: number) {
  const random = createRandom(seed);
  const spelling = createRandom(11);
  const letters = "etaoinshrdlucmfwypvbgk";
  const words = Array.from({ length: VOCABULARY }, (_, i) =>
    Array.from({ length: 2 + Math.floor(Math.log10(i + 1) + spelling.next() * 4) }, () =>
      letters.charAt(Math.floor(spelling.next() ** 1.5 * letters.length)),
    ).join(""),
  );
  const at = (index: number): string => words[Math.min(VOCABULARY - 1, Math.max(0, index))] ?? "the";
  const any = (): string => at(Math.floor(VOCABULARY ** random.next()) - 1);
  const han = (count: number): string =>
    Array.from({ length: count }, () => HAN.charAt(Math.floor(HAN.length ** random.next()) - 1)).join("");
  return {
    any,
    han,
    /** The word of a rank: the first is in a third of the messages. */
    top: at,
    frequent: () => at(random.int(0, 50)),
    rare: () => at(random.int(VOCABULARY / 2, VOCABULARY)),
    author: () => random.int(0, AUTHORS),
    text: () =>
      random.int(0, 50) === 0
        ? han(random.int(4, 30))
        : Array.from({ length: random.int(3, 18) }, any).join(" "),
  };
}

export const bodyOf = (text: string, user: number): string =>
  encodeBody({ user: { id: `g-${user}`, name: `User ${user}`, role: "guest" }, text });

/** Opens the log of a folder. */
export const openLog = (dataDir: string, search: boolean) =>
  openSqliteLog({
    dataDir,
    durability: "fsync",
    maxCommitWindowMs: 20,
    search,
    logger: createLogger("silent"),
    metrics: createMetrics(),
  });

interface Fill {
  /** Bytes of a message without and with the index; the processor's microseconds of indexing one. */
  entry: number;
  index: number;
  indexUs: number;
}

/** Authors are not measured here: nothing notes them in the background while searches are timed. */
function skipAuthors(dataDir: string): void {
  const db = new Database(join(dataDir, "kabar.db"));
  db.run("UPDATE search_topic SET authored = done");
  db.close();
}

/** Fills a folder, or goes on where a fill was interrupted, or returns what was noted when it was filled. */
export async function fillOnce(dataDir: string, messages: number): Promise<Fill> {
  const note = join(dataDir, "filled.json");
  if (existsSync(note)) {
    const { messages: present, ...fill } = JSON.parse(readFileSync(note, "utf8")) as Fill & {
      messages: number;
    };
    if (present === messages) {
      skipAuthors(dataDir);
      return fill;
    }
    throw new Error(`bench: ${dataDir} has ${present} messages, not ${messages}.`);
  }
  mkdirSync(dataDir, { recursive: true });
  const fill = await fillSearchLog(dataDir, messages);
  skipAuthors(dataDir);
  writeFileSync(note, JSON.stringify({ messages, ...fill }));
  return fill;
}

/** Fills a folder. Returns the bytes of a message without and with the index, and the processor's microseconds of indexing one. */
async function fillSearchLog(dataDir: string, messages: number): Promise<Fill> {
  const log = openLog(dataDir, true);
  for (let topic = 1; topic <= TOPICS; topic++)
    await log.append({ topic: `t${topic}`, userId: "g-1", id: "first", body: bodyOf("first", 1) });
  await log.search({ terms: ["first"], limit: 1, isShown: () => true });
  await log.close();
  const db = new Database(join(dataDir, "kabar.db"));
  db.run("PRAGMA synchronous = OFF");
  db.run("PRAGMA wal_autocheckpoint = 100000");
  db.run(`PRAGMA cache_size = -${FILL_CACHE_KIB}`);
  const index = createSearchIndex(db);
  const present = (db.query("SELECT count(*) AS count FROM entry").get() as { count: number }).count - TOPICS;
  const texts = createTexts(7 + present);
  const insert = db.prepare(
    "INSERT INTO entry (topic, offset, user, id, at, tag, body) VALUES (?, ?, ?, ?, ?, 'abcde', ?)",
  );
  const sizeHash = (bytes: number) =>
    db.run("INSERT INTO search_text (search_text, rank) VALUES ('hashsize', ?)", [bytes]);
  const insertFrom = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, step) => {
      const i = from + step;
      const [topicId, offset, author] = [1 + (i % TOPICS), 2 + Math.floor(i / TOPICS), texts.author()];
      const entry = {
        topic: `t${topicId}`,
        userId: `g-${author}`,
        id: `m-${i}`,
        offset,
        at: timeOf(i),
        tag: "abcde",
        body: bodyOf(texts.text(), author),
      };
      insert.run(topicId, offset, entry.userId, entry.id, entry.at, entry.body);
      return { topicId, entry };
    });
  /** All words: a log of this size has more than an index keeps in memory. */
  const found = new Map<string, string>();
  const fill = db.transaction((from: number, to: number) => {
    index.put(insertFrom(from, to), undefined, found);
    index.merge(MERGE_PAGES);
  });
  const stepped = Math.max(0, messages - STEPPED);
  sizeHash(HASH_BYTES);
  for (let from = present; from < stepped; from += CHUNK) {
    fill(from, Math.min(stepped, from + CHUNK));
    progress(`${from.toLocaleString("en")} of ${messages.toLocaleString("en")} messages`);
  }
  sizeHash(DEFAULT_HASH_BYTES);
  let indexMs = 0;
  const firstStep = Math.max(present, stepped);
  for (let from = firstStep; from < messages; from += STEP) {
    const step = db.transaction(() => {
      const placed = insertFrom(from, Math.min(messages, from + STEP));
      const before = process.cpuUsage();
      const words = new Map<string, string>();
      index.merge();
      index.put(placed, undefined, words);
      const { user, system } = process.cpuUsage(before);
      indexMs += (user + system) / 1000;
      return words;
    });
    index.remember(step());
  }
  db.run(
    "UPDATE topic SET top = (SELECT max(offset) FROM entry WHERE entry.topic = topic.id), tag = 'abcde', at = ?",
    [timeOf(messages)],
  );
  db.run("UPDATE search_topic SET low = 0, start = 1, done = (SELECT top FROM topic WHERE id = topic)");
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  const bytes = (like: string): number =>
    db
      .query<{ bytes: number }, [string]>("SELECT sum(pgsize) AS bytes FROM dbstat WHERE name LIKE ?")
      .get(like)?.bytes ?? Number.NaN;
  const sizes = { entry: 0, index: 0 };
  try {
    sizes.index = bytes("%search_%") / messages;
    sizes.entry = bytes("entry%") / messages;
  } catch {
    // A build of SQLite without dbstat.
  }
  db.close();
  return { ...sizes, indexUs: (indexMs / (messages - firstStep)) * 1000 };
}
