/**
 * Knowledge of the log from the outside: which entry each position was seen to name, what was acknowledged, what the
 * server's history held after each kill. Pure: it never asks. A restored backup opens a new era: the positions up to
 * its top are the ones of before, later ones are new.
 */
import type { Findings } from "./findings.ts";
import { readText } from "./texts.ts";

/** An entry as somebody saw it. A publisher who got an ack does not know when it was stored. */
export interface Sighting {
  offset: number;
  id: string;
  user: string;
  text: string;
  at?: number;
}

/** One page of the server's history. */
export interface HistoryPage {
  first: number;
  top: number;
  messages: readonly Sighting[];
}

/** Ids that the server (plain mode) or the headless client made; our own say whose number they are. */
const MADE_ELSEWHERE = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

interface Position {
  era: number;
  offset: number;
  id: string;
  user: string;
  hash: bigint;
  at: number | undefined;
  stored: boolean;
  handed: boolean;
  acked: boolean;
}

interface TopicBook {
  /** The top at the beginning of each era. */
  bases: number[];
  /** By era: what each offset names. */
  positions: Map<number, Position>[];
  /** Where each text is. */
  byText: Map<string, Position[]>;
  /** Acks that no history has confirmed yet. */
  unconfirmed: Position[];
  /** Entries handed to readers that no history has confirmed yet. */
  unproven: Position[];
  /** Everything up to here was found in the history of this era. */
  verified: number;
  /** The oldest retained offset, as last heard. */
  first: number;
  at: number;
}

export type Ledger = ReturnType<typeof createLedger>;

/** Makes an empty ledger. `retained` says how many messages a topic keeps; topics without a row keep all. */
export function createLedger(findings: Findings, retained: ReadonlyMap<string, number> = new Map()) {
  const books = new Map<string, TopicBook>();
  let era = 0;

  function bookOf(topic: string): TopicBook {
    let book = books.get(topic);
    if (!book) {
      const bases = Array.from({ length: era + 1 }, () => 0);
      book = {
        bases,
        positions: bases.map(() => new Map()),
        byText: new Map(),
        unconfirmed: [],
        unproven: [],
        verified: 0,
        first: 1,
        at: 0,
      };
      books.set(topic, book);
    }
    return book;
  }

  /** The era whose entry an offset names, seen from era `from`. */
  function lineage(book: TopicBook, from: number, offset: number): number {
    let at = from;
    while (at > 0 && offset <= (book.bases[at] ?? 0)) at -= 1;
    return at;
  }
  const isCurrent = (book: TopicBook, position: Position): boolean =>
    lineage(book, era, position.offset) === position.era;

  /** Two entries with one id: right only when retention had removed the first before the second came. */
  function checkTwin(topic: string, book: TopicBook, twin: Position, fresh: Position): void {
    if (!isCurrent(book, twin) || !isCurrent(book, fresh)) return;
    const keeps = retained.get(topic);
    const apart = Math.abs(fresh.offset - twin.offset);
    if (keeps !== undefined && apart >= keeps) return;
    findings.violate(
      "one-offset",
      `${topic}: ${twin.id} of ${twin.user} is stored at ${twin.offset}, and again as ${fresh.id} at ${fresh.offset}`,
      "doubled",
    );
  }

  /** Takes down what a position names; compares when somebody saw it before. */
  function observe(topic: string, seenIn: number, sighting: Sighting): Position {
    const book = bookOf(topic);
    const { offset, id, user, text, at } = sighting;
    const home = lineage(book, seenIn, offset);
    const positions = book.positions[home] as Map<number, Position>;
    const hash = BigInt(Bun.hash(text));
    const known = positions.get(offset);
    findings.add("sightings");
    if (known) {
      const isSame = known.id === id && known.user === user && known.hash === hash;
      if (!isSame || (at !== undefined && known.at !== undefined && at !== known.at)) {
        findings.violate(
          "one-entry",
          `${topic} ${offset} was ${known.id} of ${known.user}, then ${id} of ${user}`,
        );
      }
      known.at ??= at;
      return known;
    }
    const author = readText(text);
    const isNamed = !MADE_ELSEWHERE.test(id);
    if (!author || (isNamed && `${author.publisher}-${author.number}` !== id)) {
      findings.violate(
        "one-entry",
        `${topic} ${offset}: the text of ${id} is damaged or another's: ${text.slice(0, 80)}`,
      );
    }
    const fresh = { era: home, offset, id, user, hash, at, stored: false, handed: false, acked: false };
    findings.add("positions");
    positions.set(offset, fresh);
    // No publisher writes a text twice, so a text in two places is a message stored twice, whatever its id.
    const twins = book.byText.get(text);
    if (twins) {
      for (const twin of twins) checkTwin(topic, book, twin, fresh);
      twins.push(fresh);
    } else book.byText.set(text, [fresh]);
    return fresh;
  }

  /** What a page shows must begin where it was asked to, have no holes, and never go back in time. */
  function checkPage(topic: string, book: TopicBook, after: number, page: HistoryPage): void {
    let expected = Math.max(after + 1, page.first);
    for (const message of page.messages) {
      if (message.offset !== expected) {
        findings.violate(
          "contiguous",
          `${topic}: history has ${message.offset} where ${expected} belongs`,
          "lost",
        );
      }
      expected = message.offset + 1;
      if (message.at !== undefined && message.at < book.at) {
        findings.violate(
          "contiguous",
          `${topic} ${message.offset}: stored at ${message.at}, the one before it later`,
        );
      }
      book.at = message.at ?? book.at;
    }
  }

  return {
    /** Which era it is. */
    era: (): number => era,
    lineage: (topic: string, from: number, offset: number): number => lineage(bookOf(topic), from, offset),
    /** The offset that a text has, seen from an era; several when retention made room for a repeat. */
    offsetsOf(topic: string, from: number, text: string): number[] {
      const book = bookOf(topic);
      const found = book.byText.get(text) ?? [];
      return found.filter((at) => lineage(book, from, at.offset) === at.era).map((at) => at.offset);
    },

    /** Whether anybody has seen which entry an offset names, from an era. */
    isSeen(topic: string, from: number, offset: number): boolean {
      const book = bookOf(topic);
      return book.positions[lineage(book, from, offset)]?.has(offset) ?? false;
    },

    /** A publish was acknowledged. */
    acked(topic: string, seenIn: number, sighting: Sighting, repeated: boolean): void {
      const position = observe(topic, seenIn, sighting);
      findings.add("acks");
      if (repeated) findings.add("acks of repeats");
      if (position.acked) return;
      position.acked = true;
      bookOf(topic).unconfirmed.push(position);
    },

    /** A reader was handed an entry. */
    handed(topic: string, seenIn: number, sighting: Sighting): void {
      const position = observe(topic, seenIn, sighting);
      findings.add("handed");
      if (position.handed) return;
      position.handed = true;
      if (!position.stored) bookOf(topic).unproven.push(position);
    },

    /** How far the history of a topic was read; the next page is asked after this. */
    verified: (topic: string): number => bookOf(topic).verified,

    /** A page of history, asked for after `verified`. */
    stored(topic: string, page: HistoryPage): void {
      const book = bookOf(topic);
      checkPage(topic, book, book.verified, page);
      for (const message of page.messages) {
        observe(topic, era, message).stored = true;
        book.verified = Math.max(book.verified, message.offset);
        findings.add("history entries");
      }
      book.first = Math.max(book.first, page.first);
      if (page.messages.length === 0) book.verified = Math.max(book.verified, page.first - 1);
    },

    /** The history has been read to its top: everything acknowledged or shown so far must have been in it. */
    checkpoint(topic: string, top: number): void {
      const book = bookOf(topic);
      if (book.verified !== top) {
        findings.violate(
          "contiguous",
          `${topic}: history ends at ${book.verified}, its top is ${top}`,
          "lost",
        );
      }
      const isMissing = (position: Position) => !position.stored && position.offset >= book.first;
      for (const position of book.unconfirmed) {
        if (isMissing(position)) {
          findings.violate(
            "acked",
            `${topic} ${position.offset}: ${position.id} was acknowledged and is gone`,
            "lost",
          );
        }
        findings.add(position.stored ? "acks found stored" : "acks trimmed before a look");
      }
      for (const position of book.unproven) {
        if (isMissing(position)) {
          findings.violate(
            "stored-first",
            `${topic} ${position.offset}: ${position.id} was shown and is not stored`,
          );
        }
        findings.add(position.stored ? "shown found stored" : "shown trimmed before a look");
      }
      book.unconfirmed = [];
      book.unproven = [];
    },

    /** The oldest retained offset that was ever heard of in this era. */
    first: (topic: string): number => bookOf(topic).first,

    /** An older copy of the data was put back: `tops` is where each topic stands in it. */
    restore(tops: ReadonlyMap<string, number>): void {
      era += 1;
      for (const [topic, book] of books) {
        const base = tops.get(topic) ?? 0;
        const last = book.positions.length - 1;
        for (const position of book.positions.flatMap((positions) => [...positions.values()])) {
          const wasThere = lineage(book, last, position.offset) === position.era;
          if (wasThere && position.offset > base && position.acked)
            findings.add("acks the restores took back");
        }
        book.bases.push(base);
        book.positions.push(new Map());
        book.verified = Math.min(book.verified, base);
        book.first = 1;
        book.at = 0;
      }
      findings.add("restores");
    },
  };
}
