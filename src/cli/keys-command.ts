/**
 * The command `keys`: makes, lists and revokes API keys. Asks the running server over its admin API, or opens the data
 * folder itself when no server runs.
 */
import { reachAdmin } from "./admin-client.ts";
import type { Config } from "../config.ts";
import { loadControl } from "../log/control.ts";
import { type ApiKey, createApiKeys, type ApiKeys, SCOPES, type Scope } from "../users/api-keys.ts";
import { openLog } from "../log/open-log.ts";
import { createLogger } from "../logger.ts";
import { createMetrics } from "../metrics.ts";
import { ConfigError } from "../topic-rules.ts";

const USAGE = `usage: keys make NAME ${SCOPES.join("|")} [TOPIC …]  |  keys list  |  keys revoke ID`;
const BY = "command line";

/** The API keys, of the running server or in the data folder. */
type Keyring = Pick<ApiKeys, "make" | "revoke"> & {
  list(): ApiKey[] | Promise<ApiKey[]>;
  close(): Promise<void>;
};

/** The keyring of the running server; undefined when none answers. */
async function remoteKeyring(config: Config): Promise<Keyring | undefined> {
  const ask = await reachAdmin(config);
  return (
    ask && {
      async make(name, scope, topics) {
        const { secret, ...made } = await ask("POST", "keys", { name, scope, topics });
        return { key: made as unknown as ApiKey, secret: String(secret) };
      },
      list: async () => (await ask("GET", "keys")).keys as ApiKey[],
      revoke: async (id) => void (await ask("DELETE", `keys/${encodeURIComponent(id)}`)),
      close: async () => {},
    }
  );
}

/** The keyring in the data folder. Throws StartError when a server holds it. */
async function localKeyring(config: Config): Promise<Keyring> {
  const log = await openLog(config, createLogger("silent"), createMetrics());
  const { make, list, revoke } = createApiKeys(await loadControl(log));
  return { make, list, revoke, close: () => log.close() };
}

/** A database can be opened beside its servers, a folder cannot. */
const openKeyring = async (config: Config): Promise<Keyring> =>
  (config.log.length === 0 && (await remoteKeyring(config))) || localKeyring(config);

const isScope = (word: string | undefined): word is Scope => SCOPES.some((scope) => scope === word);

/** Runs `keys …`, printing to standard output. Throws ConfigError with the usage for anything else. */
export async function runKeysCommand(args: readonly string[], config: Config): Promise<void> {
  const [verb, first, second, ...topics] = args;
  const isMake = verb === "make" && first !== undefined && isScope(second);
  const isRevoke = verb === "revoke" && first !== undefined && second === undefined;
  if (!isMake && !isRevoke && !(verb === "list" && first === undefined)) throw new ConfigError(USAGE);
  const keyring = await openKeyring(config);
  try {
    if (isMake) {
      const { key, secret } = await keyring.make(first, second, topics, { by: BY });
      process.stdout.write(`${secret}\n`);
      process.stderr.write(
        `Key ${key.id} may ${key.scope} in ${key.topics.join(", ")}. It is shown only once.\n`,
      );
    } else if (isRevoke) {
      await keyring.revoke(first, { by: BY });
      process.stderr.write(`Key ${first} revoked.\n`);
    } else {
      for (const { id, name, scope, topics: where, madeAt } of await keyring.list()) {
        process.stdout.write(
          `${id}  ${scope.padEnd(8)}  ${where.join(" ")}  ${new Date(madeAt).toISOString()}  ${name}\n`,
        );
      }
    }
  } finally {
    await keyring.close();
  }
}
