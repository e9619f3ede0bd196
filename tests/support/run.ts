/** Runs the program's command line to its end, with a folder as its working directory. */
import { CHECKOUT, cleanEnv } from "./server.ts";

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** The command of the program; default: the checkout's. */
  program?: string[];
  /** A command that runs the program, for example to give it a small disk. */
  wrapper?: string[];
}

/** Starts the program with arguments and piped output. */
export const startRun = (args: string[], { env, cwd, program = CHECKOUT, wrapper = [] }: RunOptions = {}) =>
  Bun.spawn([...wrapper, ...program, ...args], {
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
