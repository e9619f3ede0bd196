/**
 * The command `version`: prints the version, or compares it with a file that a release publishes. Reads that file only: Kabar
 * asks no server for updates.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { z } from "zod";
import { describeFirst, textLike } from "../parsing.ts";
import { ConfigError } from "../topic-rules.ts";

const USAGE = "usage: version [--check FILE]";
/** A file of a release has about a hundred bytes; the rest is room for fields of later versions. */
const MAX_BYTES = 65_536;
/** Versions of semver.org, without build metadata. */
const VERSION = /^\d{1,9}\.\d{1,9}\.\d{1,9}(-[0-9A-Za-z.-]{1,60})?$/;
const versionLike = textLike(VERSION, "a version like 1.2.3");

/** The file `latest.json` of a release. Fields of later versions are ignored. */
const latestRule = z.object({
  version: versionLike,
  /** The day of the release. */
  date: textLike(/^\d{4}-\d{2}-\d{2}$/, "a date like 2026-05-03"),
  /** The oldest version without a security hole that is known and mended. */
  safeFrom: versionLike,
});
export type Latest = z.output<typeof latestRule>;

/** Reads a file of at most MAX_BYTES. Throws ConfigError. */
function readSmall(path: string): string {
  const bytes = Buffer.alloc(MAX_BYTES + 1);
  let length: number;
  try {
    const file = openSync(path, "r");
    try {
      length = readSync(file, bytes, 0, bytes.length, 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const isAddress = /^https?:/.test(path);
    const advice = isAddress ? " It is an address: Kabar fetches nothing; download the file first." : "";
    throw new ConfigError(
      `${path} can't be read: ${error instanceof Error ? error.message : error}.${advice}`,
    );
  }
  if (length > MAX_BYTES) throw new ConfigError(`${path} is too large to be the latest.json of a release.`);
  return bytes.toString("utf8", 0, length);
}

/** Reads the file of a release. Throws ConfigError with what is wrong. */
export function readLatest(path: string): Latest {
  const text = readSmall(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ConfigError(`${path} is not JSON; the latest.json of a release is needed.`);
  }
  const parsed = latestRule.safeParse(value);
  if (!parsed.success)
    throw new ConfigError(
      `${path} is not the latest.json of a release: ${describeFirst(parsed.error, value)}`,
    );
  return parsed.data;
}

/** What a version is beside the latest one, in a sentence; and whether there is an update. */
export function compareVersions(version: string, latest: Latest): { isNewest: boolean; says: string } {
  const { version: newest, date, safeFrom } = latest;
  const order = Bun.semver.order(version, newest);
  if (order === 0) return { isNewest: true, says: `${version} is the newest version.` };
  if (order > 0)
    return { isNewest: true, says: `${version} is newer than the ${newest} of this file (${date}).` };
  const isUnsafe = Bun.semver.order(version, safeFrom) < 0;
  const security = isUnsafe
    ? ` Versions before ${safeFrom} have a security hole that is known: update now.`
    : " Nothing in it is needed for security.";
  return { isNewest: false, says: `${newest} of ${date} is newer than this ${version}.${security}` };
}

/** Runs `version …`. The exit code is 1 when the file names a newer version. Throws ConfigError. */
export function runVersionCommand(args: readonly string[], version: string): void {
  const [flag, file, ...others] = args;
  if (flag === undefined) {
    process.stdout.write(`${version}\n`);
    return;
  }
  if (flag !== "--check") throw new ConfigError(`unknown argument ${JSON.stringify(flag)}; ${USAGE}`);
  if (file === undefined || file === "" || others.length > 0) throw new ConfigError(USAGE);
  const { isNewest, says } = compareVersions(version, readLatest(file));
  process.stdout.write(`${says}\n`);
  if (!isNewest) process.exitCode = 1;
}
