/**
 * The table of commands: the name, the arguments, the help and the function of each. A command is loaded when it runs, so that
 * the server does not wait for the others.
 */
import { basename } from "node:path";
import type { Config } from "../config.ts";
import { serve, type Start } from "./serve-command.ts";
import { ConfigError } from "../topic-rules.ts";
import { SCOPES } from "../users/api-keys.ts";

/** What a command receives. */
export interface Call {
  /** The words after the command's name, without `--config`. */
  args: readonly string[];
  /** Loads the configuration. Throws ConfigError. */
  loadConfig(): Promise<Config>;
  /** The file of `--config`. */
  configFile: string | undefined;
  version: string;
  start: Start;
}

export interface Command {
  name: string;
  /** The effect in a few words, for the list of commands. */
  does: string;
  /** The forms of the command, without the program's name. */
  usage: readonly string[];
  /** More, in a sentence or two. */
  about: string;
  /** Lines to copy, without the program's name. */
  examples: readonly string[];
  run(call: Call): Promise<void>;
}

/** Throws ConfigError when a command that takes no arguments has some. */
function refuseArguments(name: string, [first]: readonly string[]): void {
  if (first !== undefined)
    throw new ConfigError(`unknown argument ${JSON.stringify(first)}; ${name} takes --config FILE only.`);
}

export const COMMANDS: readonly Command[] = [
  {
    name: "serve",
    does: "serve; the same without a command",
    usage: ["serve"],
    about:
      "Serves until SIGTERM, SIGINT or SIGHUP (which reads the certificate again where the server has one and no terminal); then stores what was accepted, says goodbye to every session and ends with exit code 0.",
    examples: ["serve", "serve --config /etc/kabar.toml"],
    async run({ args, loadConfig, version, start }) {
      refuseArguments("serve", args);
      await serve(await loadConfig(), version, start);
    },
  },
  {
    name: "check",
    does: "check the configuration and print it, secrets masked",
    usage: ["check"],
    about:
      "Creates nothing. Says what the next start would change in a log of an older version. A wrong configuration is one line that names the key, the value and what is allowed, and exit code 2; so is a log of a newer version.",
    examples: ["check", "check --config new.toml"],
    async run({ args, loadConfig }) {
      refuseArguments("check", args);
      (await import("./check-command.ts")).runCheckCommand(await loadConfig());
    },
  },
  {
    name: "keys",
    does: "make, list and revoke API keys",
    usage: [`keys make NAME ${SCOPES.join("|")} [TOPIC …]`, "keys list", "keys revoke ID"],
    about:
      "Asks the running server, or opens the data folder when none runs. A key is shown once, when it is made.",
    examples: ["keys make deploys publish lobby news", "keys revoke 4f1c0a9be2d7"],
    run: async ({ args, loadConfig }) =>
      (await import("./keys-command.ts")).runKeysCommand(args, await loadConfig()),
  },
  {
    name: "users",
    does: "export, erase and revoke a user",
    usage: ["users export ID", "users erase ID [WHY]", "users revoke ID [WHY]"],
    about: "Asks the running server. `erase` removes all messages of the user for good.",
    examples: ["users export u:42 > ana.json", "users erase u:42 asked on 3 May"],
    run: async ({ args, loadConfig }) =>
      (await import("./users-command.ts")).runUsersCommand(args, await loadConfig()),
  },
  {
    name: "console",
    does: "print a link that signs a browser in to the console; keep named owners",
    usage: ["console", "console --owner NAME [--remove]"],
    about:
      "Asks the running server. The link works once, within ten minutes; do not pass it on. With --owner, reads a passphrase from the terminal or standard input: NAME signs in with it, and the audit log has NAME's acts under NAME.",
    examples: ["console", "console --owner ana"],
    run: async ({ args, loadConfig }) =>
      (await import("./console-command.ts")).runConsoleCommand(args, await loadConfig()),
  },
  {
    name: "backup",
    does: "copy the log into a file while the server serves",
    usage: ["backup FILE", "backup FOLDER [--every 24h] [--keep 7]"],
    about:
      "Compares the copy with the log, checks it and syncs it before it gets its name. In a folder each backup has a dated name; --keep removes the oldest ones.",
    examples: ["backup kabar-backup.db", "backup backups/ --every 24h --keep 7"],
    run: async ({ args, loadConfig, version }) =>
      (await import("./backup-command.ts")).runBackupCommand(args, await loadConfig(), version),
  },
  {
    name: "restore",
    does: "put a backup in the place of the log",
    usage: ["restore FILE"],
    about: "Stop the server first. Checks the backup, and keeps the log that it replaces in the data folder.",
    examples: ["restore backups/kabar-2026-05-03T02-00-00Z.db"],
    run: async ({ args, loadConfig }) =>
      (await import("./restore-command.ts")).runRestoreCommand(args, await loadConfig()),
  },
  {
    name: "move",
    does: "move the log between the data folder and PostgreSQL",
    usage: ["move --from FOLDER|ADDRESS… --to FOLDER|ADDRESS…"],
    about:
      "Stop the server first. A side that is left out is the configured log. If the command stops, run it again.",
    examples: ["move --from ./data --to postgres://kabar:password@db.example/kabar"],
    run: async ({ args, loadConfig }) =>
      (await import("./move-command.ts")).runMoveCommand(args, await loadConfig()),
  },
  {
    name: "doctor",
    does: "look for what keeps the server from working well, and say what to do",
    usage: ["doctor [ADDRESS]"],
    about:
      "Looks at the configuration, data folder, disk, log, clock, open-file limit and port; with the outside ADDRESS (or public_url) also at the proxy: WebSocket, live events, forwarded addresses. Run it as the user of the server, while it serves. Exit code 1 when something is to be mended.",
    examples: ["doctor", "doctor https://chat.example"],
    run: async ({ args, loadConfig, configFile }) =>
      (await import("./doctor-command.ts")).runDoctorCommand(args, loadConfig, configFile),
  },
  {
    name: "health",
    does: "ask the running server whether it is ready",
    usage: ["health"],
    about:
      "Prints the answer of /readyz. Exit code 1 when the server does not answer or can't store messages. For health checks of containers.",
    examples: ["health"],
    async run({ args, loadConfig }) {
      refuseArguments("health", args);
      await (await import("./health-command.ts")).runHealthCommand(await loadConfig());
    },
  },
  {
    name: "api",
    does: "print the description of the API: OpenAPI or AsyncAPI, as JSON",
    usage: ["api openapi", "api asyncapi"],
    about:
      "OpenAPI 3.1 describes HTTP, AsyncAPI 3 the WebSocket subprotocol kabar.v1. A running server has the same at /api/openapi.json and /api/asyncapi.json.",
    examples: ["api openapi > openapi.json"],
    run: async ({ args, loadConfig, version }) =>
      (await import("./api-command.ts")).runApiCommand(args, await loadConfig(), version),
  },
  {
    name: "version",
    does: "print the version, or compare it with the newest one",
    usage: ["version [--check FILE]"],
    about:
      "FILE is the latest.json of a release, which you download: Kabar itself asks nobody and never phones home. Exit code 1 when it names a newer version.",
    examples: ["version", "version --check latest.json"],
    async run({ args, version }) {
      (await import("./version-command.ts")).runVersionCommand(args, version);
    },
  },
];

/** How this program is called, for help. */
function programName(): string {
  const name = basename(process.execPath).replace(/\.exe$/, "");
  return name.startsWith("bun") ? "bun run src/server.ts" : name;
}

/** The help of the whole program. */
export function showHelp(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length)) + 2;
  const rows = COMMANDS.map(({ name, does }) => `  ${name.padEnd(width)}${does}`);
  return `Kabar: chat and notifications for any web page.

usage: ${programName()} [COMMAND] [--config FILE]

${rows.join("\n")}

COMMAND --help shows the arguments of a command and an example. --check, --version and --help
are accepted in place of a command.

Settings come from kabar.toml in this folder (or FILE) and from PORT, HOST and KABAR_* variables, which
win. docs/OPERATIONS.md lists them all.
`;
}

/** The help of one command. */
export function showCommandHelp({ usage, about, examples }: Command): string {
  const lines = (words: readonly string[]) => words.map((line) => `  ${programName()} ${line}`).join("\n");
  return `usage:
${lines(usage.map((form) => `${form} [--config FILE]`))}

${about}

example:
${lines(examples)}
`;
}
