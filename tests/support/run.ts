/** Runs the program's command line to its end, with a folder as its working directory. */
import { join } from "node:path";
import { cleanEnv } from "./server.ts";

const ENTRY = join(import.meta.dir, "..", "..", "src", "server.ts");

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** A command that runs the program, for example to give it a small disk. */
  wrapper?: string[];
}

/** Starts the program with arguments and piped output. */
export const startRun = (args: string[], { env, cwd, wrapper = [] }: RunOptions = {}) =>
  Bun.spawn([...wrapper, process.execPath, ENTRY, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...cleanEnv(), PORT: "0", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });

/** Runs the program to its end. */
export async function run(args: string[], options: RunOptions = {}): Promise<Ran> {
  const child = startRun(args, options);
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}
