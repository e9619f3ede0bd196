/**
 * Searches over the history: by text, author, topic and time, within the reader's rights. A reader finds what the reader could
 * read in the topics: no held message, no placeholder, no shadow-banned author but oneself.
 */
import type { Identity } from "../users/identity.ts";
import type { Auth } from "../users/auth.ts";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { TOPIC_PATTERN } from "../formats.ts";
import type { Entry, MessageLog, SearchQuery } from "../log/log.ts";
import { hasWords, MAX_QUERY_CHARS, MAX_TERMS, termsOf } from "../log/search-text.ts";
import { type Audience, encodeFor, isShown } from "../topics/audience.ts";

const DEFAULT_PAGE = 20;
/** Searches of one user at once: those of a few tabs. One user alone must not fill the server's turns. */
const MAX_EACH = 4;
const RETRY_MS = 1000;
/** The longest author's id or name in a query. */
const MAX_USER_CHARS = 200;
/** `before` below this is an offset, from here on a time: a millisecond of 1973, and more messages than a topic has. */
const FIRST_TIME = 100_000_000_000;

/** A search as a client asks for it. */
export interface SearchRequest {
  q?: string | undefined;
  topic?: string | undefined;
  user?: string | undefined;
  /** An offset, a time or a place, as a number or in digits. */
  before?: number | string | undefined;
  limit?: number | undefined;
}

/** A page of finds, newest first, as encoded JSON. */
export interface Finds {
  messages: string[];
  more: boolean;
  /** Where to go on, if the time for the search was over before the page was full. */
  before?: number;
  /** Not all messages are indexed yet: more may be found later. */
  incomplete?: true;
}

const wrong = (message: string): KabarError => new KabarError("bad-request", message);

/** The terms of a query. Throws `bad-request`. */
function requireTerms({ q = "", user }: SearchRequest): string[] {
  if (q.length > MAX_QUERY_CHARS)
    throw wrong(`q: has ${q.length} characters, must have at most ${MAX_QUERY_CHARS}.`);
  const terms = termsOf(q);
  if (terms.length > MAX_TERMS) throw wrong(`q: has ${terms.length} words, must have at most ${MAX_TERMS}.`);
  if (terms.length === 0 && user === undefined)
    throw wrong('q: is empty, must be words, or a phrase in quotes ("…"). Without q, name a user.');
  // No index knows signs alone, so that every message would have to be read.
  if (terms.length > 0 && !hasWords(terms) && user === undefined)
    throw wrong("q: has signs only, must have a letter, a digit or an emoji. Without one, name a user.");
  return terms;
}

export interface SearchingParts {
  config: Pick<Config, "search" | "maxHistoryPage">;
  /** Checks the length of a page. Throws `bad-request`. */
  requireCount: (name: string, count: number, min: number) => void;
  log: MessageLog;
  auth: Auth;
  audienceOf: (who: Identity, topic: string) => Audience;
}

/** Creates the searching part of the chat. */
export function createSearching({ config, log, auth, audienceOf, requireCount }: SearchingParts) {
  /** Reads `before`: an offset of the topic, a message as `topic/offset`, or a time. Throws `bad-request`. */
  async function placeOf(word: string, topic: string | undefined): Promise<SearchQuery["before"]> {
    const [, named, digits = ""] = /^(?:([^/]+)\/)?(\d{1,15})$/.exec(word) ?? [];
    const number = Number(digits);
    const isPlace = named !== undefined || number < FIRST_TIME;
    if (digits !== "" && !isPlace) return { at: number };
    const of = named ?? topic;
    if (digits === "" || of === undefined || !TOPIC_PATTERN.test(of))
      throw wrong(
        `before: is ${JSON.stringify(word.slice(0, 60))}, must be a time in milliseconds since 1970, a message as topic/offset, or with topic an offset.`,
      );
    // An offset beyond the newest message is before none.
    const [entry] = await log.read(of, { after: number - 1, limit: 1 });
    return entry && { at: entry.at, topic: of, offset: number };
  }

  /** Whether a reader may see an entry: rights and audience are found once a topic, in which `isOpen` holds. */
  function sightOf(who: Identity, isOpen: (topic: string) => boolean): (entry: Entry) => boolean {
    const audiences = new Map<string, Audience | undefined>();
    return (entry) => {
      const { topic } = entry;
      if (!audiences.has(topic))
        audiences.set(
          topic,
          auth.rightsIn(who, topic)?.read && isOpen(topic) ? audienceOf(who, topic) : undefined,
        );
      const audience = audiences.get(topic);
      return audience !== undefined && isShown(entry, audience);
    };
  }

  /** Searches under way, by user. */
  const underWay = new Map<string, number>();
  async function limited<T>({ user: { id } }: Identity, search: () => Promise<T>): Promise<T> {
    const count = underWay.get(id) ?? 0;
    if (count >= MAX_EACH)
      throw new KabarError(
        "rate-limited",
        `You have ${count} searches under way, the most at once. Wait for one to end.`,
        RETRY_MS,
      );
    underWay.set(id, count + 1);
    try {
      return await search();
    } finally {
      const left = (underWay.get(id) ?? 1) - 1;
      if (left > 0) underWay.set(id, left);
      else underWay.delete(id);
    }
  }

  return {
    /** Finds messages, of the topics in which `isOpen` holds. Throws `bad-request`, `topic-unknown`, `forbidden`, `search-off` and what the log rejects with. */
    async search(who: Identity, request: SearchRequest, isOpen = (_topic: string) => true): Promise<Finds> {
      const { topic, user, limit = DEFAULT_PAGE } = request;
      if (topic !== undefined) auth.requireRights(who, topic, "read");
      requireCount("limit", limit, 1);
      if (!config.search) throw new KabarError("search-off");
      if (user !== undefined && (user === "" || user.length > MAX_USER_CHARS))
        throw wrong(`user: must be an author's id or name, of 1 to ${MAX_USER_CHARS} characters.`);
      const terms = requireTerms(request);
      const before = request.before === undefined ? undefined : await placeOf(String(request.before), topic);
      const isShownTo = sightOf(who, isOpen);
      const { entries, more, reachedAt, isIncomplete } = await limited(who, () =>
        log.search({ terms, topic, user, before, limit, isShown: isShownTo }),
      );
      return {
        messages: entries.map((entry) => encodeFor(entry, audienceOf(who, entry.topic))),
        more,
        ...(reachedAt === undefined ? {} : { before: reachedAt }),
        ...(isIncomplete ? { incomplete: true } : {}),
      };
    },
  };
}
