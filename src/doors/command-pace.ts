/**
 * How fast a session's commands come, and how many of them are refused: two buckets, the commands that wait behind a token,
 * and the counts after which a client is sent away. Answers nothing itself.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { Bucket } from "../limits.ts";

/** Frames in a row that are no command before the session is told not to come back. */
const MAX_STRIKES = 20;
/** Commands refused in a row for their pace: a client that goes on after so many refusals does not listen. */
const MAX_REFUSALS = 500;
/** Commands, and their characters, that may wait while a token is checked: a page with many topics starts up. */
const MAX_WAITING = 64;
const MAX_WAITING_CHARACTERS = 262_144;

export class CommandPace {
  readonly #config: Config;
  readonly #now: () => number;
  readonly #commands: Bucket;
  readonly #messages: Bucket;
  #strikes = 0;
  #refusals = 0;
  #waiting = 0;
  #waitingCharacters = 0;

  constructor(config: Config, now: () => number) {
    this.#config = config;
    this.#now = now;
    this.#commands = new Bucket(config.sessionCommandBurst, now());
    this.#messages = new Bucket(config.sessionPublishBurst, now());
  }

  /** Lets a visitor's command through. Throws `rate-limited`. */
  takeCommand(): void {
    const { sessionCommandRate: rate, sessionCommandBurst: burst } = this.#config;
    const waitMs = this.#commands.take({ rate, burst }, this.#now());
    if (waitMs > 0) throw new KabarError("rate-limited", undefined, waitMs);
    this.#refusals = 0;
  }

  /** Lets a visitor's message through. Throws `rate-limited`. */
  takeMessage(): void {
    const { sessionPublishRate: rate, sessionPublishBurst: burst } = this.#config;
    const waitMs = this.#messages.take({ rate, burst }, this.#now());
    if (waitMs > 0) throw new KabarError("rate-limited", undefined, waitMs);
  }

  /** Notes whether a frame was a command. True when there were too many in a row that were none. */
  isNoise(isCommand: boolean): boolean {
    this.#strikes = isCommand ? 0 : this.#strikes + 1;
    return this.#strikes >= MAX_STRIKES;
  }

  /** Notes that a command was refused for its pace. True when there were too many in a row. */
  isDeaf(): boolean {
    this.#refusals += 1;
    return this.#refusals >= MAX_REFUSALS;
  }

  /** Has `run` wait for a token to be checked. Throws `rate-limited` when too much waits: checking may ask another server. */
  async wait(token: Promise<unknown>, characters: number, run: () => Promise<void>): Promise<void> {
    if (this.#waiting >= MAX_WAITING || this.#waitingCharacters + characters > MAX_WAITING_CHARACTERS)
      throw new KabarError("rate-limited", "Too many commands are waiting for a token to be checked.", 1000);
    this.#waiting += 1;
    this.#waitingCharacters += characters;
    await token;
    this.#waiting -= 1;
    this.#waitingCharacters -= characters;
    await run();
  }
}
