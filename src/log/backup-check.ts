/**
 * Checks of a SQLite log that is a copy: is it whole, and does it hold what its topics say? Shared by backups and restores.
 * Reads only.
 */
import type { Database } from "bun:sqlite";

/** A copy that is not good. The message is half a sentence. */
export class BadCopy extends Error {}

/** What a copy holds. */
export interface Contents {
  topics: number;
  /** Entries of topics that people use, without the control topic. */
  messages: number;
  /** A hash of every topic's epoch, offsets and newest tag. */
  tops: string;
  /** Topics that lack entries between their first and their newest one, with the number: the log was damaged. */
  holes: { id: number; name: string; first: number; top: number; missing: number }[];
}

/** A topic of the copy, the number of its entries, and the tag of the newest one. */
interface Row {
  id: number;
  name: string;
  epoch: string;
  first: number;
  top: number;
  tag: string;
  count: number;
  found: string | null;
}

const TOPICS = `
  SELECT topic.id, name, epoch, first, top, topic.tag,
    (SELECT count(*) FROM entry WHERE entry.topic = topic.id AND offset BETWEEN first AND top) AS count,
    (SELECT tag FROM entry WHERE entry.topic = topic.id AND offset = top) AS found
  FROM topic ORDER BY name`;
const STRAYS = `
  SELECT count(*) AS count FROM entry LEFT JOIN topic ON topic.id = entry.topic
  WHERE topic.id IS NULL OR offset NOT BETWEEN first AND top`;

const ENTRIES = "SELECT * FROM entry ORDER BY topic, offset";

/** Runs SQLite's own check of every page, row and index. Throws BadCopy with the first finding. */
export function requireIntegrity(db: Database): void {
  const [first] = db.query<{ integrity_check: string }, []>("PRAGMA integrity_check(1)").all();
  if (first?.integrity_check !== "ok")
    throw new BadCopy(`SQLite's check found: ${first?.integrity_check.replaceAll("\n", " ") ?? "nothing"}`);
}

/** Counts the topics and entries. Throws BadCopy when an entry belongs to no topic, or a newest entry is not the topic's. */
export function readContents(db: Database, look: (row: Readonly<Row>) => void = () => {}): Contents {
  const hash = new Bun.CryptoHasher("sha256");
  const contents: Contents = { topics: 0, messages: 0, tops: "", holes: [] };
  for (const row of db.query<Row, []>(TOPICS).iterate()) {
    const { id, name, epoch, first, top, tag, count, found } = row;
    look(row);
    hash.update(JSON.stringify([name, epoch, first, top, tag]));
    if (found !== null && found !== tag)
      throw new BadCopy(`the newest message of topic ${name} is another one`);
    const missing = top - first + 1 - count;
    if (missing !== 0) contents.holes.push({ id, name, first, top, missing });
    if (name.startsWith("$")) continue;
    contents.topics++;
    contents.messages += count;
  }
  const strays = db.query<{ count: number }, []>(STRAYS).get()?.count ?? 0;
  if (strays > 0) throw new BadCopy(`${strays} messages belong to no topic`);
  contents.tops = hash.digest("hex");
  return contents;
}

/**
 * A hash of every entry: finds a changed byte in a text, which SQLite's check does not. Not covered: free space, and what a
 * start makes anew.
 */
export function hashEntries(db: Database): string {
  const hash = new Bun.CryptoHasher("sha256");
  for (const row of db.query<Record<string, unknown>, []>(ENTRIES).iterate())
    hash.update(JSON.stringify(Object.values(row)));
  return hash.digest("hex");
}
