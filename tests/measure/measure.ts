/**
 * `bun run measure [slow-readers] [resume] [drain] [big-log] [topics] [reads] [start] [widget] [day] [--messages N] [--topics N]`: the figures of docs/DELIVERY.md, and of the
 * widget in docs/BENCHMARKS.md. Without names it runs all. Figures are for people: nothing here passes or fails.
 */
import { parseArgs } from "node:util";
import { measureBigLog } from "./big-log.ts";
import { measureDay } from "./day.ts";
import { measureDrain } from "./drain.ts";
import { measureReadMarks } from "./read-marks.ts";
import { measureResume } from "./resume.ts";
import { measureSlowReaders } from "./slow-readers.ts";
import { measureStarts } from "./start.ts";
import { measureTopics } from "./topics.ts";
import { measureWidget } from "./widget.ts";

const { values, positionals } = parseArgs({
  options: {
    messages: { type: "string", default: "10000000" },
    topics: { type: "string", default: "100000" },
  },
  allowPositionals: true,
});
const messages = Number(values.messages);
const topics = Number(values.topics);

const MEASUREMENTS: Record<string, () => Promise<void>> = {
  "slow-readers": measureSlowReaders,
  resume: measureResume,
  drain: measureDrain,
  "big-log": () => measureBigLog(messages),
  topics: () => measureTopics(topics),
  reads: measureReadMarks,
  start: measureStarts,
  widget: measureWidget,
  day: measureDay,
};

const unknown = positionals.find((name) => !Object.hasOwn(MEASUREMENTS, name));
const isWrong =
  !Number.isInteger(messages) || messages < 100_000 || !Number.isInteger(topics) || topics < 100;
if (unknown !== undefined || isWrong) {
  console.error(
    `measure: takes ${Object.keys(MEASUREMENTS).join(", ")}, --messages N (100000 or more) and --topics N (100 or more).`,
  );
  process.exit(2);
}
for (const name of positionals.length > 0 ? positionals : Object.keys(MEASUREMENTS))
  await MEASUREMENTS[name]?.();
process.exit(0);
