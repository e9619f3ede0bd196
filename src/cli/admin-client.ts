/**
 * A client of the running server's admin API, for commands of the shell. Takes the address and the operator's key from
 * the configuration and the data folder.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { isFolderHeld } from "../log/folder-lock.ts";
import { askLocal } from "./local-server.ts";
import { ConfigError } from "../topic-rules.ts";

/** Requests a route below `/api/admin`. Throws ConfigError with the message of the server's error. */
export type AskAdmin = (method: string, path: string, body?: object) => Promise<Record<string, unknown>>;

/** The state of a socket that listens, in /proc/net/tcp. */
const LISTENING = "0A";

/**
 * Whether the program that listens on a port is this user's own, or root's: it could read the key's file, too. False where the
 * system does not tell (only Linux does).
 */
function isOwnListener(port: number): boolean {
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => {
    try {
      return readFileSync(path, "utf8").trim().split("\n").slice(1);
    } catch {
      return [];
    }
  });
  const owners = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(
      ([, local = "", , state]) =>
        state === LISTENING && Number.parseInt(local.split(":")[1] ?? "", 16) === port,
    )
    .map((fields) => Number(fields[7]));
  return owners.length > 0 && owners.every((owner) => owner === 0 || owner === process.getuid?.());
}

/** The same for a Unix socket: its file belongs to the program that made it. */
function isOwnSocket(path: string): boolean {
  const owner = statSync(path, { throwIfNoEntry: false })?.uid;
  return owner !== undefined && (owner === 0 || owner === process.getuid?.());
}

/** Whether the program on the configured port or socket may receive the operator's key. */
const isTrusted = ({ log, dataDir, port, socket }: Config): boolean =>
  log.length === 0 ? isFolderHeld(dataDir) : socket === "" ? isOwnListener(port) : isOwnSocket(socket);

/** The client; undefined when no server answers. Throws ConfigError when the server refuses the key. */
export async function reachAdmin(config: Config): Promise<AskAdmin | undefined> {
  // Without a lock on the folder, another program listens on the port. Over a database no process holds the folder.
  if (!isTrusted(config)) return undefined;
  const keyFile = join(config.dataDir, "operator.key");
  if (config.operatorKey === "" && !(await Bun.file(keyFile).exists())) return undefined;
  const key = config.operatorKey || readFileSync(keyFile, "utf8").trim();
  const ask: AskAdmin = async (method, path, body) => {
    const response = await askLocal(config, `/api/admin/${path}`, {
      method,
      headers: { Authorization: `Bearer ${key}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
      // An erasure over a large log takes minutes.
      timeout: false,
    } as RequestInit);
    const answer = response.status === 204 ? {} : ((await response.json()) as Record<string, unknown>);
    if (response.ok) return answer;
    throw new ConfigError(
      (answer.error as { message: string } | undefined)?.message ??
        `the server answered with status ${response.status}.`,
    );
  };
  try {
    await ask("GET", "audit?limit=1");
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return undefined;
  }
  return ask;
}

/** The client. Throws ConfigError when no server answers, or when it refuses the key. */
export async function requireAdmin(config: Config): Promise<AskAdmin> {
  const ask = await reachAdmin(config);
  if (!ask)
    throw new ConfigError(
      `no Kabar server answers on ${config.socket === "" ? `port ${config.port}` : config.socket}; start it first.`,
    );
  return ask;
}
