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

/** Starts a pooler before a port; resolves to a function that gives a database's address through it. */
export async function startPgBouncer(postgresPort: number): Promise<(url: string) => string> {
  if (!pgbouncer) throw new Error("no PgBouncer on this machine (Debian: pgbouncer)");
  const folder = mkdtempSync(join(tmpdir(), "kabar-pgbouncer-"));
  chmodSync(folder, 0o755);
  const port = findFreePort();
  const file = join(folder, "pgbouncer.ini");
  writeFileSync(
    file,
    `[databases]
* = host=127.0.0.1 port=${postgresPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
auth_file =
pool_mode = transaction
default_pool_size = 4
`.replace("* = host", "* = user=kabar host"),
  );
  const program = Bun.spawn(asPostgresUser([pgbouncer, file]), { stdout: "ignore", stderr: "ignore" });
  await untilListening("PgBouncer", program, port);
  afterAll(async () => {
    program.kill("SIGKILL");
    await program.exited;
    rmSync(folder, { recursive: true, force: true });
  });
  return (url) => url.replace(/:\d+\//, `:${port}/`);
}
