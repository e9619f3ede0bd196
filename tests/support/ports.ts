/** Free ports for servers under test. */

/** Below the range from which systems give ports to outgoing connections and to servers that ask for any. */
const [FIRST, LAST] = [20_000, 32_000];

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
