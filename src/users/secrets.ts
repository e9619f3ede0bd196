/**
 * The server's secrets: the operator's key, and the key that signs guest credentials. They come from the settings, from the
 * database of a cluster, or from the data folder, where each is created once, as a whole file that only the server's user
 * can read. A file with a secret too short to be safe stops the start.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "../errors.ts";
import { makePrivate, writePrivateFile } from "../files.ts";
import type { Cluster } from "../log/cluster.ts";
import { createSecret, digestOf, secretsMatch } from "./guests.ts";

/** A shorter secret can be guessed; a full disk or a power cut leaves an empty file. */
const MIN_SECRET_CHARACTERS = 16;
const OPERATOR_FILE = "operator.key";

interface StoredSecret {
  secret: string;
  /** Whether this start created it. */
  isNew: boolean;
}

/** Reads a secret from the data folder, or creates it there. Throws StartError for a file without a safe secret. */
function loadSecret(dataDir: string, file: string): StoredSecret {
  const path = join(dataDir, file);
  try {
    if (!existsSync(path)) {
      const secret = createSecret();
      // Nothing else creates the folder where the log is in PostgreSQL.
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      writePrivateFile(path, `${secret}\n`);
      return { secret, isNew: true };
    }
    makePrivate(path);
    const secret = readFileSync(path, "utf8").trim();
    if (secret.length >= MIN_SECRET_CHARACTERS) return { secret, isNew: false };
    throw new StartError(
      `${path} has ${secret.length} characters; a secret must have at least ${MIN_SECRET_CHARACTERS}. Delete the file and restart to get a new secret.`,
    );
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`${path} can't be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export interface ServerSecrets {
  /** Signs guest credentials. */
  guestSecret: string;
  /** The operator's key when this start created it; else undefined. */
  newOperatorKey: string | undefined;
  /** Names the operator's key without telling it: another key has another mark. */
  operatorMark: string;
  /** Whether a key is the operator's. Takes the same time for every wrong key. */
  isOperatorKey(key: string): boolean;
}

/**
 * Loads the secrets. A cluster keeps the guests' secret in its database, and the operator's key as a hash: the node that
 * created the key has it in its data folder. Throws StartError.
 */
export async function loadSecrets(
  config: { dataDir: string; operatorKey: string; guestSecret: string },
  cluster: Pick<Cluster, "secret">,
): Promise<ServerSecrets> {
  const { dataDir } = config;
  const guestFile = () => loadSecret(dataDir, "guest.secret").secret;
  const guestSecret = config.guestSecret || ((await cluster.secret("guest", guestFile)) ?? guestFile());
  let created: string | undefined;
  const ownHash = (): string => {
    const { secret, isNew } = loadSecret(dataDir, OPERATOR_FILE);
    if (isNew) created = secret;
    return digestOf(secret);
  };
  const operatorHash =
    config.operatorKey === ""
      ? ((await cluster.secret("operator", ownHash)) ?? ownHash())
      : digestOf(config.operatorKey);
  if (created !== undefined && digestOf(created) !== operatorHash) {
    // Another node that started at the same time made the key that is in force.
    rmSync(join(dataDir, OPERATOR_FILE));
    created = undefined;
  }
  return {
    guestSecret,
    newOperatorKey: created,
    operatorMark: digestOf(`mark ${operatorHash}`),
    isOperatorKey: (key) => key !== "" && secretsMatch(digestOf(key), operatorHash),
  };
}
