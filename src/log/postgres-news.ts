/**
 * News between nodes over a table of PostgreSQL. Sends news in the order it was told, gathered for some milliseconds. Reads the
 * news of the other nodes once and in order. NOTIFY is a hint to look at once; where no hint arrives, it looks more often.
 */
import { SQL } from "bun";
import {
  NEWS_KEPT_S,
  newsPosition,
  type NewsRow,
  readNews,
  RENEWED,
  writeNews,
} from "./postgres-cluster-tables.ts";
import type { Lane } from "./postgres-lane.ts";

/** The channel of the hint that there is news. */
export const NEWS_CHANNEL = "kabar_news";
/** News waits this long for more. */
const GATHER_MS = 20;
/** Pieces of news in one statement, so that it stays small. */
const TOLD_AT_ONCE = 500;
/** News kept while the database is away, a few megabytes; afterwards the node sends its state again. */
const MAX_WAITING = 5000;
/** How often a node looks for news without a hint, where hints arrive. */
const LOOK_EVERY_MS = 3000;
/** How often a node looks where no hint arrives. */
const LOOK_EVERY_WITHOUT_HINTS_MS = 300;
/** Every node sends a notification every 5 s; after this silence hints do not arrive here. */
const HINTS_ARE_LOST_MS = 15_000;

export interface NewsOptions {
  id: string;
  url: string;
  lane: Lane;
  now: () => number;
  /** Receives each piece of news of another node. */
  receive: (news: NewsRow) => void;
  /** Called when news may have been lost, in either direction. */
  onLoss: () => void;
}

/** Creates the sender: `tell` never throws and keeps the order. */
function createSender({ id, lane, onLoss }: NewsOptions, isOpen: () => boolean) {
  let waiting: { kind: string; body: string }[] = [];
  let sending: Promise<void> | undefined;

  async function send(): Promise<void> {
    await Bun.sleep(GATHER_MS);
    while (waiting.length > 0 && isOpen()) {
      const some = waiting.slice(0, TOLD_AT_ONCE);
      try {
        await lane.inOrder(async (sql) => {
          await writeNews(sql, id, some);
          await sql.notify(NEWS_CHANNEL);
        });
        waiting.splice(0, some.length);
      } catch {
        onLoss();
        break;
      }
    }
    sending = undefined;
  }

  return {
    tell(kind: string, body: unknown): void {
      if (!isOpen()) return;
      if (waiting.length >= MAX_WAITING) {
        waiting = [];
        onLoss();
      }
      waiting.push({ kind, body: JSON.stringify(body ?? null) });
      sending ??= send();
    },
    /** Drops what waits. */
    clear(): void {
      waiting = [];
    },
    /** Resolves when nothing is being sent. */
    sent: async (): Promise<void> => sending,
  };
}

/** Creates the reader: `look` reads what is new; a call during a look makes one more look. */
function createReader({ id, lane, now, receive, onLoss }: NewsOptions, isOpen: () => boolean) {
  let position = "0";
  /** Numbers of the news that the next look may find again. */
  let found = new Set<number>();
  let lookedAt = now();
  let looking: Promise<void> | undefined;
  let lookAgain = false;

  async function lookOnce(): Promise<void> {
    // News is deleted after its time: half of it leaves room for clocks and a slow look.
    const isLate = now() - lookedAt > (NEWS_KEPT_S * 1000) / 2;
    const { next, news } = await lane.inOrder((sql) => readNews(sql, id, position));
    position = next;
    lookedAt = now();
    const before = found;
    found = new Set(news.map(({ number }) => number));
    for (const each of news) if (!before.has(each.number)) receive(each);
    if (isLate) onLoss();
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
      position = await lane.inOrder(newsPosition);
      lookedAt = now();
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
    clear: sender.clear,

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
      await sender.sent();
      isOpen = false;
      clearInterval(timer);
      await reader.looked();
      await listening?.close({ timeout: 1 }).catch(() => undefined);
    },
  };
}
