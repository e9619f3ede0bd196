/**
 * The rates of one session's commands: a bucket for commands, one for messages, the commands that wait for a token, and
 * the counts after which the client is disconnected. Throws errors and counts; the session answers and closes.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { Bucket } from "../token-bucket.ts";

/** Invalid frames in a row after which the client is disconnected. */
const MAX_INVALID_FRAMES = 20;
/** Refusals in a row for the rate of commands after which the client is disconnected: it ignores every answer. */
const MAX_REFUSALS = 500;
/** Commands, and their characters, that may wait while a token is checked: enough for the start of a page with many topics. */
const MAX_WAITING = 64;
const MAX_WAITING_CHARACTERS = 262_144;

export class CommandPace {
  readonly #config: Config;
  readonly #now: () => number;
  readonly #commands: Bucket;
  readonly #messages: Bucket;
  #invalidFrames = 0;
  #refusals = 0;
  #waiting = 0;
  #waitingCharacters = 0;

  constructor(config: Config, now: () => number) {
    this.#config = config;
    this.#now = now;
    this.#commands = new Bucket(config.sessionCommandBurst, now());
    this.#messages = new Bucket(config.sessionPublishBurst, now());
  }

  /** Takes one command from the bucket. Throws `rate-limited`. */
  takeCommand(): void {
    const { sessionCommandRate: rate, sessionCommandBurst: burst } = this.#config;
    const waitMs = this.#commands.take({ rate, burst }, this.#now());
    if (waitMs > 0) throw new KabarError("rate-limited", undefined, waitMs);
    this.#refusals = 0;
  }

  /** Takes one message from the bucket. Throws `rate-limited`. */
  takeMessage(): void {
    const { sessionPublishRate: rate, sessionPublishBurst: burst } = this.#config;
    const waitMs = this.#messages.take({ rate, burst }, this.#now());
    if (waitMs > 0) throw new KabarError("rate-limited", undefined, waitMs);
  }

  /** Counts a frame. Returns true when too many in a row were invalid. */
  noteFrame(isValid: boolean): boolean {
    this.#invalidFrames = isValid ? 0 : this.#invalidFrames + 1;
    return this.#invalidFrames >= MAX_INVALID_FRAMES;
  }

  /** Counts a command that was refused for its rate. Returns true when there were too many in a row. */
  noteRefusal(): boolean {
    this.#refusals += 1;
    return this.#refusals >= MAX_REFUSALS;
  }

  /**
   * Runs a command of so many characters after a token is checked. Throws `rate-limited` when too many commands wait: the
   * check may ask another server.
   */
  async runAfter(tokenCheck: Promise<unknown>, characters: number, run: () => Promise<void>): Promise<void> {
    if (this.#waiting >= MAX_WAITING || this.#waitingCharacters + characters > MAX_WAITING_CHARACTERS)
      throw new KabarError("rate-limited", "Too many commands are waiting for a token to be checked.", 1000);
    this.#waiting += 1;
    this.#waitingCharacters += characters;
    await tokenCheck;
    this.#waiting -= 1;
    this.#waitingCharacters -= characters;
    await run();
  }
}
