/**
 * A real Kabar process for a test: free port, temporary folder, loopback. Stops by SIGTERM, dies by SIGKILL, comes back
 * on the same port and folder.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "./ports.ts";

/** The command of the program as a checkout runs it. */
export const CHECKOUT = [process.execPath, join(import.meta.dir, "..", "..", "src", "server.ts")];
const START_DEADLINE_MS = 30_000;
/** For so long another program may hold the port that a server wants. */
const PORT_DEADLINE_MS = 10_000;
export const OPERATOR_KEY = "operator-key-for-tests";

export interface StartOptions {
  /** Settings as environment variables, for example `{ KABAR_TOPICS: "lobby help" }`. */
  env?: Record<string, string>;
  port?: number;
  dataDir?: string;
  /** The command of the program; default: the checkout's. */
  program?: string[];
  /** A command that runs the server, for example to give it a small disk. */
  wrapper?: (dataDir: string) => string[];
}

export interface RunningKabar {
  url: string;
  port: number;
  dataDir: string;
  operatorKey: string;
  /** Standard output and error so far. */
  output(): string;
  /** The running process's id. */
  pid(): number;
  /** SIGTERM; resolves to the exit code. The folder goes, if it was made here. */
  stop(): Promise<number>;
  /** SIGKILL. Port and folder stay for `restart`. */
  kill(): Promise<void>;
  /** SIGTERM unless it is dead already, then the same port and folder again. */
  restart(): Promise<void>;
}

/** Limits of a test's server: many fast guests from one address. */
const ROOMY = {
  KABAR_SESSION_PUBLISH_RATE: "10000",
  KABAR_SESSION_PUBLISH_BURST: "10000",
  KABAR_ADDRESS_PUBLISH_RATE: "100000",
  KABAR_ADDRESS_PUBLISH_BURST: "100000",
  KABAR_SESSION_COMMAND_RATE: "10000",
  KABAR_SESSION_COMMAND_BURST: "10000",
  KABAR_ADDRESS_GUESS_RATE: "100000",
  KABAR_ADDRESS_GUESS_BURST: "100000",
  KABAR_ADDRESS_READ_RATE: "100000",
  KABAR_ADDRESS_READ_BURST: "100000",
  KABAR_ADDRESS_FILE_RATE: "100000",
  KABAR_ADDRESS_FILE_BURST: "100000",
  KABAR_USER_PUBLISH_RATE: "100000",
  KABAR_USER_PUBLISH_BURST: "100000",
  KABAR_HOOK_IN_RATE: "10000",
  KABAR_HOOK_IN_BURST: "10000",
  KABAR_TOPIC_PUBLISH_RATE: "100000",
  KABAR_TOPIC_PUBLISH_BURST: "100000",
  KABAR_JOIN_RATE: "100000",
  KABAR_JOIN_BURST: "100000",
  KABAR_ADDRESS_JOIN_RATE: "100000",
  KABAR_ADDRESS_JOIN_BURST: "100000",
  KABAR_MAX_SESSIONS_PER_ADDRESS: "100000",
  KABAR_ADDRESS_NEW_TOPICS: "100000",
};

/** The environment without what the caller's shell says about Kabar. */
export function cleanEnv(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("KABAR_") && name !== "PORT" && name !== "HOST",
  );
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** Starts a server and waits until it listens. */
export async function startKabar(options: StartOptions = {}): Promise<RunningKabar> {
  const ownsFolder = options.dataDir === undefined;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "kabar-test-"));
  let port = options.port ?? findFreePort();
  let output = "";
  let child = await launch();

  async function launch() {
    const until = performance.now() + PORT_DEADLINE_MS;
    for (;;) {
      try {
        return await tryLaunch();
      } catch (error) {
        if (!output.includes("the port is in use") || performance.now() > until) throw error;
        await Bun.sleep(100);
      }
    }
  }

  async function tryLaunch() {
    const started = Bun.spawn([...(options.wrapper?.(dataDir) ?? []), ...(options.program ?? CHECKOUT)], {
      cwd: dataDir,
      env: {
        ...cleanEnv(),
        ...ROOMY,
        PORT: String(port),
        KABAR_DATA_DIR: dataDir,
        KABAR_OPERATOR_KEY: OPERATOR_KEY,
        KABAR_LOG_LEVEL: "warn",
        KABAR_DRAIN_WINDOW_MS: "0",
        ...options.env,
      },
      stdout: "pipe",
      stderr: "pipe",
    });
    let announce: (port: number) => void = () => {};
    const listening = new Promise<number>((resolve) => (announce = resolve));
    const collect = async (stream: ReadableStream<Uint8Array>) => {
      const decoder = new TextDecoder();
      for await (const bytes of stream) {
        output += decoder.decode(bytes, { stream: true });
        const found = /listening on (\S+)\n/.exec(output.slice(output.lastIndexOf("Kabar is")));
        // A public address says nothing of the port.
        const isPublic = options.env?.KABAR_PUBLIC_URL !== undefined;
        if (found) announce(isPublic ? port : Number(new URL(found[1] ?? "").port));
      }
    };
    output = "";
    const collected = Promise.all([collect(started.stdout), collect(started.stderr)]);
    const died = started.exited.then(async (code) => {
      await collected; // what it said last comes after its end
      throw new Error(`the server ended with code ${code} before it listened:\n${output}`);
    });
    const late = Bun.sleep(START_DEADLINE_MS).then(() => {
      throw new Error(`the server did not listen within ${START_DEADLINE_MS} ms:\n${output}`);
    });
    late.catch(() => {});
    died.catch(() => {});
    try {
      port = await Promise.race([listening, died, late]);
    } catch (error) {
      // Nobody else knows of this process: it would go on after the test.
      started.kill("SIGKILL");
      throw error;
    }
    return started;
  }

  async function end(signal: "SIGTERM" | "SIGKILL"): Promise<number> {
    if (child.exitCode === null) child.kill(signal);
    return child.exited;
  }

  return {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get port() {
      return port;
    },
    dataDir,
    operatorKey: OPERATOR_KEY,
    output: () => output,
    pid: () => child.pid,
    async stop() {
      const code = await end("SIGTERM");
      if (ownsFolder) rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
    async kill() {
      await end("SIGKILL");
    },
    async restart() {
      await end("SIGTERM");
      child = await launch();
    },
  };
}
