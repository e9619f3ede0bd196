/**
 * Growing messages of an audit, from the outside: what their writer sent and what was acknowledged of it, what readers were
 * shown, and what the log has. Pure. A message of an era before a restore is not judged: its end may be gone.
 */
import type { Message } from "../../src/model.ts";
import type { Findings } from "./findings.ts";
import type { Ledger } from "./ledger.ts";

/** A growing message as its writer knows it. */
export interface Writing {
  id: string;
  era: number;
  /** Known once it is acknowledged. */
  offset: number | undefined;
  head: string;
  /** The texts of its appends, the first of which has the sequence 1. */
  parts: string[];
  /** How many appends it will have; the last one ends it. */
  length: number;
  /** Every append up to this sequence is acknowledged. */
  acked: number;
  /** The highest sequence that a reader was shown. */
  shown: number;
  /** A look found it whole. */
  isSettled: boolean;
}

/** A growing message as somebody sees it. */
export interface View {
  id: string;
  text: string;
  sequence: number;
  isDone: boolean;
}

export type GrowingBook = ReturnType<typeof createGrowingBook>;

/** The view of an entry of the log. */
export const viewOf = ({ id, text, growing, done }: Message): View => ({
  id,
  text,
  sequence: done ?? growing?.sequence ?? 0,
  isDone: done !== undefined,
});

/** Makes an empty book. */
export function createGrowingBook(ledger: Ledger, findings: Findings) {
  const writings = new Map<string, Writing>();

  const current = (): Writing[] => [...writings.values()].filter(({ era }) => era === ledger.era());
  const textAt = ({ head, parts }: Writing, sequence: number): string =>
    head + parts.slice(0, sequence).join("");
  const isComplete = ({ acked, length }: Writing): boolean => acked === length;

  /** A message of this era; undefined for one that a restore may have changed. */
  function find(id: string): Writing | undefined {
    const writing = writings.get(id);
    return writing?.era === ledger.era() ? writing : undefined;
  }

  /** A text must be what was sent up to its sequence: each append once and in order. */
  function compare(who: string, writing: Writing, { text, sequence, isDone }: View): void {
    const { id, length } = writing;
    if (text !== textAt(writing, sequence)) {
      const end = JSON.stringify(text.slice(-60));
      findings.violate("growing", `${who}: ${id} at append ${sequence} ends with ${end}`, "lost");
    }
    if (isDone && sequence !== length)
      findings.violate("growing", `${who}: ${id} ended at append ${sequence} of ${length}`, "lost");
  }

  return {
    find,

    /** A message that is about to be published. */
    begin(id: string, length: number): Writing {
      const head = `${id}: `;
      const era = ledger.era();
      const writing = {
        id,
        era,
        offset: undefined,
        head,
        parts: [],
        length,
        acked: 0,
        shown: 0,
        isSettled: false,
      };
      writings.set(id, writing);
      return writing;
    },

    /** Whether all appends of a message are acknowledged. */
    hasComplete: (): boolean => current().some(isComplete),

    /** An append was acknowledged, and with it all before. */
    acked(writing: Writing, sequence: number, isRepeated: boolean): void {
      findings.add("appends acked");
      if (isRepeated) findings.add("appends acked as repeats");
      writing.acked = Math.max(writing.acked, sequence);
    },

    /** A reader has a message like this. */
    shown(who: string, view: View): void {
      const writing = find(view.id);
      if (!writing) return;
      findings.add("growing texts compared");
      compare(who, writing, view);
      writing.shown = Math.max(writing.shown, view.sequence);
    },

    /** The log is read for growing messages from here on. */
    lookAfter: (): number => {
      const open = current().flatMap(({ offset, isSettled }) => (isSettled || !offset ? [] : [offset]));
      return Math.min(...open) - 1;
    },

    /** The entries of the log after `lookAfter`, read while nobody was connected. */
    stored(entries: readonly Message[]): void {
      const found = new Map(entries.map((entry) => [entry.id, viewOf(entry)]));
      for (const writing of current()) {
        const { id, offset, isSettled, acked, shown } = writing;
        if (isSettled || offset === undefined) continue;
        const view = found.get(id);
        if (!view) {
          findings.violate("growing", `${id} was acknowledged at ${offset} and is gone`, "lost");
          continue;
        }
        compare("the log", writing, view);
        findings.add("growing messages looked up");
        if (view.sequence < acked)
          findings.violate(
            "growing",
            `${id}: append ${acked} was acknowledged, the log has ${view.sequence}`,
            "lost",
          );
        if (view.sequence < shown)
          findings.violate("growing", `${id}: append ${shown} was shown, the log has ${view.sequence}`);
        writing.isSettled = view.isDone && isComplete(writing);
        if (writing.isSettled) findings.add("growing messages whole");
      }
    },

    /** The messages whose end is acknowledged and that a reader's views lack, or lack the end of. */
    missing: (views: ReadonlyMap<string, View>): string[] =>
      current().flatMap((writing) =>
        isComplete(writing) && !views.get(writing.id)?.isDone ? [writing.id] : [],
      ),
  };
}
