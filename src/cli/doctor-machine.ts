/**
 * Looks of `doctor` at this machine: configuration, data folder, disk, open files, clock and log. They read only, except for one
 * empty file that is made and removed.
 */
import { Database } from "bun:sqlite";
import { existsSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Config } from "../config.ts";
import { databaseName } from "../database-address.ts";
import { isOpenToOthers, partOf } from "../files.ts";
import { showBytes } from "../log/backup.ts";
import { LITTLE_BYTES, readDiskSpace, ROOM_BYTES } from "../log/disk-space.ts";
import { findHolder, isFolderHeld } from "../log/folder-lock.ts";
import { createLane } from "../log/postgres-lane.ts";
import { requireServer } from "../log/postgres-server.ts";
import { troubleOf } from "../log/postgres-trouble.ts";
import { describeFailure } from "../log/sqlite-failure.ts";
import { DATABASE_FILE, newerSchema, SCHEMA_VERSION, schemaOf } from "../log/sqlite-schema.ts";
import type { Finding } from "./finding.ts";
import { plural } from "./progress.ts";

/** Open files besides one for each session: the log, the widget, connections that are being refused. */
const OTHER_FILES = 200;
/** Differences of clocks that cause no trouble. */
const CLOCK_TOLERANCE_MS = 30_000;
/** A clock that shows an earlier time was never set. */
const EARLIEST_MS = Date.UTC(2024, 0, 1);
const DATABASE_MS = 8000;
/** File systems without dependable locks, by their number (statfs(2)). */
const NETWORK_FILE_SYSTEMS = new Map([
  [0x6969, "NFS"],
  [0xff534d42, "SMB"],
  [0xfe534d42, "SMB"],
  [0x517b, "SMB"],
]);

/** Settings that start, and that are likely not what the owner wants. */
export function lookAtConfig(config: Config, file: string | undefined): Finding[] {
  const about = "configuration";
  const path = file ?? process.env.KABAR_CONFIG ?? "kabar.toml";
  const source = existsSync(path) ? path : "no file, defaults and variables";
  const findings: Finding[] = [];
  const warn = (says: string, advice: string) => findings.push({ state: "warn", about, says, advice });
  if (config.publicUrl.startsWith("https:") && config.trustedProxyHops === 0 && config.tlsCert === "")
    warn(
      "public_url is https, which a proxy serves, and trusted_proxy_hops is 0: all visitors share one address and its limits",
      "set trusted_proxy_hops to the number of your proxies; `doctor ADDRESS` counts them",
    );
  if (!config.allowedOrigins.includes("*") && config.publicUrl === "")
    warn(
      "allowed_origins is set without public_url: the server's own pages cannot connect under a name",
      "set public_url to the outside address",
    );
  if (config.tokenKeys !== "" && config.tokenAudience === "")
    warn(
      "token_keys is set without token_audience: tokens that the same issuer made for another application are accepted",
      "set token_audience",
    );
  return findings.length > 0 ? findings : [{ state: "ok", about, says: source }];
}

/** The nearest folder that exists, of a path and those above it. */
function nearestFolder(path: string): string {
  let folder = resolve(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** Rights, owner and file system of the data folder. */
export function lookAtFolder({ dataDir }: Config): Finding[] {
  const about = "data folder";
  const folder = nearestFolder(dataDir);
  const isThere = folder === resolve(dataDir);
  if (!statSync(folder).isDirectory())
    return [{ state: "bad", about, says: `${folder} is not a folder`, advice: "set data_dir to a folder" }];
  const trial = partOf(join(folder, "doctor"));
  try {
    writeFileSync(trial, "", { flag: "wx", mode: 0o600 });
    rmSync(trial);
  } catch (error) {
    return [
      {
        state: "bad",
        about,
        says: `this user can't write to ${folder}: ${describeFailure(error)}`,
        advice: "run doctor as the user of the server; give that user the folder (chown) or set data_dir",
      },
    ];
  }
  if (!isThere)
    return [{ state: "ok", about, says: `${dataDir} is not there yet; the first start makes it` }];
  const findings: Finding[] = [];
  const openFiles = readdirSync(dataDir).filter((name) => {
    const stat = statSync(join(dataDir, name), { throwIfNoEntry: false });
    return stat?.isFile() && (stat.mode & 0o077) !== 0;
  });
  if (isOpenToOthers(dataDir))
    findings.push({
      state: "warn",
      about,
      says: `other users can enter ${dataDir}${openFiles.length > 0 ? ` and read ${openFiles.join(", ")}` : ""}`,
      advice: `chmod 700 ${dataDir}`,
    });
  const fileSystem = NETWORK_FILE_SYSTEMS.get(statfsSync(dataDir).type);
  if (fileSystem)
    findings.push({
      state: "warn",
      about,
      says: `${dataDir} is on ${fileSystem}, a network file system: its locks may not hold, and SQLite may damage the log`,
      advice: "put data_dir on a local disk, or use PostgreSQL (docs/OPERATIONS.md)",
    });
  return findings.length > 0 ? findings : [{ state: "ok", about, says: `${dataDir}, for its owner only` }];
}

/** Free space beside the size of the log. */
export function lookAtDisk({ dataDir, log }: Config): Finding {
  const about = "disk";
  const space = readDiskSpace(nearestFolder(dataDir), dataDir);
  const free = space.freeBytes;
  const logBytes = log.length > 0 ? 0 : space.logBytes;
  const says = `${showBytes(free)} free${logBytes > 0 ? `, the log has ${showBytes(logBytes)}` : ""}`;
  const advice = "free space, move data_dir to a larger disk, or keep less (retain_messages, retain_days)";
  if (space.hasNoInode) return { state: "bad", about, says: "no inode is free", advice };
  if (free < LITTLE_BYTES) return { state: "bad", about, says, advice };
  if (free < Math.max(ROOM_BYTES, logBytes))
    return { state: "warn", about, says: `${says}: a backup beside the log would not fit`, advice };
  return { state: "ok", about, says };
}

/** The open-file limit of the running server; of this shell where no server runs. */
export function lookAtOpenFiles({ maxSessions, dataDir }: Config): Finding {
  return judgeOpenFiles(maxSessions, findHolder(dataDir), isFolderHeld(dataDir));
}

/** Judges the open-file limit of the process that holds the data folder; `holder` is undefined where it can't be found. */
export function judgeOpenFiles(maxSessions: number, holder: number | undefined, isHeld: boolean): Finding {
  const about = "open files";
  const needed = maxSessions + OTHER_FILES;
  if (isHeld && holder === undefined) {
    const says = `not looked at: the running server does not show its limit to this user; it needs ${needed} (LimitNOFILE in a systemd unit)`;
    return { state: "ok", about, says };
  }
  const whose = holder === undefined ? "this shell" : "the running server";
  let limits: string;
  try {
    limits = readFileSync(`/proc/${holder ?? "self"}/limits`, "utf8");
  } catch {
    return { state: "ok", about, says: "not looked at: this system does not list limits" };
  }
  const word = /^Max open files +(\S+)/m.exec(limits)?.[1] ?? "0";
  const limit = word === "unlimited" ? Number.POSITIVE_INFINITY : Number(word);
  const says = `${whose} may open ${word}, max_sessions is ${maxSessions}`;
  if (limit >= needed) return { state: "ok", about, says };
  return {
    state: "warn",
    about,
    says,
    advice: `raise it to ${needed} (LimitNOFILE=${needed} in a systemd unit, \`ulimit -n ${needed}\` in a shell), or lower max_sessions`,
  };
}

/** Whether the system keeps its clock in step; undefined where it does not tell. */
function isSynchronized(): boolean | undefined {
  try {
    const asked = Bun.spawnSync(["timedatectl", "show", "--property=NTPSynchronized", "--value"], {
      stderr: "ignore",
    });
    const word = asked.stdout.toString().trim();
    return word === "yes" ? true : word === "no" ? false : undefined;
  } catch {
    return undefined;
  }
}

/** The system's clock, beside the time of the newest message. */
export function lookAtClock(newestAt: number | undefined, now = Date.now()): Finding {
  const about = "clock";
  const says = new Date(now).toISOString();
  const advice = "set the clock and keep it in step with a time server (timedatectl set-ntp true)";
  if (now < EARLIEST_MS) return { state: "bad", about, says: `${says} is in the past`, advice };
  if (newestAt !== undefined && newestAt > now + CLOCK_TOLERANCE_MS)
    return {
      state: "bad",
      about,
      says: `${says} is before the newest message (${new Date(newestAt).toISOString()}): it is or was wrong`,
      advice,
    };
  if (isSynchronized() === false)
    return { state: "warn", about, says: `${says}, not in step with a time server`, advice };
  return { state: "ok", about, says };
}

/** The SQLite log, and the time of its newest message. */
function lookAtSqlite({ dataDir }: Config): { finding: Finding; newestAt?: number } {
  const about = "log";
  const path = join(dataDir, DATABASE_FILE);
  if (!existsSync(path)) return { finding: { state: "ok", about, says: "SQLite; the first start makes it" } };
  let db: Database | undefined;
  try {
    db = new Database(path, { readonly: true });
    const version = schemaOf(db);
    if (version > SCHEMA_VERSION) {
      const says = `${path} was written ${newerSchema(version)}`;
      return { finding: { state: "bad", about, says, advice: "start the newer version" } };
    }
    if (db.query("SELECT 1 FROM sqlite_schema WHERE name = 'move'").get() !== null) {
      const says = `the move of a log to ${dataDir} is not finished`;
      return { finding: { state: "bad", about, says, advice: "run the same `move` again" } };
    }
    const row = db
      .query("SELECT count(*) AS topics, max(at) AS at FROM topic WHERE name NOT LIKE '$%'")
      .get() as {
      topics: number;
      at: number | null;
    };
    const newest = row.at ? `, the newest message of ${new Date(row.at).toISOString()}` : "";
    const finding: Finding = {
      state: "ok",
      about,
      says: `SQLite, ${plural(row.topics, "topic")}${newest}${version < SCHEMA_VERSION ? `; the next start upgrades it from schema ${version} to ${SCHEMA_VERSION} and keeps a snapshot` : ""}`,
    };
    return row.at ? { finding, newestAt: row.at } : { finding };
  } catch (error) {
    return {
      finding: {
        state: "bad",
        about,
        says: `${path} can't be read: ${describeFailure(error)}`,
        advice: "restore a backup (`restore FILE`), which keeps this file",
      },
    };
  } finally {
    db?.close();
  }
}

/** Whether a database answers and can hold a log. */
async function lookAtDatabase(url: string): Promise<Finding> {
  const about = "log";
  const name = databaseName(url);
  const lane = createLane({ url, isPooled: true, deadlineMs: DATABASE_MS, client: "kabar doctor" });
  try {
    await lane.inOrder((sql) => requireServer(sql));
    return { state: "ok", about, says: `PostgreSQL ${name} answers` };
  } catch (error) {
    const says = `PostgreSQL ${name}: ${troubleOf(error)}`;
    return { state: "bad", about, says, advice: "check that it runs, and the address in log" };
  } finally {
    await lane.close();
  }
}

/** The configured log, and the time of its newest message where it is at hand. */
export async function lookAtLog(config: Config): Promise<{ findings: Finding[]; newestAt?: number }> {
  if (config.log.length > 0) return { findings: await Promise.all(config.log.map(lookAtDatabase)) };
  const { finding, newestAt } = lookAtSqlite(config);
  return { findings: [finding], ...(newestAt === undefined ? {} : { newestAt }) };
}
