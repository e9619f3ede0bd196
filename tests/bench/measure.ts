/** One measurement: a fresh server on its core, a fresh load process on the other, one job, its figures. */
import { join } from "node:path";
import type { Figures, Job } from "./jobs.ts";
import { LOAD_CORE, type Peer } from "./peer.ts";

const LOAD = join(import.meta.dir, "load.ts");

/** A job without the server's whereabouts: those are filled in when it runs. */
export type JobPlan = Job extends infer J ? (J extends Job ? Omit<J, "port" | "pids"> : never) : never;

/** Runs a job in a load process against a server that is running. */
export async function runJob(job: Job): Promise<Figures> {
  const child = Bun.spawn(["taskset", "-c", LOAD_CORE, process.execPath, LOAD, JSON.stringify(job)], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [answer, complaint, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(complaint.trim() || `the load process ended with code ${code}`);
  return JSON.parse(answer) as Figures;
}

/** Starts a peer, runs a job against it, stops it. */
export async function measurePeer(
  peer: Peer,
  plan: JobPlan,
  env?: Record<string, string>,
): Promise<{ figures: Figures; version: string }> {
  const server = await peer.start(env);
  try {
    const figures = await runJob({ ...plan, port: server.port, pids: server.pids } as Job);
    return { figures, version: server.version };
  } finally {
    await server.stop();
  }
}
