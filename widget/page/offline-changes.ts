/**
 * Edits, removals and reactions made without a connection: stored, and sent in order when there is one.
 * They are written down beside the unsent messages (client/outbox.ts), so that a reload keeps them. Each keeps its id
 * across attempts: the server applies it once, even when only the reply was lost. Other commands fail at once.
 */
import type { CommandFields, CommandType } from "../../src/protocol.ts";
import type { Client } from "../client/client.ts";
import type { RunCommand } from "../client/page-hooks.ts";
import type { CommandError } from "../client/requests.ts";

/** A change that the server has not answered. */
interface StoredChange {
  type: "edit" | "remove" | "react";
  fields: CommandFields["edit" | "remove" | "react"];
  at: number;
}
/** The caller of a change, on this page. */
interface Caller {
  resolve: (reply: unknown) => void;
  reject: (error: unknown) => void;
}

/** The same as `LOST` in client/requests.ts, which belongs to another chunk. */
const LOST = "connection-lost";
/** Nobody makes more changes than this by hand. */
const MAX_WAITING = 50;
/** The pause after a refusal that may pass, when the server names none. */
const PAUSE_MS = 3_000;

const isChange = (type: CommandType): type is StoredChange["type"] =>
  type === "edit" || type === "remove" || type === "react";

/**
 * Returns the client's `runCommand_` hook: it sends every command, and keeps changes that found no connection. Sends the
 * changes that an earlier page stored. `now` is in milliseconds since 1970; `after` starts a timer.
 */
export function createOfflineChanges(
  client: Client,
  now: () => number,
  after: (ms: number, run: () => void) => void,
): RunCommand {
  const { sendNow_: sendNow, keeper } = client;
  const prefix = `${keeper.recordKey}:change:`;
  const callers = new Map<string, Caller>();
  /** The browser's storage, or memory until the user allows storage. */
  const area = () => keeper.areas()[0] ?? {};
  let isBusy = false;

  function store(id: string, change?: StoredChange): void {
    try {
      if (change) area()[prefix + id] = JSON.stringify(change);
      else delete area()[prefix + id];
    } catch {
      // Storage is full or forbidden: the change still waits as long as this page lives.
    }
  }
  /** The stored changes, oldest first. */
  function load(): (StoredChange & { id: string })[] {
    const found = Object.entries(area()).flatMap(([key, text]) => {
      if (!key.startsWith(prefix) || !text) return [];
      try {
        return [{ ...(JSON.parse(text) as StoredChange), id: key.slice(prefix.length) }];
      } catch {
        return [];
      }
    });
    return found.sort((a, b) => a.at - b.at);
  }

  /** Sends one change after the other: of two reactions the last must win. */
  async function flush(): Promise<void> {
    const [first] = load();
    if (isBusy || !first || client.state.connection !== "online") return;
    isBusy = true;
    const { id, type, fields } = first;
    let pauseMs = 0;
    try {
      const reply = await sendNow(type, fields as never);
      store(id);
      callers.get(id)?.resolve(reply);
      callers.delete(id);
    } catch (cause) {
      const { code, retry, retryAfterMs } = cause as CommandError;
      if (code !== LOST && !retry) {
        store(id);
        callers.get(id)?.reject(cause);
        callers.delete(id);
      } else if (code !== LOST) pauseMs = retryAfterMs ?? PAUSE_MS;
    }
    isBusy = false;
    if (pauseMs) after(pauseMs, () => void flush());
    else void flush();
  }

  client.listen((notice) => {
    if (notice.type === "connection" && notice.connection === "online") void flush();
  });
  void flush();

  return (type, fields) =>
    sendNow(type, fields).catch((error: CommandError) => {
      if (error.code !== LOST || !isChange(type) || callers.size >= MAX_WAITING) throw error;
      const change = fields as StoredChange["fields"];
      store(change.messageId, { type, fields: { ...change }, at: now() });
      return new Promise((resolve, reject) => {
        callers.set(change.messageId, { resolve: resolve as Caller["resolve"], reject });
        void flush();
      });
    });
}
