/**
 * The search of a SQLite log: asks the search thread for pages, and passes on what the reader may see. The event loop only
 * indexes the newest entries first, so that a message is found as soon as it is acknowledged.
 */
import { Worker } from "node:worker_threads";
import { KabarError } from "../errors.ts";
import { createGiveWay } from "../give-way.ts";
import type { Logger } from "../logger.ts";
import { threadUrl } from "../shipped-files.ts";
import type { Entry, MessageLog, SearchPage, SearchQuery } from "./log.ts";
import type { SearchReply, SearchRequest } from "./search-thread.ts";
import type { SearchWork } from "./sqlite-search-work.ts";

/** Searches that may wait for the thread. */
const MAX_WAITING = 32;
/** The time for a search whose finds the reader may not see. */
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

/** Creates the client of the thread, which starts with the first search. */
function createThread(path: string) {
  let thread: Worker | undefined;
  let number = 0;
  const waiting = new Map<number, (reply: SearchReply) => void>();
  let onClosed: () => void = () => undefined;

  function fail(failure: string): void {
    thread = undefined;
    for (const [each, settle] of waiting) settle({ number: each, failure });
    waiting.clear();
  }

  function start(): Worker {
    const started = new Worker(threadUrl("log/search-thread.ts"));
    started.unref();
    started.on("message", (reply: SearchReply | "closed") => {
      if (reply === "closed") return onClosed();
      waiting.get(reply.number)?.(reply);
      waiting.delete(reply.number);
    });
    started.on("error", (error: unknown) => fail(String(error)));
    return started;
  }

  return {
    isBusy: (): boolean => waiting.size >= MAX_WAITING,

    ask(request: Omit<SearchRequest, "number" | "path">): Promise<SearchReply> {
      thread ??= start();
      number += 1;
      thread.postMessage({ ...request, number, path } satisfies SearchRequest);
      return new Promise((resolve) => waiting.set(number, resolve));
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

  async function ask(request: Omit<SearchRequest, "number" | "path">) {
    const reply = await thread.ask(request);
    if (!("failure" in reply)) return reply;
    logger.error({ why: reply.failure }, "searching the log failed");
    throw new KabarError("log-unavailable", "The log can't be searched just now.", RETRY_MS);
  }

  async function search({ isShown, limit, ...query }: SearchQuery): Promise<SearchPage> {
    if (thread.isBusy()) throw new KabarError("rate-limited", "Too many searches at once.", RETRY_MS);
    await indexFirst();
    const { terms, topic, user, before } = query;
    const rest = work.lacks(topic) ? { isIncomplete: true } : {};
    const deadline = performance.now() + SEARCH_MS;
    const entries: Entry[] = [];
    for (let after: number | undefined; ;) {
      const wanted = limit + 1 - entries.length;
      const page = await ask({ terms, topic, user, before, after, limit: wanted });
      entries.push(...page.entries.filter(isShown));
      if (!page.last) return { entries, more: false, ...rest };
      if (entries.length > limit) return { entries: entries.slice(0, limit), more: true, ...rest };
      if (performance.now() > deadline) return { entries, more: true, reachedAt: page.last.at, ...rest };
      after = page.last.doc;
    }
  }

  return {
    search: search satisfies MessageLog["search"],
    close: thread.close,
  };
}
