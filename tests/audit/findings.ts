/**
 * Findings of an audit: a counter for everything that happened, and for each clause of the promise the sentences that
 * say how it was broken. Pure; the ledger and the streams write into it, the report reads it.
 */

/** The clauses, in the order in which they are printed. */
export const CLAUSES = {
  "one-entry": "a position names one entry",
  contiguous: "offsets have no holes",
  acked: "acknowledged is stored",
  "stored-first": "shown is stored",
  "one-offset": "one id, one offset",
  handed: "each once, in order",
  fork: "a fork is a gap",
  gaps: "said gaps are exact",
  growing: "growing texts are whole",
  "goes-on": "deliveries go on",
  process: "the server stays up",
} as const;

export type Clause = keyof typeof CLAUSES;

/** What went wrong, in the words of the promise. */
export type Wrong = "lost" | "doubled" | "reordered" | "unsaid";

/** Sentences kept of each clause: enough to see the pattern, not the flood. */
const KEPT_SENTENCES = 5;

export type Findings = ReturnType<typeof createFindings>;

/** Makes an empty set. */
export function createFindings() {
  const counts = new Map<string, number>();
  const broken = new Map<Clause, { times: number; sentences: string[] }>();
  const wrong: Record<Wrong, number> = { lost: 0, doubled: 0, reordered: 0, unsaid: 0 };

  return {
    /** Counts something that happened. */
    add(name: string, times = 1): void {
      counts.set(name, (counts.get(name) ?? 0) + times);
    },
    /** Notes how many milliseconds something took; the longest counts. */
    longest(name: string, ms: number): void {
      counts.set(name, Math.max(counts.get(name) ?? 0, Math.ceil(ms)));
    },
    count: (name: string): number => counts.get(name) ?? 0,
    counts: (): Record<string, number> => Object.fromEntries([...counts].sort()),

    /** Notes that a clause is broken; `kind` is what became of `times` messages, where it is one of the four. */
    violate(clause: Clause, sentence: string, kind?: Wrong, times = 1): void {
      const row = broken.get(clause) ?? { times: 0, sentences: [] };
      broken.set(clause, row);
      row.times += times;
      if (row.sentences.length < KEPT_SENTENCES) row.sentences.push(sentence);
      if (kind) wrong[kind] += times;
    },
    /** How often a clause was broken, and the first sentences. */
    broken: (clause: Clause): { times: number; sentences: readonly string[] } =>
      broken.get(clause) ?? { times: 0, sentences: [] },
    wrong: (): Readonly<Record<Wrong, number>> => wrong,
    isClean: (): boolean => broken.size === 0,
  };
}
