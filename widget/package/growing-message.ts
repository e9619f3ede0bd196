/**
 * Growing messages of the package's client: `begin` publishes a message, `append` adds to it, `done` ends it.
 * Numbers the appends and sends what has no reply again after a lost connection, so that each part is in the message once and in
 * order. Keeps half a character back until its other half comes.
 */
import type { CommandFields, CommandResults } from "../../src/protocol.ts";
import { ClientError } from "./client-error.ts";
import type { GrowingMessage, Published } from "./client-types.ts";

/** Appends of one message that may be without a reply: more wait, joined to one text. */
const MAX_UNANSWERED = 100;
/** How often an append waits for one before it: the server may have lost that to a restored backup. */
const MAX_GAPS = 20;
/** The pause before an append is sent again that the server could not take. */
const RETRY_MS = 1_000;
/** A text that ends within a character, or with half a line end: the other half may come with the next append. */
const HALF = /[\ud800-\udbff\r]$/;

type SendAppend = (fields: CommandFields["append"]) => Promise<CommandResults["append"]>;

/** Creates the handle of a message that was begun. `send` waits for a connection. */
export function createGrowingMessage(
  { topic, id, offset }: Published,
  send: SendAppend,
  pause: (ms: number) => Promise<void>,
): GrowingMessage {
  /** Text that was given and not sent, and those who wait for it. */
  let text = "";
  let isEnding = false;
  let sequence = 0;
  let unanswered = 0;
  let failure: unknown;
  let waiters: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  let isEnded = false;

  /** Sends one append until it has a reply: its sequence makes a repeat harmless. */
  async function deliver(fields: CommandFields["append"]): Promise<void> {
    for (let gaps = 0; ;) {
      try {
        await send(fields);
        return;
      } catch (error) {
        const { code, retry, retryAfterMs } = error as ClientError;
        // After a lost connection an earlier append may be missing: it is sent again, too.
        const isGap = code === "sequence-gap" && gaps++ < MAX_GAPS;
        const isPassing = code === "connection-lost" || isGap || retry;
        if (failure !== undefined || !isPassing) throw error;
        await pause(retryAfterMs ?? (code === "connection-lost" ? 0 : RETRY_MS));
      }
    }
  }

  function advance(): void {
    if (failure !== undefined || unanswered >= MAX_UNANSWERED) return;
    const held = isEnding ? "" : (HALF.exec(text)?.[0] ?? "");
    const part = text.slice(0, text.length - held.length);
    const asking = waiters;
    const isLast = isEnding && !isEnded;
    if (part === "" && !isLast) {
      // Nothing is left to send but half a character.
      if (unanswered === 0) settle(asking.splice(0));
      return;
    }
    text = held;
    waiters = [];
    sequence += 1;
    unanswered += 1;
    isEnded = isLast;
    deliver({ topic, target: offset, sequence, text: part, ...(isLast ? { done: true } : {}) })
      .then(
        () => settle(asking),
        (error: unknown) => fail(error, asking),
      )
      .finally(() => {
        unanswered -= 1;
        advance();
      });
  }
  const settle = (asking: typeof waiters): void => {
    for (const { resolve } of asking) resolve();
  };
  function fail(error: unknown, asking: typeof waiters): void {
    failure ??= error;
    for (const { reject } of [...asking, ...waiters.splice(0)]) reject(failure);
  }

  function give(more: string): Promise<void> {
    if (failure !== undefined) return Promise.reject(failure);
    if (isEnding) return Promise.reject(new ClientError("not-growing", "The message has ended.", { topic }));
    text += more;
    const stored = new Promise<void>((resolve, reject) => {
      waiters.push({ resolve, reject });
    });
    // A program need not wait for each part: `done` rejects, too.
    stored.catch(() => undefined);
    return stored;
  }

  return {
    topic,
    id,
    offset,
    append(more) {
      const stored = give(String(more));
      queueMicrotask(advance);
      return stored;
    },
    done(more = "") {
      const stored = give(String(more));
      isEnding = true;
      queueMicrotask(advance);
      return stored;
    },
  };
}
