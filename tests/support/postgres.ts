/**
 * A PostgreSQL for a test: its own cluster in a temporary folder, on loopback and a free port, with fsync on. PostgreSQL
 * refuses root, so as root it runs as the user `postgres`. Stops by process id.
 */
import { afterAll } from "bun:test";
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { findFreePort } from "./ports.ts";
import { until } from "./until.ts";

/** The folder with `initdb` and `pg_ctl`: of Debian's newest package, or on the PATH. Undefined when there is none. */
export const postgresBin: string | undefined = findBin();

function findBin(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((v) => join(debian, v, "bin")).find((dir) => existsSync(join(dir, "initdb")));
  const onPath = Bun.which("initdb");
  return found ?? (onPath === null ? undefined : join(onPath, ".."));
}

const isRoot = process.getuid?.() === 0;

/** A command as a user that PostgreSQL accepts. */
export const asPostgresUser = (command: string[]): string[] =>
  isRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", ...command] : command;

async function run(command: string[]): Promise<void> {
  const child = Bun.spawn(asPostgresUser(command), {
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
  const [code, out, err] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${out}${err}`);
}

export interface RunningPostgres {
  port: number;
  dataDir: string;
  /** Makes an empty database and returns its address. */
  createDatabase(options?: string): Promise<string>;
  /** Runs statements as the superuser, in a database's address or in `postgres`. */
  query<T = Record<string, unknown>>(text: string, url?: string): Promise<T[]>;
  /** Sets a line of the configuration, and waits until it is in force. */
  configure(name: string, value: string): Promise<void>;
  /** Stops it: `immediate` is a crash. */
  stop(mode?: "fast" | "immediate"): Promise<void>;
  start(): Promise<void>;
  restart(mode?: "fast" | "immediate"): Promise<void>;
  /** Makes a standby the primary. */
  promote(): Promise<void>;
  /** Stops it like a crash, and removes its folder. */
  remove(): Promise<void>;
  /** The same, without waiting. */
  abandon(): void;
}

export interface PostgresOptions {
  /** Lines of postgresql.conf. */
  settings?: Record<string, string>;
  /** Lines of pg_hba.conf, before those that trust everybody. */
  access?: readonly string[];
  /** Whether its caller removes it; otherwise it goes when the test file is done. */
  isKept?: boolean;
}

/** Makes a folder that belongs to the user that PostgreSQL runs as, and goes when the test file is done. */
function createOwnFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "kabar-postgres-"));
  if (isRoot) {
    const [, , uid, gid] = /^postgres:([^:]*):(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8")) ?? [];
    chownSync(folder, Number(uid), Number(gid));
  }
  return folder;
}

const bin = (name: string): string => join(postgresBin ?? "", name);

/** Runs the cluster of a data folder. */
async function runCluster(
  folder: string,
  { settings = {}, isKept = false }: PostgresOptions,
): Promise<RunningPostgres> {
  const dataDir = join(folder, "data");
  const pidFile = join(dataDir, "postmaster.pid");
  const port = findFreePort();
  const options = {
    port: `${port}`,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: folder,
    ...settings,
  };
  const flags = Object.entries(options)
    .map(([name, value]) => `-c ${name}='${value}'`)
    .join(" ");
  const start = () =>
    run([bin("pg_ctl"), "-D", dataDir, "-w", "-l", join(folder, "log"), "-o", flags, "start"]);
  const stop = (mode = "fast") => run([bin("pg_ctl"), "-D", dataDir, "-w", "-m", mode, "stop"]);
  await start();
  const urlOf = (database: string) => `postgres://kabar@127.0.0.1:${port}/${database}`;

  async function query<T>(text: string, url = urlOf("postgres")): Promise<T[]> {
    const sql = new SQL(url, { max: 1, connectionTimeout: 5 });
    try {
      return (await sql.unsafe(text)) as T[];
    } finally {
      await sql.close({ timeout: 1 });
    }
  }
  let made = 0;
  async function remove(): Promise<void> {
    await stop("immediate").catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
  if (!isKept) afterAll(remove);
  return {
    port,
    dataDir,
    query,
    async createDatabase(options = "") {
      const name = `kabar_${++made}`;
      await query(`CREATE DATABASE ${name} ${options}`);
      return urlOf(name);
    },
    async configure(name, value) {
      await query(`ALTER SYSTEM SET ${name} = '${value}'`);
      await query("SELECT pg_reload_conf()");
      await until(`${name} in force`, async () => {
        const [row] = await query<{ setting: string }>(`SHOW ${name}`);
        return row && Object.values(row)[0] === value;
      });
    },
    stop,
    start,
    async restart(mode) {
      await stop(mode);
      await start();
    },
    promote: () => run([bin("pg_ctl"), "-D", dataDir, "-w", "promote"]),
    remove,
    abandon() {
      const [pid] = existsSync(pidFile) ? readFileSync(pidFile, "utf8").split("\n") : [];
      // SIGQUIT is PostgreSQL's immediate shutdown.
      if (pid) process.kill(Number(pid), "SIGQUIT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a cluster; it stops and its folder goes when the test file is done. */
export async function startPostgres(options: PostgresOptions = {}): Promise<RunningPostgres> {
  const { access = [] } = options;
  if (!postgresBin) throw new Error("no PostgreSQL on this machine (Debian: postgresql)");
  const folder = createOwnFolder();
  const dataDir = join(folder, "data");
  await run([bin("initdb"), "-D", dataDir, "-U", "kabar", "--auth=trust", "--encoding=UTF8", "--no-sync"]);
  const rules = join(dataDir, "pg_hba.conf");
  if (access.length > 0) writeFileSync(rules, `${access.join("\n")}\n${readFileSync(rules, "utf8")}`);
  return runCluster(folder, options);
}

/** Starts a standby of a running cluster that streams from it. */
export async function startStandby(
  primary: RunningPostgres,
  options: PostgresOptions = {},
): Promise<RunningPostgres> {
  const folder = createOwnFolder();
  const from = ["-h", "127.0.0.1", "-p", `${primary.port}`, "-U", "kabar"];
  await run([
    bin("pg_basebackup"),
    ...from,
    "-D",
    join(folder, "data"),
    "-R",
    "--checkpoint=fast",
    "--no-sync",
  ]);
  return runCluster(folder, options);
}
