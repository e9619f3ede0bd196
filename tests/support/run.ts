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
  /** What the program reads from standard input; default: nothing. */
  input?: string;
}

/** Starts the program with arguments and piped output. */
export const startRun = (
  args: string[],
  { env, cwd, program = CHECKOUT, wrapper = [], input }: RunOptions = {},
) =>
  Bun.spawn([...wrapper, ...program, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...cleanEnv(), PORT: "0", ...env },
    stdin: input === undefined ? "ignore" : Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
  });

/** Resolves to the exit code and the output of a process that was just started. */
export async function collect(child: Bun.Subprocess<Bun.Spawn.Writable, "pipe", "pipe">): Promise<Ran> {
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}

/** Runs the program to its end. */
export const run = (args: string[], options: RunOptions = {}): Promise<Ran> =>
  collect(startRun(args, options));

/** Runs any command to its end. Throws when it fails; resolves to its output. */
export async function ask(command: readonly string[]): Promise<string> {
  const { code, out, err } = await collect(
    Bun.spawn([...command], { stdin: "ignore", stdout: "pipe", stderr: "pipe" }),
  );
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${err}`);
  return out.trim();
}
