/**
 * Secrets in the data folder: the operator's key, and the key that signs guest credentials. Each is created once, as a whole
 * file that only the server's user can read. A file with a secret too short to be safe stops the start.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "../errors.ts";
import { makePrivate, writePrivateFile } from "../files.ts";
import { createSecret } from "./guests.ts";

/** A shorter secret can be guessed; a full disk or a power cut leaves an empty file. */
const MIN_SECRET_CHARACTERS = 16;

export interface StoredSecret {
  secret: string;
  /** Whether this start created it. */
  isNew: boolean;
}

/** Reads a secret from the data folder, or creates it there. Throws StartError for a file without a safe secret. */
export function loadSecret(dataDir: string, file: string): StoredSecret {
  const path = join(dataDir, file);
  try {
    if (!existsSync(path)) {
      const secret = createSecret();
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
