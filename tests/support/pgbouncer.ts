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

const settingsOf = (port: number, postgresPort: number): string => `[databases]
* = user=kabar host=127.0.0.1 port=${postgresPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
auth_file =
pool_mode = transaction
default_pool_size = 4
`;

/** Starts a pooler before a port; resolves to a function that gives a database's address through it. */
export async function startPgBouncer(postgresPort: number): Promise<(url: string) => string> {
  if (!pgbouncer) throw new Error("no PgBouncer on this machine (Debian: pgbouncer)");
  const folder = mkdtempSync(join(tmpdir(), "kabar-pgbouncer-"));
  chmodSync(folder, 0o755);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  for (let left = STARTS; ; left--) {
    const port = findFreePort();
    const file = join(folder, `${port}.ini`);
    writeFileSync(file, settingsOf(port, postgresPort));
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
    afterAll(async () => {
      program.kill("SIGKILL");
      await program.exited;
    });
    return (url) => url.replace(/:\d+\//, `:${port}/`);
  }
}
