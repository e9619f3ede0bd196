/**
 * The command line: flags, the start-up banner, signals, exit codes. 0 is a clean end, 1 a failure at run time, 2 wrong
 * configuration or a data folder that can't be used, told in one line.
 */
import { type Config, loadConfig, showConfig } from "./config.ts";
import { LogOpenError } from "./database.ts";
import { ConfigError } from "./topic-rules.ts";
import { runKeysCommand } from "./keys-command.ts";
import { createLogger, type Logger } from "./logger.ts";
import { runUsersCommand } from "./users-command.ts";

/** What the command line needs to know of the server it starts. */
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
  bun run src/server.ts --version
  bun run src/server.ts --help

Settings come from kabar.toml in this folder and from PORT, HOST and KABAR_* variables, which win.
docs/OPERATIONS.md lists them all.
`;

/** How long a shutdown may take before the process ends anyway; beyond the configured drain delay. */
const STOP_DEADLINE_MS = 10_000;

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
    else if (arg === "--config") throw new ConfigError("--config needs the name of a file.");
    else
      throw new ConfigError(`unknown argument "${arg}"; allowed: --check, --config FILE, --help, --version.`);
  }
  return flags;
}

/** What a person sees at start. */
function banner({ url, newOperatorKey }: Running, config: Config): string {
  const address = (config.publicUrl || url)
    .replace("//0.0.0.0", "//localhost")
    .replace("//127.0.0.1", "//localhost");
  const open = config.topics.filter((rule) => rule.guests !== "none").map((rule) => rule.pattern);
  const topic = open.find((pattern) => !pattern.endsWith("*")) ?? "lobby";
  const lines = [
    "",
    `  Kabar is listening on ${address}`,
    "",
    `  Demo page   ${address}/`,
    `  Your page   <script async src="${address}/widget.js" data-topic="${topic}"></script>`,
    `  Publish     curl -d 'Hello' ${address}/api/topics/${topic}/messages`,
    `  Data        ${config.dataDir}`,
  ];
  if (open.length > 0) {
    const pages = config.allowedOrigins.includes("*") ? "any page" : config.allowedOrigins.join(", ");
    lines.push("", `  Guests may use ${open.join(", ")} from ${pages} (topics, allowed_origins).`);
  }
  if (newOperatorKey !== undefined) {
    lines.push(
      "",
      `  Operator key, shown this once: ${newOperatorKey}`,
      `  It is kept in ${config.dataDir}/operator.key; KABAR_OPERATOR_KEY replaces it.`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function serve(config: Config, version: string, start: Start): Promise<void> {
  const logger = createLogger(config.logLevel);
  // A slip in one callback must not take everybody's chat down; it is logged as what it is.
  process.on("unhandledRejection", (err) => logger.error({ err }, "bug: unhandled rejection"));
  process.on("uncaughtException", (err) => logger.error({ err }, "bug: uncaught exception"));
  const running = await start(config, logger, version);
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, "shutting down");
    setTimeout(() => process.exit(1), config.drainDelayMs + STOP_DEADLINE_MS).unref();
    await running.stop();
    logger.info("stopped");
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop(signal));
  process.stdout.write(banner(running, config));
}

/** Runs the program with its arguments. Exits by itself where there is nothing to serve. */
export async function runCommandLine(args: readonly string[], start: Start): Promise<void> {
  const { version } = (await Bun.file(new URL("../package.json", import.meta.url)).json()) as {
    version: string;
  };
  try {
    if (args[0] === "users")
      return void (await runUsersCommand(args.slice(1), await loadConfig(process.env)));
    if (args[0] === "keys") return void (await runKeysCommand(args.slice(1), await loadConfig(process.env)));
    const flags = parseFlags(args);
    if (flags.action === "help") return void process.stdout.write(HELP);
    if (flags.action === "version") return void process.stdout.write(`${version}\n`);
    const config = await loadConfig(process.env, flags.config);
    if (flags.action === "check") return void process.stdout.write(`${showConfig(config)}\n`);
    await serve(config, version, start);
  } catch (error) {
    if (error instanceof ConfigError || error instanceof LogOpenError) {
      process.stderr.write(`kabar: ${error.message}\n`);
      process.exit(2);
    }
    const busy = typeof error === "object" && error !== null && Reflect.get(error, "code") === "EADDRINUSE";
    if (busy) process.stderr.write("kabar: the port is in use; choose another with PORT.\n");
    else process.stderr.write(`kabar: could not start: ${reasonOf(error)}\n`);
    process.exit(busy ? 2 : 1);
  }
}
