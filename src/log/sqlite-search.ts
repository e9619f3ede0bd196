/**
 * The search of a SQLite log: asks the search thread for pages, and passes on what the reader may see. The event loop only
 * indexes the newest entries first, so that a message is found as soon as it is acknowledged.
 */
import type { Worker } from "node:worker_threads";
import { KabarError } from "../errors.ts";
import { createGiveWay } from "../give-way.ts";
import type { Logger } from "../logger.ts";
import { startThread } from "../shipped-files.ts";
import type { AuthorQuery, Entry, MessageLog, SearchPage, SearchQuery } from "./log.ts";
import type { AuthorsRequest, SearchReply, SearchRequest } from "./search-thread.ts";
import { createSearchLimit } from "./search-turns.ts";
import type { SearchWork } from "./sqlite-search-work.ts";

/** The time for a search: after the part in which it is over, it ends with what was found. */
const SEARCH_MS = 1000;
/** The longest that a search indexes new entries; more are indexed under way. */
const INDEX_MS = 100;
const RETRY_MS = 1000;
/** The longest wait for the thread at shutdown. */
const CLOSE_MS = 3000;

export interface SearchParts {
  path: string;
  work: SearchWork;
  logger: Logger;
}

type Request = Omit<SearchRequest, "path"> | Omit<AuthorsRequest, "path">;

interface Asked {
  request: Request;
  settle: (reply: SearchReply) => void;
}

/**
 * Creates the client of the thread, which starts with the first search. The thread has one request at a time. First parts of searches
 * go before further ones: a search that is soon done does not wait for those that take long.
 */
function createThread(path: string) {
  let thread: Worker | undefined;
  let current: Asked | undefined;
  const first: Asked[] = [];
  const further: Asked[] = [];
  let onClosed: () => void = () => undefined;

  function fail(failure: string): void {
    thread = undefined;
    const all = [...(current ? [current] : []), ...first.splice(0), ...further.splice(0)];
    current = undefined;
    for (const { settle } of all) settle({ failure });
  }

  function start(): Worker {
    const started = startThread("log/search-thread.ts");
    started.unref();
    started.on("message", (reply: SearchReply | "closed") => {
      if (reply === "closed") return onClosed();
      const answered = current;
      current = undefined;
      answered?.settle(reply);
      sendNext();
    });
    started.on("error", (error: unknown) => fail(String(error)));
    return started;
  }

  function sendNext(): void {
    if (current) return;
    current = first.shift() ?? further.shift();
    if (!current) return;
    thread ??= start();
    thread.postMessage({ ...current.request, path } satisfies SearchRequest | AuthorsRequest);
  }

  return {
    ask(request: Request): Promise<SearchReply> {
      return new Promise((settle) => {
        (request.after === undefined ? first : further).push({ request, settle });
        sendNext();
      });
    },

    async close(): Promise<void> {
      if (!thread) return;
      const closed = new Promise<void>((resolve) => (onClosed = resolve));
      thread.postMessage("close");
      await Promise.race([closed, Bun.sleep(CLOSE_MS)]);
      const ended = thread;
      fail("the log is closed");
      void ended.terminate();
    },
  };
}

/** Creates the search of an open log. Close it before the database. */
export function createSqliteSearch({ path, work, logger }: SearchParts) {
  const thread = createThread(path);

  async function indexFirst(): Promise<void> {
    const until = performance.now() + INDEX_MS;
    const giveWay = createGiveWay(0);
    while (work.indexNow() && performance.now() < until) await giveWay();
  }

  async function ask(request: Request) {
    const reply = await thread.ask(request);
    if (!("failure" in reply)) return reply;
    logger.error({ why: reply.failure }, "searching the log failed");
    throw new KabarError("log-unavailable", "The log can't be searched just now.", RETRY_MS);
  }

  async function searchParts({ isShown, limit, ...query }: SearchQuery): Promise<SearchPage> {
    await indexFirst();
    const rest = work.lacks(query.topic) ? { isIncomplete: true } : {};
    const deadline = performance.now() + SEARCH_MS;
    const entries: Entry[] = [];
    for (let after: number | undefined; ;) {
      const page = await ask({ ...query, after, limit: limit + 1 - entries.length });
      entries.push(...page.entries.filter(isShown));
      if (!page.last) return { entries, more: false, ...rest };
      if (entries.length > limit) return { entries: entries.slice(0, limit), more: true, ...rest };
      if (performance.now() > deadline) return { entries, more: true, reachedAt: page.last.at, ...rest };
      after = page.last.doc;
    }
  }

  async function findAuthorParts({ limit, ...query }: AuthorQuery): Promise<SearchPage> {
    await indexFirst();
    const rest = work.lacksAuthors() ? { isIncomplete: true } : {};
    const deadline = performance.now() + SEARCH_MS;
    const entries: Entry[] = [];
    for (let after: number | undefined; ;) {
      const page = await ask({ after, authors: { ...query, limit: limit + 1 - entries.length } });
      entries.push(...page.entries);
      if (!page.last) return { entries: entries.slice(0, limit), more: entries.length > limit, ...rest };
      if (entries.length > limit || performance.now() > deadline)
        return { entries: entries.slice(0, limit), more: true, ...rest };
      after = page.last.doc;
    }
  }

  const limited = createSearchLimit();
  return {
    search: ((query) => limited(() => searchParts(query))) satisfies MessageLog["search"],
    findAuthors: ((query) => limited(() => findAuthorParts(query))) satisfies MessageLog["findAuthors"],
    close: thread.close,
  };
}
