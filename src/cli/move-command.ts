/**
 * The command `move`: moves the log between the data folder and PostgreSQL, or between databases, while no server runs on it.
 */
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "../config.ts";
import { isDatabaseAddress } from "../database-address.ts";
import { StartError } from "../errors.ts";
import { type Moved, moveLog, type Progress } from "../log/move-log.ts";
import { describeFailure } from "../log/sqlite-failure.ts";
import { type Belongings, MoveStopped, type StoredLog } from "../log/stored-log.ts";
import { openStoredPostgres } from "../log/stored-postgres.ts";
import { openStoredSqlite } from "../log/stored-sqlite.ts";
import { createProgressLine, percentOf, plural, type ProgressLine, showNumber } from "./progress.ts";
import { folderBelongings, moveBelongings } from "./move-belongings.ts";
import { ConfigError } from "../topic-rules.ts";

const USAGE =
  "usage: move --from FOLDER|ADDRESS… --to FOLDER|ADDRESS…  (an address like postgres://user:password@host/database; a side that is left out is the configured log)";

/** A side of a move: a data folder, or the addresses of databases. */
type Side = { folder: string } | { addresses: string[] };

/** Reads a side from its words. An address that is wrong is not repeated: it may have a password in it. */
function parseSide(flag: string, words: readonly string[]): Side {
  const [only, ...others] = words;
  if (only !== undefined && others.length === 0 && !only.includes("://")) return { folder: only };
  const addresses = words.flatMap((word) => word.split(/\s+/)).filter((word) => word !== "");
  if (addresses.length === 0) throw new ConfigError(`${flag} needs a folder or an address.`);
  if (!addresses.every(isDatabaseAddress))
    throw new ConfigError(
      `${flag} has a value that is not allowed, must be one folder, or addresses like postgres://user:password@host/database.`,
    );
  return { addresses };
}

/** Reads the two sides. Throws ConfigError with what is wrong. */
function parseSides(args: readonly string[], config: Config): { from: Side; to: Side } {
  const words = new Map<string, string[]>();
  let flag = "";
  for (const arg of args) {
    if (arg === "--from" || arg === "--to") {
      if (words.has(arg)) throw new ConfigError(`${arg} is there twice. ${USAGE}`);
      words.set(arg, []);
      flag = arg;
    } else if (flag === "" || arg.startsWith("-")) throw new ConfigError(USAGE);
    else words.get(flag)?.push(arg);
  }
  if (words.size === 0) throw new ConfigError(USAGE);
  const configured: Side =
    config.log.length > 0 ? { addresses: [...config.log] } : { folder: config.dataDir };
  const side = (name: string): Side => {
    const given = words.get(name);
    return given ? parseSide(name, given) : configured;
  };
  const [from, to] = [side("--from"), side("--to")];
  if ("folder" in from && "folder" in to && realPath(from.folder) === realPath(to.folder))
    throw new ConfigError(`--from and --to name the same folder, ${from.folder}.`);
  return { from, to };
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}

/** A log that is open, and what a server keeps beside it. */
type Place = StoredLog & { belongings: Belongings };

async function openSide(side: Side, isSource: boolean, opened: Place[]): Promise<Place[]> {
  const places: Place[] = [];
  const keep = (place: Place) => {
    opened.push(place);
    places.push(place);
  };
  if ("folder" in side) {
    const log = await openStoredSqlite(side.folder, isSource);
    keep({ ...log, belongings: folderBelongings(side.folder) });
  } else for (const address of side.addresses) keep(await openStoredPostgres(address, isSource));
  return places;
}

function drawMove(line: ProgressLine, { step, done, total }: Progress): void {
  const all = `${showNumber(total)} messages`;
  line.draw(step, `${showNumber(Math.min(done, total))} of ${all} (${percentOf(done, total)} %)`, all);
}

/** Opens both sides, a database that is on both once, and moves. */
async function move(from: Side, to: Side): Promise<Moved & { names: string }> {
  const opened: Place[] = [];
  const line = createProgressLine();
  try {
    const sources = await openSide(from, true, opened);
    const targets: Place[] = [];
    for (const target of await openSide(to, false, opened)) {
      const twin = sources.find(({ id }) => id === target.id);
      targets.push(twin ?? target);
      if (twin) await target.close();
    }
    const [source, target] = [sources[0]?.belongings, targets[0]?.belongings];
    const moved = await moveLog({
      from: sources,
      to: targets,
      onProgress: (progress) => drawMove(line, progress),
      moveRest: async () => {
        if (source && target && source !== target) await moveBelongings(source, target);
      },
    });
    return { ...moved, names: targets.map(({ name }) => name).join(", ") };
  } finally {
    line.end();
    for (const log of opened) await log.close();
  }
}

/** Runs `move …`, printing to standard output. Throws ConfigError or StartError for what it refuses. */
export async function runMoveCommand(args: readonly string[], config: Config): Promise<void> {
  const { from, to } = parseSides(args, config);
  try {
    const { topics, messages, names } = await move(from, to);
    process.stdout.write(
      `Moved ${plural(topics, "topic")} with ${plural(messages, "message")} to ${names}, and compared all of it.\n`,
    );
  } catch (error) {
    if (error instanceof ConfigError || error instanceof StartError) throw error;
    const reason = error instanceof MoveStopped ? error.message : `${describeFailure(error)}.`;
    process.stderr.write(`kabar: the move stopped: ${reason} Run the same command again: it goes on.\n`);
    process.exit(1);
  }
}
