/**
 * A peer of the benchmark and its start: a process pinned to the server's core that says on which port it listens, and
 * a cache folder for what has to be fetched or built once.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanEnv } from "../support/server.ts";
import type { DialectName } from "./dialects.ts";

/** The server's core; the load has the other one. */
export const SERVER_CORE = "0";
export const LOAD_CORE = "1";
const START_DEADLINE_MS = 20_000;

/** A server that is running. */
export interface RunningPeer {
  port: number;
  /** All of its processes. */
  pids: number[];
  /** Name and version of what it is made of. */
  version: string;
  stop(): Promise<void>;
}

/** A server to be measured. */
export interface Peer {
  /** The name for `--peers`. */
  name: string;
  /** The name in tables. */
  title: string;
  /** What its subscribers can speak. */
  dialects: { json: DialectName; plain?: DialectName; sse?: DialectName };
  /** Gets what it needs; resolves to the reason when that can't be had. */
  missing(): Promise<string | undefined>;
  start(env?: Record<string, string>): Promise<RunningPeer>;
}

/** Where packages and built peers are kept between runs. */
export const CACHE = join(import.meta.dir, "..", "..", "node_modules", ".cache", "kabar-bench");
const PEERS = join(import.meta.dir, "peers");

/** What runs now: ended with this process, however that ends. */
const running = new Set<number>();
process.on("exit", () => {
  for (const pid of running) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

/** Makes sure that a server does not outlive this process; returns the way to say that it has ended. */
export function guardProcess(pid: number): () => void {
  running.add(pid);
  return () => void running.delete(pid);
}

const run = (command: string[], cwd: string): { ok: boolean; output: string } => {
  try {
    const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd, stdout: "pipe", stderr: "pipe" });
    return { ok: exitCode === 0, output: `${stdout}${stderr}`.trim() };
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) };
  }
};

/** What a command prints, or undefined when it can't be run. */
export function outputOf(command: string[]): string | undefined {
  const { ok, output } = run(command, "/");
  return ok ? output : undefined;
}

/** Installs the peers' npm packages, once per lock file. Returns the reason when that fails. */
export function installPackages(): string | undefined {
  const lock = readFileSync(join(import.meta.dir, "package-lock.json"));
  const hash = createHash("sha256").update(lock).digest("hex");
  const stamp = join(CACHE, "node_modules", ".installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return undefined;
  mkdirSync(CACHE, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    cpSync(join(import.meta.dir, file), join(CACHE, file));
  const { ok, output } = run(["npm", "ci", "--no-audit", "--no-fund"], CACHE);
  if (!ok) return `npm ci failed: ${output.split("\n")[0]}`;
  writeFileSync(stamp, hash);
  return undefined;
}

/** The Go compiler: in the PATH, or where its installer puts it. */
const go = (): string | undefined =>
  ["go", "/usr/local/go/bin/go"].find((path) => outputOf([path, "version"]) !== undefined);

/** Builds a Go peer into the cache folder. Returns the reason when that fails. */
export function buildGo(name: string): string | undefined {
  const compiler = go();
  if (!compiler) return "Go is not on this machine";
  mkdirSync(CACHE, { recursive: true });
  const { ok, output } = run([compiler, "build", "-o", join(CACHE, name), "."], join(PEERS, name));
  return ok ? undefined : `it can't be built: ${output.split("\n").at(-1)}`;
}

/** Installs a Go program of a pinned version into the cache folder. Returns the reason when that fails. */
export function installGo(name: string, module: string, version: string): string | undefined {
  const stamp = join(CACHE, `${name}.version`);
  if (existsSync(join(CACHE, name)) && existsSync(stamp) && readFileSync(stamp, "utf8") === version)
    return undefined;
  const compiler = go();
  if (!compiler) return "Go is not on this machine";
  mkdirSync(CACHE, { recursive: true });
  console.log(`building ${name} ${version} (two minutes, once) …`);
  const { ok, output } = run(["env", `GOBIN=${CACHE}`, compiler, "install", `${module}@v${version}`], CACHE);
  if (!ok) return `it can't be built: ${output.split("\n").at(-1)}`;
  writeFileSync(stamp, version);
  return undefined;
}

/** The version of Go, in words. */
export const goVersion = (): string =>
  /go(\d\S*)/.exec(outputOf([go() ?? "go", "version"]) ?? "")?.[0]?.replace("go", "Go ") ?? "Go";

/** The processes that a process has started. */
export const childrenOf = (pid: number): number[] =>
  (outputOf(["cat", `/proc/${pid}/task/${pid}/children`]) ?? "").split(/\s+/).filter(Boolean).map(Number);

/**
 * Starts a server on its core and waits until it prints `listening <port>`, or what `ready` matches with the port as its
 * group. `env` is added to this process's environment.
 */
export async function startServer(
  command: string[],
  env: Record<string, string> = {},
  ready: RegExp = /listening (\d+)/,
): Promise<{ port: number; pid: number; stop(): Promise<void> }> {
  const child = Bun.spawn(["taskset", "-c", SERVER_CORE, ...command], {
    env: { ...cleanEnv(), ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const forget = guardProcess(child.pid);
  let output = "";
  const port = await new Promise<number>((resolve, reject) => {
    const collect = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
      for await (const bytes of stream) {
        output += Buffer.from(bytes).toString();
        const found = ready.exec(output);
        if (found) resolve(Number(found[1]));
      }
    };
    void collect(child.stdout);
    void collect(child.stderr);
    void child.exited.then((code) => reject(new Error(`ended with code ${code}: ${output}`)));
    setTimeout(() => reject(new Error(`did not listen in time: ${output}`)), START_DEADLINE_MS).unref();
  });
  return {
    port,
    pid: child.pid,
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
      forget();
    },
  };
}
