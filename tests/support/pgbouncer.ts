/** A PgBouncer in transaction mode before a PostgreSQL under test, on loopback and a free port. Stops by process id. */
import { afterAll } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort, untilListening } from "./ports.ts";
import { asPostgresUser } from "./postgres.ts";

/** The program: on the PATH, or where Debian puts it. */
export const pgbouncer: string | undefined =
  Bun.which("pgbouncer") ?? ["/usr/sbin/pgbouncer"].find((path) => existsSync(path));

/** Another program may take the chosen port between the look and the start. */
const STARTS = 3;

const settingsOf = (port: number, postgresPort: number, poolSize: number): string => `[databases]
* = user=kabar host=127.0.0.1 port=${postgresPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
auth_file =
pool_mode = transaction
default_pool_size = ${poolSize}
server_login_retry = 1
`;

export interface RunningPgBouncer {
  /** A database's address through the pooler. */
  urlOf(url: string): string;
  stop(): Promise<void>;
}

/** Starts a pooler before a port. `poolSize` is the number of the server's connections for each database. */
export async function runPgBouncer(postgresPort: number, poolSize: number): Promise<RunningPgBouncer> {
  if (!pgbouncer) throw new Error("no PgBouncer on this machine (Debian: pgbouncer)");
  const folder = mkdtempSync(join(tmpdir(), "kabar-pgbouncer-"));
  chmodSync(folder, 0o755);
  for (let left = STARTS; ; left--) {
    const port = findFreePort();
    const file = join(folder, `${port}.ini`);
    writeFileSync(file, settingsOf(port, postgresPort, poolSize));
    // Another test of this process may have narrowed the rights of new files.
    chmodSync(file, 0o644);
    const program = Bun.spawn(asPostgresUser([pgbouncer, file]), { stdout: "ignore", stderr: "pipe" });
    const said = new Response(program.stderr).text();
    try {
      await untilListening("PgBouncer", program, port);
    } catch (error) {
      program.kill("SIGKILL");
      if (left > 1) continue;
      throw new Error(`${error}: ${(await said).slice(-500)}`);
    }
    return {
      urlOf: (url) => url.replace(/:\d+\//, `:${port}/`),
      async stop() {
        program.kill("SIGKILL");
        await program.exited;
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }
}

/** Starts a pooler before a port for the tests of a file; resolves to a function that gives a database's address through it. */
export async function startPgBouncer(postgresPort: number): Promise<(url: string) => string> {
  const { urlOf, stop } = await runPgBouncer(postgresPort, 4);
  afterAll(stop);
  return urlOf;
}
