/**
 * The secrets that a server makes for itself, in its data folder: the operator's key and what guest credentials are signed
 * with. Made once, as whole private files; what is too short to be one is refused, for it would let anybody in.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "../errors.ts";
import { makePrivate, writePrivateFile } from "../files.ts";
import { createSecret } from "./guests.ts";

/** Shorter ones can be guessed; an empty one is what a full disk or a power cut leaves. */
const MIN_SECRET_CHARACTERS = 16;

export interface StoredSecret {
  secret: string;
  /** Whether this start made it. */
  made: boolean;
}

/** Reads a secret from the data folder, or makes it there. Throws StartError for a file that holds none. */
export function loadSecret(dataDir: string, file: string): StoredSecret {
  const path = join(dataDir, file);
  try {
    if (!existsSync(path)) {
      const secret = createSecret();
      writePrivateFile(path, `${secret}\n`);
      return { secret, made: true };
    }
    makePrivate(path);
    const secret = readFileSync(path, "utf8").trim();
    if (secret.length >= MIN_SECRET_CHARACTERS) return { secret, made: false };
    throw new StartError(
      `${path} has ${secret.length} characters; a secret must have at least ${MIN_SECRET_CHARACTERS}. Delete the file and restart to get a new secret.`,
    );
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`${path} can't be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}
