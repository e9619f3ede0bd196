/**
 * The command line: flags, the start-up banner, signals, exit codes. 0 is a clean end, 1 a failure at run time, 2 wrong
 * configuration or a data folder that can't be used, reported in one line.
 */
import { type Config, loadConfig, showConfig } from "../config.ts";
import { StartError } from "../errors.ts";
import { ConfigError } from "../topic-rules.ts";
import { runBackupCommand } from "./backup-command.ts";
import { runRestoreCommand } from "./restore-command.ts";
import { runKeysCommand } from "./keys-command.ts";
import { runMoveCommand } from "./move-command.ts";
import { createLogger, type Logger } from "../logger.ts";
import { runUsersCommand } from "./users-command.ts";

/** The part of a started server that the command line uses. */
interface Running {
  url: string;
  newOperatorKey: string | undefined;
  stop(): Promise<void>;
}
type Start = (config: Config, logger: Logger, version: string) => Promise<Running>;

const HELP = `Kabar: chat and notifications for any web page.

  bun run src/server.ts              serve
  bun run src/server.ts --check      check the configuration and print it, secrets masked
  bun run src/server.ts --config F   use F instead of kabar.toml
  bun run src/server.ts keys …       make, list and revoke API keys
  bun run src/server.ts users …      export, erase and revoke a user
  bun run src/server.ts backup …     copy the log into a file while the server serves
  bun run src/server.ts restore …    put such a file in the place of the log
  bun run src/server.ts move …       move the log between the data folder and PostgreSQL
  bun run src/server.ts --version
  bun run src/server.ts --help

Settings come from kabar.toml in this folder and from PORT, HOST and KABAR_* variables, which win.
docs/OPERATIONS.md lists them all.
`;

/** The time that a shutdown may take before the process exits anyway, without the configured drain delay. */
const STOP_DEADLINE_MS = 10_000;

/** Signals within this time are one request: Ctrl+C reaches the server from the terminal and again through `npm start`. A later signal ends the process at once. */
const SAME_REQUEST_MS = 1000;

interface Flags {
  action: "serve" | "check" | "help" | "version";
  config?: string;
}

function parseFlags(args: readonly string[]): Flags {
  const flags: Flags = { action: "serve" };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === "--check") flags.action = "check";
    else if (arg === "--help" || arg === "-h") return { action: "help" };
    else if (arg === "--version" || arg === "-v") return { action: "version" };
    else if (arg === "--config" && args[i + 1] !== undefined) flags.config = String(args[++i]);
    else if (arg === "--config") throw new ConfigError("--config needs a file name.");
    else
      throw new ConfigError(`unknown argument "${arg}"; allowed: --check, --config FILE, --help, --version.`);
  }
  return flags;
}

/** The text that a start prints. */
function banner({ url, newOperatorKey }: Running, config: Config): string {
  const address = (config.publicUrl || url)
    .replace("//0.0.0.0", "//localhost")
    .replace("//127.0.0.1", "//localhost");
  const open = config.topics.filter((rule) => rule.guests !== "none").map((rule) => rule.pattern);
  const topic = open.find((pattern) => !pattern.endsWith("*")) ?? "lobby";
  const isLocal = address.startsWith("http:");
  const lines = [
    "",
    `  Kabar is listening on ${address}`,
    "",
    `  Demo page   ${address}/`,
    `  Your page   <script async src="${address}/widget.js" data-topic="${topic}"></script>`,
    ...(isLocal
      ? ["              (on an https page: an https address of this server, set as public_url)"]
      : []),
    `  Publish     curl -d 'Hello' ${address}/api/topics/${topic}/messages`,
    `  Data        ${config.dataDir}`,
  ];
  if (open.length > 0) {
    const pages = config.allowedOrigins.includes("*") ? "any page" : config.allowedOrigins.join(", ");
    lines.push("", `  Guests may use ${open.join(", ")} from ${pages} (topics, allowed_origins).`);
  }
  if (newOperatorKey !== undefined) {
    // A supervisor keeps printed lines in a journal that other users may read.
    const where = `${config.dataDir}/operator.key`;
    if (process.stdout.isTTY) lines.push("", `  Operator key, shown this once: ${newOperatorKey}`);
    if (process.stdout.isTTY) lines.push(`  It is kept in ${where}; KABAR_OPERATOR_KEY replaces it.`);
    else lines.push("", `  Operator key made: see ${where}; KABAR_OPERATOR_KEY replaces it.`);
  }
  return `${lines.join("\n")}\n`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why the server can't listen, with the setting to change; undefined when it is something else. */
function listenTrouble(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  const syscall = typeof error === "object" && error !== null ? Reflect.get(error, "syscall") : undefined;
  const [host, port] = [process.env.HOST, process.env.PORT];
  if (code === "EADDRINUSE") return "the port is in use; choose another with PORT.";
  if (code === "EACCES" && syscall === "listen")
    return `PORT${port === undefined ? "" : ` is ${JSON.stringify(port)}, which`} needs privileges that this user does not have; choose a port from 1024 to 65535.`;
  const isHost = ["EINVAL", "EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN", "ERR_INVALID_ARG_VALUE"].includes(
    String(code),
  );
  if (!isHost && syscall !== "listen") return undefined;
  return `HOST${host === undefined ? "" : ` is ${JSON.stringify(host)}, which`} is not an address of this machine; choose one that is (such as 127.0.0.1), 0.0.0.0 for all of IPv4, or :: for all.`;
}

async function serve(config: Config, version: string, start: Start): Promise<void> {
  const logger = createLogger(config.logLevel);
  // A bug in one callback must not stop the server. It is logged as a bug.
  process.on("unhandledRejection", (err) => logger.error({ err }, "bug: unhandled rejection"));
  process.on("uncaughtException", (err) => logger.error({ err }, "bug: uncaught exception"));
  const running = await start(config, logger, version);
  let stoppingSince: number | undefined;
  const stop = async (signal: string) => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince < SAME_REQUEST_MS) return;
      process.exit(1);
    }
    stoppingSince = performance.now();
    logger.info({ signal }, "shutting down");
    setTimeout(() => process.exit(1), config.drainDelayMs + STOP_DEADLINE_MS).unref();
    await running.stop();
    logger.info("stopped");
    process.exit(0);
  };
  // SIGHUP means that the terminal was closed. It does not reload the configuration.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void stop(signal));
  // A closed pipe or a full disk behind standard output is no reason to stop.
  process.stdout.on("error", () => undefined);
  process.stdout.write(banner(running, config));
}

/** Runs the program with its arguments. Exits by itself unless it serves. */
export async function runCommandLine(args: readonly string[], start: Start): Promise<void> {
  const { version } = (await Bun.file(new URL("../../package.json", import.meta.url)).json()) as {
    version: string;
  };
  try {
    if (args[0] === "users")
      return void (await runUsersCommand(args.slice(1), await loadConfig(process.env)));
    if (args[0] === "keys") return void (await runKeysCommand(args.slice(1), await loadConfig(process.env)));
    if (args[0] === "move") return void (await runMoveCommand(args.slice(1), await loadConfig(process.env)));
    if (args[0] === "backup")
      return void (await runBackupCommand(args.slice(1), await loadConfig(process.env), version));
    if (args[0] === "restore")
      return void (await runRestoreCommand(args.slice(1), await loadConfig(process.env)));
    const flags = parseFlags(args);
    if (flags.action === "help") return void process.stdout.write(HELP);
    if (flags.action === "version") return void process.stdout.write(`${version}\n`);
    const config = await loadConfig(process.env, flags.config);
    if (flags.action === "check") return void process.stdout.write(`${showConfig(config)}\n`);
    await serve(config, version, start);
  } catch (error) {
    if (error instanceof ConfigError || error instanceof StartError) {
      process.stderr.write(`kabar: ${error.message}\n`);
      process.exit(2);
    }
    const told = listenTrouble(error);
    process.stderr.write(`kabar: ${told ?? `could not start: ${reasonOf(error)}`}\n`);
    process.exit(told === undefined ? 1 : 2);
  }
}
