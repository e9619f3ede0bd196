/**
 * The command `serve`: starts the server, prints where to look, and ends it in order on a signal.
 */
import type { Config } from "../config.ts";
import { createLogger, type Logger } from "../logger.ts";

/** The part of a started server that the command line uses. */
interface Running {
  url: string;
  newOperatorKey: string | undefined;
  makeConsoleLink(address: string): string;
  reload?(): void;
  stop(): Promise<void>;
}
export type Start = (config: Config, logger: Logger, version: string) => Promise<Running>;

/** The time that a shutdown may take before the process exits anyway, without the configured drain delay. */
const STOP_DEADLINE_MS = 10_000;

/** Signals within this time are one request: Ctrl+C reaches the server from the terminal and again through `npm start`. A later signal ends the process at once. */
const SAME_REQUEST_MS = 1000;

/** The text of a start on a socket whose outside address is unknown. */
const socketBanner = (url: string, { socket, dataDir }: Config): string => `
  Kabar is listening on ${url}

  Publish     curl --unix-socket ${socket} -d 'Hello' http://localhost/api/topics/lobby/messages
  Data        ${dataDir}

  Let a proxy lead to the socket, and set public_url to the address that visitors use.
`;

/** The text that a start prints. */
function banner(running: Running, config: Config): string {
  const { url, newOperatorKey } = running;
  if (config.socket !== "" && config.publicUrl === "") return socketBanner(url, config);
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
    `  Console     ${running.makeConsoleLink(address)}`,
    '              (signs one browser in, within ten minutes; the command "console" prints another)',
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

/** Why the server can't listen, with the setting to change; undefined when it is something else. */
export function listenTrouble(error: unknown): string | undefined {
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

/** Serves until a signal ends the process. Throws what the start throws. */
export async function serve(config: Config, version: string, start: Start): Promise<void> {
  const logger = createLogger(config.logLevel);
  // A bug in one callback must not stop the server. It is logged as a bug.
  process.on("unhandledRejection", (err) => logger.error({ err }, "bug: unhandled rejection"));
  process.on("uncaughtException", (err) => logger.error({ err }, "bug: uncaught exception"));
  let running: Running | undefined;
  let stoppingSince: number | undefined;
  const stop = async (signal: string) => {
    // Nothing was accepted yet. The first process of a container has to end by itself: the kernel spares it.
    if (!running) process.exit(0);
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
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop(signal));
  // SIGHUP means that the terminal was closed; where there is none, a supervisor asks to read the certificate again.
  let hasTerminal = true;
  process.on("SIGHUP", () => {
    if (running?.reload && !hasTerminal) running.reload();
    else void stop("SIGHUP");
  });
  running = await start(config, logger, version);
  // After the start, which does not need the library of terminals.
  const { isatty } = await import("node:tty");
  hasTerminal = [0, 1, 2].some(isatty);
  // A closed pipe or a full disk behind standard output is no reason to stop.
  process.stdout.on("error", () => undefined);
  process.stdout.write(banner(running, config));
}
