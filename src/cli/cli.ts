/**
 * The command line: finds the command, and turns what it throws into one line and an exit code. 0 is a clean end, 1 a failure
 * at run time, 2 wrong arguments, a wrong configuration or a data folder that can't be used.
 */
import { version } from "../../package.json";
import { loadConfig } from "../config.ts";
import { StartError } from "../errors.ts";
import { ConfigError } from "../topic-rules.ts";
import { type Call, type Command, COMMANDS, showCommandHelp, showHelp } from "./commands.ts";
import { listenTrouble, type Start } from "./serve-command.ts";

const isHelp = (word: string): boolean => word === "--help" || word === "-h";

/** The command of a name. Throws ConfigError with all names. */
function commandOf(name: string): Command {
  const command = COMMANDS.find((each) => each.name === name);
  if (command) return command;
  const names = COMMANDS.map((each) => each.name).join(", ");
  throw new ConfigError(`unknown command ${JSON.stringify(name)}; allowed: ${names}.`);
}

/** Takes `--config FILE` out of the words. Throws ConfigError when the file's name is missing. */
function takeConfig(words: readonly string[]): { args: string[]; file: string | undefined } {
  const args = [...words];
  let file: string | undefined;
  for (let i = args.indexOf("--config"); i >= 0; i = args.indexOf("--config")) {
    const [, name] = args.splice(i, 2);
    if (name === undefined) throw new ConfigError("--config needs a file name.");
    file = name;
  }
  return { args, file };
}

/** The command that flags without a command stand for; undefined for help. Throws ConfigError. */
function commandOfFlags(flags: readonly string[]): Command | undefined {
  let name = "serve";
  for (const flag of flags) {
    if (isHelp(flag)) return undefined;
    if (flag === "--version" || flag === "-v") return commandOf("version");
    if (flag !== "--check")
      throw new ConfigError(
        `unknown argument ${JSON.stringify(flag)}; allowed: --check, --config FILE, --help, --version.`,
      );
    name = "check";
  }
  return commandOf(name);
}

/** A reader of the output who has read enough, such as `head`, is no failure; a full disk behind it is one. */
function watchOutput(): void {
  process.stdout.on("error", (error: Error) => {
    if (Reflect.get(error, "code") === "EPIPE") return;
    process.stderr.write(`kabar: the output could not be written: ${error.message}\n`);
    process.exit(1);
  });
}

/** Runs the command that the words name. */
async function runWords(words: readonly string[], rest: Pick<Call, "version" | "start">): Promise<void> {
  const { args, file } = takeConfig(words);
  const load = () => loadConfig(process.env, file);
  const print = (text: string) => void process.stdout.write(text);
  const [first, ...others] = args;
  // `serve` does this when it serves: the library of terminals takes time of a start.
  if (first !== undefined && first !== "serve") watchOutput();
  if (first === "help") return print(others[0] ? showCommandHelp(commandOf(others[0])) : showHelp());
  if (first === undefined || first.startsWith("-")) {
    const command = commandOfFlags(args);
    return command
      ? command.run({ ...rest, args: [], loadConfig: load, configFile: file })
      : print(showHelp());
  }
  const command = commandOf(first);
  if (others.some(isHelp)) return print(showCommandHelp(command));
  await command.run({ ...rest, args: others, loadConfig: load, configFile: file });
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs the program with its arguments. Exits by itself unless it serves. */
export async function runCommandLine(args: readonly string[], start: Start): Promise<void> {
  try {
    await runWords(args, { version, start });
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
