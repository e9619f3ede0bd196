/**
 * One subscription after another of one reader to one topic, held against the promise: every offset once, in order, or
 * an explicit gap naming from and to; a fork is a gap; nothing is called a gap that is none. Pure.
 */
import type { Cursor, Gap, Message } from "../../src/model.ts";
import type { Findings } from "./findings.ts";
import type { Ledger } from "./ledger.ts";

/** A cursor, and the era in which the reader got it. */
export interface Held {
  cursor: Cursor;
  era: number;
}

/** The part of a subscription's reply that the promise is about. */
export interface SubscribeReply {
  cursor: Cursor;
  first: number;
  top: number;
  recovered: boolean;
  gap?: Gap;
}

export type Stream = ReturnType<typeof createStream>;

/** Makes the check for a reader's topic. `held` continues where another stream of the same reader stands. */
export function createStream(ledger: Ledger, findings: Findings, reader: string, topic: string, held?: Held) {
  const who = `${reader} in ${topic}`;
  let era = held?.era ?? ledger.era();
  /** The last offset handed over or said to be gone; undefined where a stream begins live. */
  let position = held?.cursor.offset;
  /** The next thing must be a gap that says that the log is another one. */
  let owesFork = false;
  /** Nothing has been handed over since the subscription began. */
  let isFresh = true;
  let skipped = new Set<number>();
  /** What was said to be trimmed; a later look at the log must find it gone. */
  let claims: { era: number; to: number }[] = [];

  const isForked = (from: Held, now: number): boolean =>
    ledger.lineage(topic, from.era, from.cursor.offset) !== ledger.lineage(topic, now, from.cursor.offset);

  /** `gap` came where the stream stands: it must begin right there, and end below what is retained. */
  function checkTrimmed(gap: Gap): void {
    if (gap.from !== (position ?? 0) + 1 || gap.to < gap.from) {
      findings.violate("gaps", `${who}: gap ${gap.from} to ${gap.to} said at position ${position}`, "unsaid");
    }
    findings.add(isFresh ? "gaps trimmed" : "gaps trimmed while catching up");
    findings.add("offsets said trimmed", gap.to - gap.from + 1);
    claims.push({ era, to: gap.to });
    position = gap.to;
  }

  function checkFork(gap: Gap): void {
    if (!owesFork)
      findings.violate("gaps", `${who}: gap "${gap.reason}" said where there is no fork`, "unsaid");
    if (gap.from !== 1) findings.violate("gaps", `${who}: gap "${gap.reason}" begins at ${gap.from}`);
    findings.add("gaps of forks");
    owesFork = false;
    position = gap.to;
    skipped = new Set();
  }

  function take(message: Message): void {
    const { offset } = message;
    isFresh = false;
    ledger.handed(topic, era, { ...message, user: message.user.id });
    if (message.topic !== topic)
      findings.violate("handed", `${who}: handed a message of ${message.topic}`, "doubled");
    if (owesFork) {
      owesFork = false;
      findings.violate(
        "fork",
        `${who}: resumed across a restore at ${position} and was handed ${offset}`,
        "unsaid",
      );
    }
    const expected = position === undefined ? offset : position + 1;
    if (offset === expected) {
      position = offset;
    } else if (offset > expected) {
      const missing = offset - expected;
      findings.violate(
        "handed",
        `${who}: ${offset} came after ${expected - 1}, nothing said`,
        "lost",
        missing,
      );
      for (let i = expected; i < offset && skipped.size < 10_000; i++) skipped.add(i);
      position = offset;
    } else {
      const isLate = skipped.delete(offset);
      const what = isLate ? "reordered" : "doubled";
      findings.violate("handed", `${who}: ${offset} came after ${position}: ${what}`, what);
    }
  }

  return {
    topic,
    get position(): number | undefined {
      return position;
    },
    /** What to resume with. */
    get held(): Held | undefined {
      return held;
    },

    /** A new subscription begins, from `asked` or live; what it is answered comes next. */
    begin(now: number, asked: Held | undefined): void {
      era = now;
      held = asked;
      isFresh = true;
      position = asked?.cursor.offset;
      owesFork = asked !== undefined && isForked(asked, now);
      findings.add("subscriptions");
      if (asked) findings.add(owesFork ? "resumes across a restore" : "resumes");
    },

    /** The reply to `kabar.v1`'s subscribe. */
    replied({ cursor, first, top, recovered, gap }: SubscribeReply): void {
      if (recovered === (gap !== undefined))
        findings.violate("gaps", `${who}: recovered is ${recovered}, gap is ${!!gap}`);
      if (!gap) {
        if (owesFork) {
          owesFork = false;
          findings.violate(
            "fork",
            `${who}: resumed across a restore at ${position}, and nothing said`,
            "unsaid",
          );
        }
        if (held && cursor.offset !== position) {
          findings.violate(
            "gaps",
            `${who}: resumed at ${position}, the stream begins at ${cursor.offset}`,
            "unsaid",
          );
        }
      } else if (!held) findings.violate("gaps", `${who}: a gap without a cursor`);
      else this.gap(gap);
      if (gap && gap.reason === "trimmed" && gap.to !== first - 1) {
        findings.violate("gaps", `${who}: said trimmed to ${gap.to}, the oldest is ${first}`, "unsaid");
      }
      if (gap && cursor.offset !== gap.to) {
        findings.violate("gaps", `${who}: gap to ${gap.to}, the stream begins at ${cursor.offset}`, "unsaid");
      }
      if (cursor.offset > top)
        findings.violate("gaps", `${who}: begins at ${cursor.offset}, the top is ${top}`);
      position = cursor.offset;
      held = { cursor, era };
      isFresh = false;
    },

    /** One message, or a run that came in one event. */
    messages(run: readonly Message[]): void {
      for (const message of run) take(message);
    },

    /** Where the reader stands now. */
    hold(cursor: Cursor): void {
      held = { cursor, era };
    },

    /** The stream says where it stands, with neither a message nor a gap: it must be right there. */
    stands(cursor: Cursor): void {
      if (owesFork) {
        owesFork = false;
        findings.violate("fork", `${who}: resumed across a restore at ${position}, nothing said`, "unsaid");
      } else if (position !== undefined && cursor.offset !== position) {
        findings.violate("gaps", `${who}: at ${position} was told to resume at ${cursor.offset}`, "unsaid");
      }
      position = cursor.offset;
      held = { cursor, era };
    },

    gap(gap: Gap): void {
      if (gap.reason !== "trimmed") {
        checkFork(gap);
        return;
      }
      if (owesFork) {
        // The offsets between the fork and the oldest entry are gone from both logs: said, if by another name.
        findings.add("forks said as trimmed");
        owesFork = false;
      }
      checkTrimmed(gap);
    },

    /** Compares what was said to be trimmed with what a later look found retained. */
    settle(): void {
      for (const claim of claims) {
        if (claim.era === ledger.era() && claim.to >= ledger.first(topic)) {
          findings.violate(
            "gaps",
            `${who}: said trimmed to ${claim.to}, ${ledger.first(topic)} is retained`,
            "unsaid",
          );
        }
      }
      claims = [];
    },

    /** At the end, everything up to the top must have come. */
    finish(top: number): void {
      if (position === undefined) return;
      if (position < top)
        findings.violate("handed", `${who}: ends at ${position}, the top is ${top}`, "lost", top - position);
      if (position > top)
        findings.violate(
          "handed",
          `${who}: ends at ${position}, the top is ${top}`,
          "doubled",
          position - top,
        );
    },
  };
}
