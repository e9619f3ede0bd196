/**
 * The load process: one job, given as JSON in its only argument, one line of JSON as its answer. A process of its own for
 * every measurement, so that each begins with the same machine code and an empty heap.
 */
import { runAcks } from "./acks.ts";
import { runResume, runStorm } from "./crowds.ts";
import { runFanout } from "./fanout.ts";
import { runHop } from "./hops.ts";
import type { Figures, Job } from "./jobs.ts";
import { runPages } from "./pages.ts";
import { runIdle, runSilence } from "./quiet.ts";

const RUNNERS: { [K in Job["kind"]]: (job: Extract<Job, { kind: K }>) => Promise<Figures> } = {
  fanout: runFanout,
  hop: runHop,
  acks: runAcks,
  silence: runSilence,
  idle: runIdle,
  storm: runStorm,
  resume: runResume,
  pages: runPages,
};

const job = JSON.parse(process.argv[2] ?? "{}") as Job;
try {
  const figures = await RUNNERS[job.kind](job as never);
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`load: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
