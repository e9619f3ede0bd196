/** Reads a secret: from a terminal without showing it, else the first line of standard input. Never from arguments, which other users see. */
import { createInterface } from "node:readline";
import { ConfigError } from "../topic-rules.ts";

/** The longest secret that is read. */
const MAX_LENGTH = 2000;
/** Control-C and Control-D. */
const GIVE_UP = "\u0003\u0004";
const ENTER = "\r\n";
const ERASE = "\u007f\b";

/** Reads a line from the terminal; what is typed does not appear. Throws ConfigError when the user gives up. */
async function readHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  // Before the question: what is typed at once must not appear.
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.setEncoding("utf8");
  // A stream that was paused does not flow again by itself.
  stdin.resume();
  let typed: string[] = [];
  /** Whether the line is complete with this character. */
  const take = (character: string): boolean => {
    if (GIVE_UP.includes(character)) throw new ConfigError("nothing was changed.");
    if (ERASE.includes(character)) typed = typed.slice(0, -1);
    else if (!ENTER.includes(character) && typed.length < MAX_LENGTH) typed.push(character);
    return ENTER.includes(character);
  };
  try {
    await new Promise<void>((resolve, reject) => {
      const onData = (text: string) => {
        try {
          if (![...text].some(take)) return;
          resolve();
        } catch (error) {
          reject(error);
        }
        stdin.off("data", onData);
      };
      stdin.on("data", onData);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write("\n");
  }
  return typed.join("");
}

/** The first line of standard input; empty without one. */
async function readPiped(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line.slice(0, MAX_LENGTH);
  return "";
}

/** Reads a secret; at a terminal twice. Throws ConfigError when the two differ or the user gives up. */
export async function readSecret(what: string): Promise<string> {
  if (!process.stdin.isTTY) return readPiped();
  const secret = await readHidden(`${what}: `);
  if ((await readHidden("The same again: ")) !== secret)
    throw new ConfigError("the two are not the same; nothing was changed.");
  return secret;
}
