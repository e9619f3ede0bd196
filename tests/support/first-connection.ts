/** The time from the start of a process to the first connection that it takes. */
import { findFreePort, isListening } from "./ports.ts";
import { cleanEnv } from "./server.ts";

const DEADLINE_MS = 30_000;

/** Starts a server on a data folder, ends it after its first connection, and resolves to the milliseconds between. */
export async function timeFirstConnection(command: string[], dataDir: string): Promise<number> {
  const port = findFreePort();
  const at = performance.now();
  const child = Bun.spawn(command, {
    cwd: dataDir,
    env: { ...cleanEnv(), PORT: String(port), KABAR_DATA_DIR: dataDir, KABAR_LOG_LEVEL: "error" },
    stdout: "ignore",
    stderr: "ignore",
  });
  while (!(await isListening(port)) && performance.now() - at < DEADLINE_MS) await Bun.sleep(1);
  const took = performance.now() - at;
  child.kill("SIGTERM");
  await child.exited;
  return took;
}
