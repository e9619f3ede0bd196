/** Starts of the checkout and of the executable, in turns. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildExecutable } from "../support/executable.ts";
import { timeFirstConnection } from "../support/first-connection.ts";
import { CHECKOUT } from "../support/server.ts";
import { percentile, printTable } from "./figures.ts";

const STARTS = 20;

/** Runs the measurement and prints its table. */
export async function measureStarts(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "kabar-measure-"));
  const programs = { checkout: CHECKOUT, executable: [await buildExecutable(folder)] };
  const times: Record<keyof typeof programs, number[]> = { checkout: [], executable: [] };
  const names = ["checkout", "executable"] as const;
  // The first starts put the widget into the folder.
  for (const name of names) await timeFirstConnection(programs[name], folder);
  for (let i = 0; i < STARTS; i++)
    for (const name of names) times[name].push(await timeFirstConnection(programs[name], folder));
  rmSync(folder, { recursive: true, force: true });
  printTable(
    `From the start of the process to the first connection, ${STARTS} starts each, fastest / median / slowest`,
    names.map((name) => [
      name,
      [0, 0.5, 1].map((share) => `${Math.round(percentile(times[name], share))} ms`).join(" / "),
    ]),
  );
}
