/**
 * Requests over one connection after another: an id for each command, its reply, or a failure.
 * Fails commands whose connection is gone. Does not know what commands mean.
 */
import type { CommandFields, CommandResults, CommandType } from "../../src/protocol.ts";

/** Reason why a command failed. `retry`: the same command can succeed later. */
export type CommandError = Error & { code: string; retry: boolean; retryAfterMs?: number };

/** The code of a command whose answer was lost with its connection. */
export const LOST = "connection-lost";

/** An error as the server would send it. */
export const failure = (code: string, retry = false): CommandError =>
  Object.assign(new Error(code), { code, retry });

export type Calls = ReturnType<typeof createCalls>;

/** `send` returns false when there is no connection. */
export function createCalls(send: (text: string) => boolean) {
  let nextId = 1;
  const open = new Map<
    unknown,
    { resolve: (reply: unknown) => void; reject: (error: CommandError) => void }
  >();
  return {
    /** `onOk` runs before any later frame is read; the promise resolves a moment later. */
    command_<T extends CommandType>(
      type: T,
      fields: CommandFields[T],
      onOk?: (reply: CommandResults[T]) => void,
    ): Promise<CommandResults[T]> {
      return new Promise((resolve, reject) => {
        const id = nextId++;
        const keep = (reply: unknown) => {
          onOk?.(reply as CommandResults[T]);
          resolve(reply as CommandResults[T]);
        };
        if (send(JSON.stringify({ type, id, ...(fields as object) })))
          open.set(id, { resolve: keep, reject });
        else reject(failure(LOST, true));
      });
    },
    /** Takes an `ok` or `error` frame. */
    settle_(frame: { type?: unknown; id?: unknown; message?: unknown }): void {
      const call = open.get(frame.id);
      open.delete(frame.id);
      if (frame.type === "ok") call?.resolve(frame);
      else call?.reject(Object.assign(new Error(), frame) as unknown as CommandError);
    },
    /** Fails every open request: the connection is lost. */
    lose_(): void {
      const lost = [...open.values()];
      open.clear();
      for (const { reject } of lost) reject(failure(LOST, true));
    },
  };
}
