/**
 * The part of the admin API about topics and what is in them: the list of topics, their messages, an export, acts of moderation and
 * publishing. Rules of topics are in `admin`.
 */
import { z } from "zod";
import type { Chat } from "../chat/chat.ts";
import { REASON } from "../codec.ts";
import type { ModerationActs } from "../chat/moderation-acts.ts";
import { KabarError } from "../errors.ts";
import { MESSAGE_ID_PATTERN, MESSAGE_ID_RULE, TOPIC_PATTERN } from "../formats.ts";
import { createGiveWay } from "../give-way.ts";
import { entryAt, type MessageLog } from "../log/log.ts";
import type { Moderation } from "../moderation/moderation.ts";
import { presentFields } from "../optional-fields.ts";
import { oneOf, textLike, wholeNumber } from "../parsing.ts";
import type { Policy } from "../topics/policy.ts";
import type { Presence } from "../topics/presence.ts";
import type { Identity } from "../users/identity.ts";
import { type AdminRouteParts, createModeratorRoute, mayModerate } from "./admin-route.ts";
import { streamPieces } from "./answer-pieces.ts";
import { encodePage, topicQueries } from "./api.ts";
import { createKeptSizes, type ListedState } from "./kept-sizes.ts";
import { NO_STORE, parseQuery, requireTopic, type RouteRequest } from "./request.ts";
import { readAct, readJson } from "./request-body.ts";
import { EXPORT_TYPES, exportPieces } from "./topic-export.ts";
import { createTopicOrder, type OrderedNames, TOPIC_SORTS } from "./topic-order.ts";

export interface TopicsAdminParts extends AdminRouteParts {
  log: MessageLog;
  policy: Policy;
  presence: Presence;
  moderation: Moderation;
  moderationActs: ModerationActs;
  chat: Chat;
}

/** Names of the log that are read at a time while a name is looked for. */
const NAMES_AT_ONCE = 500;
export const LIST_QUERY = {
  after: textLike(TOPIC_PATTERN, "the name of a topic").optional(),
  search: z.string().max(64, "must be at most 64 characters").default(""),
  limit: wholeNumber(1, 100).default(50),
  sort: oneOf(TOPIC_SORTS).default("name"),
  order: oneOf(["asc", "desc"]).optional(),
};
export const EXPORT_QUERY = { format: oneOf(["jsonl", "csv"]).default("jsonl") };
export const ADMIN_PUBLISH = z.object({
  text: z.string("must be a text"),
  id: textLike(MESSAGE_ID_PATTERN, MESSAGE_ID_RULE).optional(),
  ...REASON,
});

/** A topic in the list. */
interface ListedTopic {
  name: string;
  title?: string | undefined;
  /** The name or pattern of the rule in force; absent where no rule allows the topic. */
  rule?: string | undefined;
  /** Retained entries, and the newest offset ever. */
  entries: number;
  /** About how many bytes they take. */
  bytes: number;
  top: number;
  /** When the newest entry was stored, in milliseconds since 1970. */
  lastAt?: number | undefined;
  people: number;
  held: number;
  reports: number;
  /** Cases of the inbox: several reports of one message are one. */
  waiting: number;
  readOnly: boolean;
}

export type TopicsAdmin = ReturnType<typeof createTopicsAdmin>;

/** Creates the routes. They throw KabarError. */
export function createTopicsAdmin(parts: TopicsAdminParts) {
  const { config, log, policy, presence, moderation, moderationActs, chat } = parts;
  const moderators = createModeratorRoute(parts);
  const sizesOf = createKeptSizes(log);
  const putInOrder = createTopicOrder({ log, presence, sizesOf });
  const { history: historyQuery, search: searchQuery } = topicQueries(config.maxHistoryPage);

  /** Topics with a rule of their own. */
  const ruledTopics = (): string[] =>
    policy
      .list()
      .map(({ pattern }) => pattern)
      .filter((name) => TOPIC_PATTERN.test(name));

  /** The first `limit` names after `after` that are wanted: those with entries, and those with a rule of their own. */
  async function findNames(
    after: string,
    limit: number,
    isWanted: (name: string) => boolean,
  ): Promise<OrderedNames> {
    const giveWay = createGiveWay();
    const names = new Set(ruledTopics().filter((name) => name > after && isWanted(name)));
    const ofLog: string[] = [];
    for (let from = after; ofLog.length <= limit;) {
      const page = await log.topics({ after: from, limit: NAMES_AT_ONCE });
      // Reserved names begin with a character that no user's topic begins with.
      ofLog.push(...page.filter((name) => !name.startsWith("$") && isWanted(name)));
      if (page.length < NAMES_AT_ONCE) break;
      from = page.at(-1) ?? "";
      await giveWay();
    }
    for (const name of ofLog) names.add(name);
    const sorted = [...names].sort();
    return { names: sorted.slice(0, limit), more: sorted.length > limit, isIncomplete: false };
  }

  async function describeTopic({ name, state }: ListedState, bytes: number): Promise<ListedTopic> {
    const rule = policy.ruleOf(name);
    const { first, top } = state;
    const newest = top >= first ? await entryAt(log, name, top) : undefined;
    return {
      name,
      title: rule?.title || undefined,
      rule: rule?.pattern,
      entries: top - first + 1,
      bytes,
      top,
      lastAt: newest?.at,
      people: presence.people(name).count,
      held: moderation.countHeld(name),
      reports: moderation.countReports(name),
      waiting: moderation.countCases(name),
      readOnly: moderation.modeOf(name).readOnly,
    };
  }

  /** The JSON of all retained entries of a topic, oldest first. */
  async function* entriesOf(who: Identity, topic: string): AsyncGenerator<string> {
    for (let after = 0; ;) {
      const page = await chat.history(who, topic, { after, limit: config.maxHistoryPage });
      yield* page.messages;
      const last = page.messages.at(-1);
      if (!page.more || last === undefined) return;
      after = (JSON.parse(last) as { offset: number }).offset;
    }
  }

  /** The topic of a request. Throws `forbidden` and `topic-unknown` for somebody who does not moderate it. */
  function requireModerated(request: RouteRequest, who: Identity): string {
    const topic = requireTopic(request);
    if (!who.isAdmin) moderationActs.requireModerator(who, topic);
    return topic;
  }

  return {
    /**
     * `GET /api/admin/log/topics?search=&after=&limit=&sort=&order=`: the topics of the log and those with a rule of their own, by name or in
     * another order.
     */
    list: moderators(async (request, _by, who) => {
      const {
        after = "",
        search,
        limit,
        sort,
        order = sort === "name" ? "asc" : "desc",
      } = parseQuery(request.url, LIST_QUERY);
      const text = search.toLowerCase();
      const isWanted = (name: string) => name.toLowerCase().includes(text) && mayModerate(parts, who, name);
      const isByName = sort === "name" && order === "asc";
      if (after !== "" && !isByName)
        throw new KabarError(
          "bad-request",
          "after: goes on in the list by name; other orders have one page.",
        );
      const { names, more, isIncomplete } = isByName
        ? await findNames(after, limit, isWanted)
        : await putInOrder({ sort, order, limit, isWanted, others: ruledTopics().filter(isWanted) });
      const shown = await Promise.all(names.map(async (name) => ({ name, state: await log.state(name) })));
      const sizes = await sizesOf(shown);
      const topics = await Promise.all(shown.map((each, i) => describeTopic(each, sizes[i] ?? 0)));
      const answer = {
        topics: topics.map(presentFields),
        more,
        ...(isIncomplete ? { incomplete: true } : {}),
        // How many there are in all is none of a moderator's business.
        ...(who.isAdmin ? { count: log.countTopics() } : {}),
      };
      return Response.json(answer, NO_STORE);
    }),

    /** `GET /api/admin/topics/:topic/messages?before=&after=&limit=`: a page of history as moderators see it. */
    messages: moderators(async (request, _by, who) => {
      const topic = requireModerated(request, who);
      return encodePage(await chat.history(who, topic, parseQuery(request.url, historyQuery)));
    }),

    /** `GET /api/admin/search?q=&topic=&user=&before=&limit=`: messages of all topics that the user moderates, found as moderators see them. */
    search: moderators(async (request, _by, who) => {
      const query = parseQuery(request.url, searchQuery);
      if (query.topic !== undefined && !mayModerate(parts, who, query.topic))
        throw new KabarError("forbidden", "You do not moderate this topic.");
      return encodePage(await chat.search(who, query, (topic) => mayModerate(parts, who, topic)));
    }),

    /** `POST /api/admin/topics/:topic/messages`: `{text, id?}`. Publishes as the one who asks. */
    publish: moderators(async (request, _by, who) => {
      const topic = requireModerated(request, who);
      const { text, id = crypto.randomUUID() } = await readJson(request, ADMIN_PUBLISH);
      const { offset, repeated } = await chat.publish(who, topic, id, { text });
      return Response.json({ topic, offset, id, repeated }, { status: repeated ? 200 : 201, ...NO_STORE });
    }),

    /** `GET /api/admin/topics/:topic/export?format=`: all retained messages, as JSON Lines or CSV. */
    exportTopic: moderators(async (request, _by, who) => {
      const topic = requireTopic(request);
      moderationActs.requireModerator(who, topic);
      const { format } = parseQuery(request.url, EXPORT_QUERY);
      return streamPieces(exportPieces(entriesOf(who, topic), format), {
        "Content-Type": EXPORT_TYPES[format],
        "Content-Disposition": `attachment; filename="${topic.replaceAll(":", "_")}.${format}"`,
      });
    }),

    /** `POST /api/admin/topics/:topic/moderate`: an act of moderation, as the command `moderate`. */
    moderate: moderators(async (request, _by, who) => {
      const topic = requireTopic(request);
      moderationActs.requireModerator(who, topic);
      const act = await readAct(request, config.maxFrameBytes);
      return Response.json(await moderationActs.act(who, topic, act), NO_STORE);
    }),

    /** `GET /api/admin/topics/:topic/mode`: the modes of a topic, and its word rules. */
    mode: moderators(async (request, _by, who) => {
      const topic = requireModerated(request, who);
      return Response.json(
        { mode: moderation.modeOf(topic), words: moderation.wordRulesOf(topic) },
        NO_STORE,
      );
    }),
  };
}
