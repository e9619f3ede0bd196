/** Free ports for servers under test, and the wait until a program listens on its port. */
import { connect } from "node:net";

/** Below the range from which systems give ports to outgoing connections and to servers that ask for any. */
const [FIRST, LAST] = [20_000, 32_000];
/** Guards against a hang. */
const START_DEADLINE_MS = 10_000;

/**
 * A port that nobody has just now, by chance. Nobody is given it by the system while its server is down, so that a server
 * which ends can come back on it.
 */
export function findFreePort(): number {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
      return port;
    } catch (error) {
      if (Reflect.get(error as object, "code") !== "EADDRINUSE") throw error;
    }
  }
}

/** Whether a program listens on a port of this machine. */
export const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(port, "127.0.0.1");
    probe.once("connect", () => resolve(true));
    probe.once("error", () => resolve(false));
    probe.once("close", () => resolve(false));
    probe.once("connect", () => probe.destroy());
  });

/** Waits until a program that was just started listens on its port. */
export async function untilListening(name: string, program: Bun.Subprocess, port: number): Promise<void> {
  const until = performance.now() + START_DEADLINE_MS;
  while (!(await isListening(port))) {
    if (program.exitCode !== null) throw new Error(`${name} ended with ${program.exitCode}`);
    if (performance.now() > until) throw new Error(`${name} did not listen`);
    await Bun.sleep(10);
  }
}
