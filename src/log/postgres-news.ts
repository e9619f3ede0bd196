/**
 * News between nodes over a table of PostgreSQL. Sends news in the order it was told, gathered for some milliseconds. Reads the
 * news of the other nodes once and in order. NOTIFY is a hint to look at once; where no hint arrives, it looks more often.
 */
import { SQL } from "bun";
import { dropOldest } from "../oldest.ts";
import {
  FIRST_NEWS,
  NEWS_KEPT_S,
  type NewsPosition,
  newsPosition,
  type NewsRow,
  readNews,
  RENEWED,
  type ToldNews,
  writeNews,
} from "./postgres-cluster-tables.ts";
import { createBackends } from "./postgres-backends.ts";
import type { Lane } from "./postgres-lane.ts";
import { isConnectionLost } from "./postgres-trouble.ts";

/** The channel of the hint that there is news. */
export const NEWS_CHANNEL = "kabar_news";
/** News waits this long for more. */
const GATHER_MS = 20;
/** Pieces of news in one statement, and their characters, so that it stays small. */
const TOLD_AT_ONCE = 500;
const CHARACTERS_AT_ONCE = 1_000_000;
/** Characters of news kept while the database is away; beyond them all that waits is dropped. */
const MAX_WAITING_CHARACTERS = 8_000_000;
/** The pause after news could not be stored. */
const RETRY_MS = 1000;
/** How often a node looks for news without a hint, where hints arrive. */
const LOOK_EVERY_MS = 3000;
/** How often a node looks where no hint arrives. */
const LOOK_EVERY_WITHOUT_HINTS_MS = 300;
/** Every node sends a notification every 5 s; after this silence hints do not arrive here. */
const HINTS_ARE_LOST_MS = 15_000;
/** Nodes whose last piece is known. Every start of a node has a new id; one that is gone tells nothing more. */
const MAX_NODES = 1000;

export interface NewsOptions {
  id: string;
  url: string;
  lane: Lane;
  now: () => number;
  /** Receives each piece of news of another node. Must not throw. */
  receive: (news: NewsRow) => void;
  /** Called when this node may have missed news of others. */
  onMissed: () => void;
  /** Called when news of this node was dropped, so that the others missed it. */
  onDropped: () => void;
}

/** The first pieces that fit one statement, at least one. */
function firstOf(waiting: readonly ToldNews[]): ToldNews[] {
  let characters = 0;
  const end = waiting.findIndex(({ body }, i) => {
    characters += body.length;
    return i > 0 && (i === TOLD_AT_ONCE || characters > CHARACTERS_AT_ONCE);
  });
  return waiting.slice(0, end < 0 ? undefined : end);
}

/**
 * Creates the sender: `tell` never throws and keeps the order. A statement whose answer was lost is sent again: each piece has a
 * number, so that it is stored once.
 */
function createSender({ id, lane, onDropped }: NewsOptions, isOpen: () => boolean) {
  let waiting: ToldNews[] = [];
  let characters = 0;
  let pieces = 0;
  let sending: Promise<void> | undefined;
  let isLast = false;

  /** Drops what was sent or can't be sent: not what was told meanwhile. */
  function drop(upTo: number): void {
    waiting = waiting.filter(({ piece }) => piece > upTo);
    characters = waiting.reduce((sum, { body }) => sum + body.length, 0);
  }

  async function sendSome(): Promise<void> {
    const some = firstOf(waiting);
    const upTo = some.at(-1)?.piece ?? 0;
    try {
      await lane.onOneConnection((sql) => writeNews(sql, id, some));
    } catch (error) {
      if (isConnectionLost(error)) throw error;
      // The database does not take these, now or later: the next ones must not wait for them.
      onDropped();
    }
    drop(upTo);
    await lane.onOneConnection((sql) => sql.notify(NEWS_CHANNEL)).catch(() => undefined);
  }

  async function send(): Promise<void> {
    await Bun.sleep(GATHER_MS);
    while (waiting.length > 0 && isOpen()) {
      try {
        await sendSome();
      } catch {
        if (isLast) break;
        await Bun.sleep(RETRY_MS);
      }
    }
    sending = undefined;
  }

  return {
    tell(kind: string, body: unknown): void {
      if (!isOpen() || isLast) return;
      const text = JSON.stringify(body ?? null);
      if (characters + text.length > MAX_WAITING_CHARACTERS) {
        drop(pieces);
        onDropped();
      }
      pieces += 1;
      characters += text.length;
      waiting.push({ piece: pieces, kind, body: text });
      sending ??= send();
    },
    /** Sends what waits, once; later news is not sent. */
    async finish(): Promise<void> {
      isLast = true;
      await sending;
    },
  };
}

/** Creates the reader: `look` reads what is new; a call during a look makes one more look. */
function createReader({ id, lane, now, receive, onMissed }: NewsOptions, isOpen: () => boolean) {
  const backends = createBackends();
  let position = FIRST_NEWS;
  /** The last piece of each node that was received: a node's pieces come in order, and some come again. */
  const received = new Map<string, number>();
  let lookedAt = now();
  let looking: Promise<void> | undefined;
  let lookAgain = false;

  function goOnFrom({ next, backend }: NewsPosition): void {
    position = next;
    backends.add(backend);
    lookedAt = now();
  }

  async function readOn(sql: SQL) {
    const found = await readNews(sql, id, position);
    // After a crash of the database the position means nothing, and all news is of the time since.
    return backends.has(found.backend) ? found : readNews(sql, id, FIRST_NEWS);
  }

  async function lookOnce(): Promise<void> {
    const found = await lane.onOneConnection(readOn);
    // News is deleted after its time: half of it leaves room for clocks. A pause in the middle of a look counts, too.
    const isLate = now() - lookedAt > (NEWS_KEPT_S * 1000) / 2;
    goOnFrom(found);
    for (const each of found.news) {
      if (each.piece <= (received.get(each.node) ?? 0)) continue;
      received.delete(each.node);
      received.set(each.node, each.piece);
      receive(each);
    }
    dropOldest(received, MAX_NODES);
    if (isLate) onMissed();
  }

  function look(): void {
    if (!isOpen()) return;
    lookAgain = looking !== undefined;
    looking ??= lookOnce()
      .catch(() => undefined)
      .finally(() => {
        looking = undefined;
        if (lookAgain) look();
      });
  }

  return {
    look,
    /** The time since the last look that worked, in milliseconds. */
    lagMs: (): number => now() - lookedAt,
    /** Begins with the next piece of news: what other nodes sent before is not read. */
    async begin(): Promise<void> {
      goOnFrom(await lane.onOneConnection(newsPosition));
    },
    /** Resolves when no look is under way. */
    looked: async (): Promise<void> => looking,
  };
}

/** Creates the news of a node. Nothing is sent or read before `open`. */
export function createNews(options: NewsOptions) {
  const { url, now } = options;
  let isOpen = false;
  let heardAt = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setInterval> | undefined;
  let listening: SQL | undefined;
  const sender = createSender(options, () => isOpen);
  const reader = createReader(options, () => isOpen);

  function hear(hint: string): void {
    heardAt = now();
    if (hint !== RENEWED) reader.look();
  }

  return {
    tell: sender.tell,

    async open(): Promise<void> {
      await reader.begin();
      isOpen = true;
      listening = new SQL(url, { max: 1, prepare: false });
      await listening.listen(NEWS_CHANNEL, hear, reader.look).catch(() => undefined);
      timer = setInterval(() => {
        const hintsArrive = now() - heardAt < HINTS_ARE_LOST_MS;
        if (!hintsArrive || reader.lagMs() >= LOOK_EVERY_MS) reader.look();
      }, LOOK_EVERY_WITHOUT_HINTS_MS);
    },

    /** Sends what waits, then stops. */
    async close(): Promise<void> {
      await sender.finish();
      isOpen = false;
      clearInterval(timer);
      await reader.looked();
      await listening?.close({ timeout: 1 }).catch(() => undefined);
    },
  };
}
