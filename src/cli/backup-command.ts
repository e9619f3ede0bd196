/**
 * The command `backup`: copies the log of the data folder into a file, once or again and again, while a server serves or none
 * runs. Old backups of a folder are removed by number.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Config } from "../config.ts";
import { StartError } from "../errors.ts";
import { BackupFailed, type BackupProgress, createBackup, requireRoom, showBytes } from "../log/backup.ts";
import { DATED_BACKUP, noteBackup } from "../log/backup-notes.ts";
import { describeFailure } from "../log/sqlite-failure.ts";
import { wholeNumber } from "../parsing.ts";
import { ConfigError } from "../topic-rules.ts";
import { createProgressLine, percentOf, plural, type ProgressLine } from "./progress.ts";

const USAGE = "usage: backup FILE  |  backup FOLDER [--every 24h] [--keep 7]";
const UNITS_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
/** The longest delay of one timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const KEEP = wholeNumber(1, 10_000);

/** How PostgreSQL is backed up instead. */
export const POSTGRES_BACKUP =
  "the log is in PostgreSQL, which has tools of its own: `pg_dump --format=custom --file=kabar.dump ADDRESS` for each database, and `pg_restore` into an empty one while no server runs; docs/OPERATIONS.md has more.";

interface Wish {
  path: string;
  /** Whether backups get dated names below `path`. */
  isFolder: boolean;
  everyMs: number | undefined;
  keep: number | undefined;
}

function parseEvery(word: string | undefined): number {
  const [, count, unit = ""] = /^(\d{1,6})([mhd])$/.exec(word ?? "") ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  if (ms >= 60_000) return ms;
  throw new ConfigError(`--every is ${JSON.stringify(word ?? "")}, must be a time like 30m, 24h or 7d.`);
}

function parseKeep(word: string | undefined): number {
  const parsed = KEEP.safeParse(word);
  if (parsed.success) return parsed.data;
  throw new ConfigError(`--keep is ${JSON.stringify(word ?? "")}, must be a whole number from 1 to 10000.`);
}

/** Reads the arguments. Throws ConfigError with what is wrong. */
function parseWish(args: readonly string[]): Wish {
  let [path, everyMs, keep]: [string?, number?, number?] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (arg === "--every") everyMs = parseEvery(args[++i]);
    else if (arg === "--keep") keep = parseKeep(args[++i]);
    else if (arg.startsWith("-")) throw new ConfigError(`unknown argument ${JSON.stringify(arg)}; ${USAGE}`);
    else if (path === undefined && arg !== "") path = arg;
    else throw new ConfigError(USAGE);
  }
  if (path === undefined) throw new ConfigError(USAGE);
  const isThere = existsSync(path);
  const isFolder = isThere ? statSync(path).isDirectory() : /[/\\]$/.test(path) || everyMs !== undefined;
  if (!isFolder && (everyMs !== undefined || keep !== undefined))
    throw new ConfigError(
      `--every and --keep need a folder; ${path} is ${isThere ? "a file" : "not there"}.`,
    );
  return { path: resolve(path), isFolder, everyMs, keep };
}

function drawBackup(line: ProgressLine, { step, done, total }: BackupProgress): void {
  const all = showBytes(total);
  if (step === "checking") line.draw(step, all, all);
  else line.draw(step, `${showBytes(Math.min(done, total))} of ${all} (${percentOf(done, total)} %)`, all);
}

/** The dated name of a backup that is made now. */
const datedName = (): string => `kabar-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}Z.db`;

/** Makes one backup, then removes all but the newest `keep` of the folder. Resolves to the line to print. */
async function backUpOnce(
  { path, isFolder, everyMs, keep }: Wish,
  dataDir: string,
  version: string,
): Promise<string> {
  const line = createProgressLine();
  const at = Date.now();
  try {
    if (isFolder) createFolder(path);
    const made = await createBackup({
      dataDir,
      version,
      path: isFolder ? join(path, datedName()) : path,
      onProgress: (progress) => drawBackup(line, progress),
    });
    if (isFolder && keep !== undefined) removeOld(path, keep);
    const reason = noteBackup(dataDir, { path, isFolder, everyMs, at });
    if (reason !== undefined)
      process.stderr.write(`kabar: the console does not know of this backup: ${reason}.\n`);
    const what = `${plural(made.topics, "topic")} with ${plural(made.messages, "message")}`;
    const damaged = made.damaged.map((name) => ` The log itself lacks messages of topic ${name}.`).join("");
    return `Backed up ${what} to ${made.path} (${showBytes(made.bytes)}), and checked it.${damaged}\n`;
  } finally {
    line.end();
  }
}

function createFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    requireRoom(path, 0);
  } catch (error) {
    throw new BackupFailed(`the folder ${path} can't be used: ${describeFailure(error)}.`);
  }
}

function removeOld(folder: string, keep: number): void {
  const dated = readdirSync(folder)
    .filter((name) => DATED_BACKUP.test(name))
    .sort();
  for (const name of dated.slice(0, Math.max(0, dated.length - keep))) rmSync(join(folder, name));
}

/** Waits, in steps that a timer can have. */
async function waitFor(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= MAX_TIMER_MS) await Bun.sleep(Math.min(left, MAX_TIMER_MS));
}

/** Runs `backup …`, printing to standard output. Throws ConfigError or StartError for what it refuses. */
export async function runBackupCommand(
  args: readonly string[],
  config: Config,
  version: string,
): Promise<void> {
  const wish = parseWish(args);
  if (config.log.length > 0) throw new StartError(POSTGRES_BACKUP);
  process.umask(0o077);
  let isWaiting = false;
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
    process.on(signal, () => {
      if (isWaiting) process.exit(0);
      process.stderr.write("\nkabar: the backup was stopped; nothing of it is left.\n");
      process.exit(1);
    });
  for (;;) {
    const startedAt = performance.now();
    try {
      process.stdout.write(await backUpOnce(wish, config.dataDir, version));
    } catch (error) {
      if (!(error instanceof BackupFailed)) throw error;
      process.stderr.write(`kabar: ${error.message}\n`);
      if (wish.everyMs === undefined) process.exit(1);
    }
    if (wish.everyMs === undefined) return;
    isWaiting = true;
    await waitFor(wish.everyMs - (performance.now() - startedAt));
    isWaiting = false;
  }
}
