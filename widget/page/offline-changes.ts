/**
 * Edits, removals and reactions made without a connection: they wait for the next one, like messages do (outbox.ts), and are
 * written down with them, so that a reload doesn't lose them. Each keeps its id: the server stores it once, also when
 * only its answer was lost.
 */
import type { CommandError } from "../client/requests.ts";
import type { Client } from "../client/client.ts";

/** A change that has not arrived. */
interface Late {
  type: "edit" | "remove" | "react";
  fields: Record<string, unknown>;
  at: number;
}
interface Waiting {
  resolve: (reply: unknown) => void;
  reject: (error: unknown) => void;
}

/** The same as in calls.ts, which belongs to another chunk. */
const LOST = "connection-lost";
/** More than this nobody changes by hand. */
const MAX_LATE = 50;
const PAUSE_MS = 3_000;

/** Makes the client's changes wait for a connection when there is none. */
export function keepChanges(
  client: Client,
  now: () => number,
  after: (ms: number, run: () => void) => void,
): void {
  const { command, keeper } = client;
  const prefix = `${keeper.recordKey}:change:`;
  const waiting = new Map<string, Waiting>();
  /** Where they are written down, or kept in memory until that is allowed. */
  const area = () => keeper.areas()[0] ?? {};
  let isBusy = false;

  function write(id: string, late?: Late): void {
    try {
      if (late) area()[prefix + id] = JSON.stringify(late);
      else delete area()[prefix + id];
    } catch {
      // A full or forbidden storage: the page that waits still has its answer.
    }
  }
  function all(): (Late & { id: string })[] {
    const found = Object.entries(area()).flatMap(([key, text]) => {
      if (!key.startsWith(prefix) || !text) return [];
      try {
        return [{ ...(JSON.parse(text) as Late), id: key.slice(prefix.length) }];
      } catch {
        return [];
      }
    });
    return found.sort((a, b) => a.at - b.at);
  }

  /** One after the other: the last reaction must win. */
  async function flush(): Promise<void> {
    const [first] = all();
    if (isBusy || !first || client.state.connection !== "online") return;
    isBusy = true;
    const { id, type, fields } = first;
    let pauseMs = 0;
    try {
      const reply = await command(type, fields as never);
      write(id);
      waiting.get(id)?.resolve(reply);
      waiting.delete(id);
    } catch (cause) {
      const { code, retry, retryAfterMs } = cause as CommandError;
      if (code !== LOST && !retry) {
        write(id);
        waiting.get(id)?.reject(cause);
        waiting.delete(id);
      } else if (code !== LOST) pauseMs = retryAfterMs ?? PAUSE_MS;
    }
    isBusy = false;
    if (pauseMs) after(pauseMs, () => void flush());
    else void flush();
  }

  client.command = ((type, fields) =>
    command(type, fields).catch((error: CommandError) => {
      const isChange = type === "edit" || type === "remove" || type === "react";
      if (error.code !== LOST || !isChange || waiting.size >= MAX_LATE) throw error;
      const { messageId } = fields as { messageId: string };
      write(messageId, { type, fields: { ...(fields as object) }, at: now() });
      return new Promise((resolve, reject) => {
        waiting.set(messageId, { resolve: resolve as Waiting["resolve"], reject });
        void flush();
      });
    })) as typeof command;

  client.listen((notice) => {
    if (notice.type === "connection" && notice.connection === "online") void flush();
  });
  void flush();
}
