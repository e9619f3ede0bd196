/**
 * Settings that the nodes of a cluster must share, as hashes: nodes compare them without seeing each other's values, of which
 * some are secrets.
 */
import type { Config } from "./config.ts";
import { fileKey, settingKeys } from "./settings.ts";

/** Settings of one machine or one process. */
const PER_NODE = new Set<string>([
  "port",
  "host",
  "socket",
  "socketMode",
  "tlsCert",
  "tlsKey",
  "dataDir",
  "log",
  "logLevel",
  "operatorKey",
  "guestSecret",
  "durability",
  "maxCommitWindowMs",
  "maxSessions",
  "ringEntries",
  "drainWindowMs",
  "drainDelayMs",
  "metricsPublic",
]);
/** Half of a SHA-256 would do; names of differing settings are all that nodes need. */
const HASH_CHARACTERS = 12;

const hashOf = (value: unknown): string =>
  new Bun.CryptoHasher("sha256")
    .update(JSON.stringify(value) ?? "")
    .digest("base64url")
    .slice(0, HASH_CHARACTERS);

/** A hash of each shared setting, by its key in kabar.toml. `secrets` are those in force, wherever they come from. */
export function hashSharedSettings(
  config: Config,
  secrets: { guestSecret: string },
): Readonly<Record<string, string>> {
  const hashes: Record<string, string> = {
    topics: hashOf(config.topics),
    guest_secret: hashOf(secrets.guestSecret),
    operator_key: hashOf(config.operatorKey),
  };
  for (const key of settingKeys) if (!PER_NODE.has(key)) hashes[fileKey(key)] = hashOf(config[key]);
  return hashes;
}
