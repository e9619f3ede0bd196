/** An audit's findings as lines for people and as JSON: one line a clause, with the counts behind it and a verdict. */
import { CLAUSES, type Clause, type Findings } from "./findings.ts";

const whole = new Intl.NumberFormat("en-US");

/** The counts behind each clause, in words. */
function describe(findings: Findings, clause: Clause): string {
  const n = (name: string) => whole.format(findings.count(name));
  const hasNodes = findings.count("troubles of the database") > 0;
  const isForked = findings.count("forks of the database") > 0;
  switch (clause) {
    case "one-entry":
      return `${n("positions")} positions, compared in ${n("sightings")} sightings`;
    case "contiguous":
      return `${n("history entries")} entries read back from 1 to the top, in ${n("looks")} looks ${hasNodes ? "while nobody was connected" : "after a stop"}`;
    case "acked":
      return (
        `${n("acks")} acks, ${n("acks found stored")} messages found at their offset after ${n("kills")} kills, ` +
        `${n("acks trimmed before a look")} gone by retention before a look`
      );
    case "stored-first":
      return `${n("shown found stored")} shown entries found stored after a stop, ${n("shown looked up at once")} looked up at once`;
    case "one-offset":
      return (
        `${n("sent again after a loss")} sent again after a loss, ${n("sent twice on purpose")} twice on purpose, ` +
        `${n("acks of repeats")} acks of repeats, ${n("ids with another text")} ids with another text refused`
      );
    case "handed":
      return (
        `${n("handed")} deliveries on ${n("connections")} connections, ${n("resumes")} resumes, ` +
        `${n("sockets overlapped")} sockets overlapped, ${n("connections the server ended")} cut off as too slow; ` +
        `${n("event sources opened")} by EventSource (${n("event sources resumed")} resumed by Last-Event-ID or cursor, ` +
        `${n("event sources ended for good")} refused for good), ${n("streamed sessions")} streamed sessions; ` +
        `nginx: ${n("nginx restarts")} restarts, ${n("nginx reloads")} reloads; ` +
        `network: ${n("connections cut")} cut, ${n("connections sever")} cut in the middle of an answer, ${n("connections stall")} stalled, ${n("connections throttle")} throttled, ` +
        `${n("connections swallow")} replies swallowed, ${n("connections ghost")} left half open`
      );
    case "fork":
      return (
        `${n("restores")} ${isForked ? "standbys promoted without what was acknowledged last" : "backups restored"}, ${n("acks the restores took back")} acked messages gone with them, ` +
        `${n("resumes across a restore")} cursors beyond, ${n("gaps of forks")} told so` +
        `${findings.count("forks said as trimmed") ? `, ${n("forks said as trimmed")} told "trimmed"` : ""}`
      );
    case "gaps":
      return (
        `${n("gaps trimmed")} by retention while away, ${n("gaps trimmed while catching up")} while catching up ` +
        `(${n("offsets said trimmed")} offsets), ${n("gaps of forks")} by ${isForked ? "forks" : "restores"}`
      );
    case "growing":
      return (
        `${n("growing messages")} messages grew by ${n("appends acked")} appends (${n("appends sent again")} sent again after a loss, ${n("appends acked as repeats")} acks of repeats), ` +
        `${n("growing messages looked up")} looked up after a stop; ${n("growing texts compared")} texts of readers compared, ` +
        `${n("appends shown")} appends shown live, ${n("appends missed until the end")} left to the end`
      );
    case "goes-on":
      return (
        `${n("database crashes")} crashes of the database (${n("unready nodes")} nodes found not ready meanwhile), ` +
        `connections terminated: ${n("terminated append")} of appends, ${n("terminated tail")} of tails, ${n("terminated listen")} that listen, ${n("terminated other")} others; ` +
        `${n("black holes, connections kept")} black holes with connections kept, ${n("black holes, connections lost")} with connections lost; ${n("standbys promoted")} standbys promoted; ` +
        `messages arrived at every node again within 2 s after ${n("troubles that were over at once")} of ${n("troubles of the database")}, at the latest after ${n("until deliveries went on")} ms; ` +
        `${n("users of killed nodes")} users of killed nodes left the other nodes' lists`
      );
    case "process":
      return `${n("kills")} kills, ${n("deploys")} graceful restarts, ${n("starts")} starts, no other end`;
  }
}

const PAD = Math.max(...Object.values(CLAUSES).map((title) => title.length));

/** The clauses of this audit: one server has no database that can be away. */
const clausesOf = (findings: Findings): Clause[] =>
  (Object.keys(CLAUSES) as Clause[]).filter(
    (clause) =>
      clause !== "goes-on" ||
      findings.count("troubles of the database") > 0 ||
      findings.broken(clause).times > 0,
  );

/** One line a clause; broken ones with the first sentences below. */
export function reportLines(findings: Findings): string[] {
  const lines = clausesOf(findings).flatMap((clause) => {
    const { times, sentences } = findings.broken(clause);
    const verdict = times === 0 ? "kept  " : "BROKEN";
    const row = `${verdict}  ${CLAUSES[clause].padEnd(PAD)}  ${describe(findings, clause)}`;
    return times === 0
      ? [row]
      : [`${row}: ${whole.format(times)} times`, ...sentences.map((s) => `        ${s}`)];
  });
  const { lost, doubled, reordered, unsaid } = findings.wrong();
  lines.push(
    `\n${findings.isClean() ? "kept" : "BROKEN"}: lost ${lost}, doubled ${doubled}, reordered ${reordered}, unsaid ${unsaid}`,
  );
  return lines;
}

/** The same for programs. */
export function reportJson(findings: Findings, run: object): object {
  const clauses = Object.fromEntries(
    (Object.keys(CLAUSES) as Clause[]).map((clause) => [clause, findings.broken(clause)]),
  );
  return { kept: findings.isClean(), ...findings.wrong(), ...run, clauses, counts: findings.counts() };
}
