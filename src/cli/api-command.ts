/** The command `api`: prints a document of the API, for the configured server. Needs no running server. */
import type { Config } from "../config.ts";
import { ConfigError } from "../topic-rules.ts";

/** Runs `api NAME`, printing to standard output. Throws ConfigError with the names for anything else. */
export async function runApiCommand(
  [name = "", ...rest]: readonly string[],
  config: Config,
  version: string,
): Promise<void> {
  // Loaded here: no other command needs it.
  const { DOCUMENTS } = await import("../schema/documents.ts");
  const make = Object.entries(DOCUMENTS).find(([key]) => key === name)?.[1];
  if (!make || rest.length > 0) throw new ConfigError(`usage: api ${Object.keys(DOCUMENTS).join("|")}`);
  process.stdout.write(`${JSON.stringify(make(config, version), null, 2)}\n`);
}
