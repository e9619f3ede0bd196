/**
 * Storage on the user's device: one record per server, unsent messages, drafts.
 * The record holds the guest credential, the name and the read markers. Each unsent message has a key of its own, so that two tabs
 * never overwrite each other's. Until the user writes, takes a name or changes a setting, everything stays in memory. Where the
 * browser refuses storage (private windows, sandboxed frames) everything stays in memory too; `takeBlocked` reports it once.
 */
import type { MessageFields } from "../../src/model.ts";

/** When to write: `none` never, `session` until the tab closes, `granted` from the start. */
export type StorageMode = "on-interaction" | "session" | "none" | "granted";

/** Keys and values: an object in memory, or the browser's `Storage`, which can be used like one. */
export type Area = Record<string, string | undefined>;

/** The stored record of a user. */
export interface StoredRecord {
  guest?: string | undefined;
  name?: string | undefined;
  /** The user's choices in the menu, by setting. Unchecked: readers check them. */
  prefs?: Record<string, string> | undefined;
  /** By topic: the epoch and the last offset that was read. */
  read?: Record<string, readonly [epoch: string, offset: number]> | undefined;
  /** The user whose markers these are, once the server keeps them, too. Unchecked: only compared. */
  reader?: string | undefined;
}

/** A message that the server has not acknowledged yet. */
export interface Unsent {
  id: string;
  topic: string;
  text: string;
  at: number;
  /** The message it replies to, the users it mentions, and what programs add. */
  more?: ({ replyTo?: number | undefined; mentions?: string[] | undefined } & MessageFields) | undefined;
  /** The error after which the outbox stopped trying. */
  failed?: string | undefined;
  /** The signed user who wrote it. */
  by?: string | undefined;
}

/** The browser's storage areas. Functions, because naming `localStorage` may throw. */
export interface Areas {
  local: () => Area;
  session: () => Area;
}

export type Keeper = ReturnType<typeof createKeeper>;

/** Parses a stored text, which any script of the page's origin may have written; undefined unless it is an object. */
function parse(text = "null"): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value instanceof Object ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const asText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Creates the keeper for one server. `server` is its address and part of every key. */
export function createKeeper(server: string, mode: StorageMode, { local, session }: Areas) {
  const recordKey = `kabar:${server}`;
  const unsentPrefix = `${recordKey}:unsent:`;
  const draftPrefix = `${recordKey}:draft:`;
  let blocked: boolean | undefined;
  let consented = mode === "granted" || mode === "session";
  let main: Area = {};
  let drafts: Area = {};

  /** Runs an access to storage that the browser may refuse. */
  function attempt(use: () => void): void {
    try {
      use();
    } catch {
      blocked ??= true;
    }
  }
  /** Moves everything from memory to the browser's storage, if the browser allows it. */
  function settle(): void {
    attempt(() => {
      main = Object.assign(mode === "session" ? session() : local(), main);
      drafts = Object.assign(session(), drafts);
    });
  }
  function write(area: Area, key: string, value?: string): void {
    attempt(() => {
      if (value) area[key] = value;
      else delete area[key];
    });
  }
  function read(): StoredRecord {
    const raw = parse(main[recordKey]);
    // Marks are only ever compared: a wrong one matches nothing.
    return { ...raw, guest: asText(raw?.guest), name: asText(raw?.name) };
  }

  if (mode !== "none") {
    attempt(() => {
      // A stored record means that the user consented in an earlier visit.
      if (mode === "on-interaction" && local()[recordKey]) consented = true;
    });
    if (consented) settle();
  }
  let record = read();

  return {
    recordKey,
    get record(): StoredRecord {
      return record;
    },
    /** Whether the browser refused to store something of the user; true once. */
    takeBlocked(): boolean {
      const isNews = consented && blocked === true;
      if (isNews) blocked = false;
      return isNews;
    },
    /** Whether the user's data may be stored. */
    get consented(): boolean {
      return consented;
    },
    /** Stores everything from now on: the user has written, taken a name or changed a setting. */
    consent(): void {
      if (consented || mode === "none") return;
      consented = true;
      settle();
    },
    save(change: StoredRecord): void {
      record = { ...record, ...change };
      write(main, recordKey, JSON.stringify(record));
    },
    /** Takes over the record that another tab wrote. */
    reload(): StoredRecord {
      if (!consented) this.consent();
      record = read();
      return record;
    },
    /** Returns the user's unsent messages, oldest first, including those of a page that was closed too early. */
    unsent(): Unsent[] {
      const items: Unsent[] = [];
      for (const key of Object.keys(main)) {
        const { topic, text, at, failed, more, by } =
          (key.startsWith(unsentPrefix) && parse(main[key])) || {};
        if (typeof topic !== "string" || typeof text !== "string") continue;
        items.push({
          id: key.slice(unsentPrefix.length),
          topic,
          text,
          at: Number(at),
          failed: asText(failed),
          by: asText(by),
          more: more instanceof Object ? more : undefined,
        });
      }
      return items.sort((a, b) => a.at - b.at);
    },
    putUnsent: (item: Unsent): void => write(main, unsentPrefix + item.id, JSON.stringify(item)),
    removeUnsent: (id: string): void => write(main, unsentPrefix + id),
    draft: (topic: string): string => drafts[draftPrefix + topic] ?? "",
    saveDraft: (topic: string, text: string): void => write(drafts, draftPrefix + topic, text),
    /** Returns the areas in use, so that they can be erased. */
    areas: (): Area[] => [main, drafts],
    /** Forgets everything, as if the user had never written. */
    reset(): void {
      record = {};
      consented &&= mode !== "on-interaction";
      if (!consented) [main, drafts] = [{}, {}];
    },
  };
}
