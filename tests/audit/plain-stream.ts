/**
 * One plain-mode connection held against the promise. Lines carry no offsets, so they are kept until the log's history
 * is known, and must then turn out to be a run of offsets without a hole. Pure.
 */
import type { Findings } from "./findings.ts";
import type { Ledger } from "./ledger.ts";

const GONE = /^! Messages (\d+) to (\d+) are no longer retained\.$/;

const textOf = (line: string): string => line.slice(line.indexOf(": ") + 2);

export type PlainStream = ReturnType<typeof createPlainStream>;

/** Makes the check for one connection. */
export function createPlainStream(ledger: Ledger, findings: Findings, reader: string, topic: string) {
  const who = `${reader} in ${topic}`;
  const era = ledger.era();
  let lines: string[] = [];
  /** Where the last line may be; several places when retention made room for a repeat. Empty: nowhere yet. */
  let places: readonly number[] = [];
  findings.add("subscriptions");

  function place(line: string): void {
    const gone = GONE.exec(line);
    if (gone) {
      places = [Number(gone[2])];
      return;
    }
    if (line.startsWith("! ")) return;
    const found = ledger.offsetsOf(topic, era, textOf(line));
    if (found.length === 0) {
      // Trimmed before anybody saw where it was: the next line begins anew.
      const isTrimmed = ledger.first(topic) > 1;
      if (!isTrimmed)
        findings.violate("stored-first", `${who}: was shown what is not stored: ${line.slice(0, 80)}`);
      places = [];
      return;
    }
    findings.add("handed");
    const next = places.length === 0 ? found : found.filter((offset) => places.includes(offset - 1));
    if (next.length > 0) {
      places = next;
      return;
    }
    if (places.some((at) => at + 1 < ledger.first(topic) && !ledger.isSeen(topic, era, at + 1))) {
      // Trimmed before anybody saw where it was, and stored again later: retention had freed its id.
      places = [];
      return;
    }
    const position = places.at(-1) ?? 0;
    const offset = found.find((each) => each > position);
    if (offset === undefined) {
      findings.violate("handed", `${who}: ${found[0]} came after ${position}`, "doubled");
      return;
    }
    const lost = offset - position - 1;
    findings.violate("handed", `${who}: ${offset} came after ${position}, nothing said`, "lost", lost);
    places = [offset];
  }

  return {
    line(text: string): void {
      lines.push(text);
    },
    /** Everything handed over so far is in the ledger now: puts the lines in their places. */
    settle(): void {
      for (const line of lines) place(line);
      lines = [];
    },
    /** Whether the last line handed over is the one at the top; so is a connection that was handed none. */
    isAt(top: number): boolean {
      const last = lines.findLast((line) => !line.startsWith("! "));
      if (last === undefined) return places.length === 0 || places.includes(top);
      return ledger.offsetsOf(topic, era, textOf(last)).includes(top);
    },
    /** At the end, a connection that was handed anything must have been handed the last one. */
    finish(top: number): void {
      const position = places.at(-1);
      if (position !== undefined && !places.includes(top)) {
        findings.violate(
          "handed",
          `${who}: ends at ${position}, the top is ${top}`,
          "lost",
          Math.max(1, top - position),
        );
      }
    },
  };
}
