/**
 * The command `users`: exports, erases and revokes a user. Asks the running server over its admin API, because the
 * server ends the user's sessions.
 */
import { requireAdmin } from "./admin-client.ts";
import type { Config } from "../config.ts";
import { ConfigError } from "../topic-rules.ts";

const USAGE = "usage: users export ID  |  users erase ID [WHY]  |  users revoke ID [WHY]";

/** Runs `users …`, printing to standard output. Throws ConfigError with the usage for anything else. */
export async function runUsersCommand(args: readonly string[], config: Config): Promise<void> {
  const [verb, id, ...reason] = args;
  if (id === undefined || !/^(export|erase|revoke)$/.test(verb ?? "")) throw new ConfigError(USAGE);
  if (verb === "export" && reason.length > 0) throw new ConfigError(USAGE);
  const ask = await requireAdmin(config);
  const path = `users/${encodeURIComponent(id)}`;
  const why = reason.length > 0 ? { why: reason.join(" ") } : {};
  if (verb === "export") {
    process.stdout.write(`${JSON.stringify(await ask("GET", `${path}/export`), undefined, 2)}\n`);
  } else if (verb === "erase") {
    const { erased } = await ask("DELETE", path, why);
    process.stderr.write(
      `Erased ${id}: removed its name and text from ${erased} ${erased === 1 ? "entry" : "entries"}.\n`,
    );
  } else {
    await ask("POST", `${path}/revoke`, why);
    process.stderr.write(`Revoked ${id} and every token issued to it so far.\n`);
  }
}
