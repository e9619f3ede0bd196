/**
 * The command `console`: prints a new link to the console of the running server, or makes, changes and removes a named owner. The
 * server does it over its admin API.
 */
import { requireAdmin } from "./admin-client.ts";
import type { Config } from "../config.ts";
import { readSecret } from "./hidden-input.ts";
import { ConfigError } from "../topic-rules.ts";
import { MIN_PASSPHRASE } from "../users/passphrase.ts";

const USAGE = "usage: console  |  console --owner NAME [--remove]";
const BY_COMMAND = { why: "command line" };

/** Makes an owner with the passphrase that is read, or removes one. */
async function changeOwner(name: string, isRemoval: boolean, config: Config): Promise<void> {
  const ask = await requireAdmin(config);
  const path = `console/owners/${encodeURIComponent(name)}`;
  if (isRemoval) await ask("DELETE", path);
  else {
    const passphrase = await readSecret(`Passphrase for ${name} (at least ${MIN_PASSPHRASE} characters)`);
    await ask("PUT", path, { passphrase, ...BY_COMMAND });
  }
  process.stderr.write(
    isRemoval
      ? `Removed ${name} and ended the sessions of that owner.\n`
      : `${name} can sign in to the console with this passphrase. Sessions with an older one have ended.\n`,
  );
}

/** Runs `console …`, printing a link to standard output. Throws ConfigError for arguments and when no server answers. */
export async function runConsoleCommand(args: readonly string[], config: Config): Promise<void> {
  const [option, name, last, ...rest] = args;
  if (option === undefined) {
    const ask = await requireAdmin(config);
    const { link } = await ask("POST", "console/links", BY_COMMAND);
    process.stdout.write(`${String(link).replace("//127.0.0.1", "//localhost")}\n`);
    process.stderr.write("Signs one browser in as the operator. Good once, for ten minutes.\n");
    return;
  }
  const isComplete = option === "--owner" && name !== undefined && rest.length === 0;
  if (!isComplete || (last !== undefined && last !== "--remove")) throw new ConfigError(USAGE);
  await changeOwner(name, last === "--remove", config);
}
