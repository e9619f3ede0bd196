/** The command `console`: prints a new link to the console of the running server, which makes it over its admin API. */
import { requireAdmin } from "./admin-client.ts";
import type { Config } from "../config.ts";
import { ConfigError } from "../topic-rules.ts";

/** Runs `console`, printing the link to standard output. Throws ConfigError for arguments and when no server answers. */
export async function runConsoleCommand(args: readonly string[], config: Config): Promise<void> {
  if (args.length > 0) throw new ConfigError("usage: console");
  const ask = await requireAdmin(config);
  const { link } = await ask("POST", "console/links", { why: "command line" });
  process.stdout.write(`${String(link).replace("//127.0.0.1", "//localhost")}\n`);
  process.stderr.write("Signs one browser in as the operator. Good once, for ten minutes.\n");
}
