/**
 * The part of the admin API that gathers what waits for a moderator, of all topics: held messages, reported ones with their reports, and
 * first messages; who looks at a case, and who has taken it. Decides nothing: acts of moderation do, by topic.
 */
import { z } from "zod";
import { KabarError } from "../errors.ts";
import type { Chat } from "../chat/chat.ts";
import { createGiveWay } from "../give-way.ts";
import type { Cluster } from "../log/cluster.ts";
import type { Control } from "../log/control.ts";
import type { InboxCase } from "../model.ts";
import { FIRST_PREFIX } from "../moderation/first-notes.ts";
import { HELD_PREFIX } from "../moderation/held-messages.ts";
import type { Moderation } from "../moderation/moderation.ts";
import { REPORT_PREFIX } from "../moderation/reports.ts";
import { oneOf, textLike, wholeNumber } from "../parsing.ts";
import type { Identity } from "../users/identity.ts";
import { type AdminRouteParts, createModeratorRoute, mayModerate } from "./admin-route.ts";
import { createCaseTakes } from "./case-takes.ts";
import { createLookers } from "./lookers.ts";
import { NO_STORE, parseQuery } from "./request.ts";
import { readJson } from "./request-body.ts";

export interface InboxAdminParts extends AdminRouteParts {
  control: Control;
  moderation: Moderation;
  chat: Chat;
  cluster: Cluster;
}

type ReportedCase = Extract<InboxCase, { kind: "reported" }>;
/** The cases that a moderator may ask for; `first` also has the messages that are held because they are first ones. */
const KINDS = ["held", "reported", "first"] as const;
const isOfKind = (one: InboxCase, kind: (typeof KINDS)[number]): boolean =>
  one.kind === kind || (kind === "first" && one.kind === "held" && one.held.heldFor === "first");

const DESK = textLike(/^[\w-]{8,40}$/, "8 to 40 letters, digits, _ or -, by chance");
const CASE = textLike(/^[^\p{C}]{1,300}$/u, "the key of a case, of 1 to 300 characters");

export const INBOX_QUERY = {
  limit: wholeNumber(1, 200).default(100),
  kind: oneOf(KINDS).optional(),
  desk: DESK.optional(),
  case: CASE.optional(),
};
export const TAKE = z.object({
  desk: DESK,
  case: CASE,
  on: z.boolean("must be true or false").default(true),
});

/** The topic in the key of a case, which the console makes: its second word. */
const topicOf = (key: string): string => key.split(" ", 2)[1] ?? "";

export type InboxAdmin = ReturnType<typeof createInboxAdmin>;

/** Creates the routes. They throw KabarError. */
export function createInboxAdmin(parts: InboxAdminParts) {
  const { control, moderation, chat } = parts;
  const moderators = createModeratorRoute(parts);
  const lookers = createLookers(parts);
  const takes = createCaseTakes(parts);

  const standingOf = (topic: string, userId: string): string =>
    moderation.sanctions.standingOf(topic, userId).state;

  const heldIn = (topic: string): InboxCase[] =>
    moderation.listHeld(topic).map((held) => ({
      kind: "held",
      topic,
      at: held.at,
      held,
      standing: standingOf(topic, held.user.id),
    }));

  /** The reported messages of a topic, one case each, dated as its first report. */
  function reportedIn(topic: string): ReportedCase[] {
    const byOffset = Map.groupBy(moderation.listReports(topic), ({ offset }) => offset);
    return [...byOffset].map(([offset, reports]) => {
      const at = Math.min(...reports.map((report) => report.at));
      return { kind: "reported", topic, at, offset, reports, standing: "ok" };
    });
  }

  /** The first messages of a topic that nobody has looked at; one that is reported is a reported case. */
  function firstIn(topic: string, reported: readonly ReportedCase[]): InboxCase[] {
    const isReported = new Set(reported.map(({ offset }) => offset));
    return moderation
      .listFirst(topic)
      .filter(({ offset }) => !isReported.has(offset))
      .map(({ offset, at }) => ({ kind: "first", topic, at, offset, standing: "ok" }));
  }

  function casesIn(topic: string): InboxCase[] {
    const reported = reportedIn(topic);
    return [...heldIn(topic), ...reported, ...firstIn(topic, reported)];
  }

  /** A case as the moderator sees it: one that is published with its message, where the topic retains it. */
  async function complete(who: Identity, one: InboxCase): Promise<InboxCase> {
    if (one.kind === "held") return one;
    const message = await chat.messageFor(who, one.topic, one.offset);
    return message ? { ...one, message, standing: standingOf(one.topic, message.user.id) } : one;
  }

  return {
    /**
     * `GET /api/admin/inbox?limit=&kind=&desk=&case=`: what waits in all topics that the user moderates, oldest first, and at what others look. `desk` names the
     * tab that asks, `case` what its moderator looks at.
     */
    list: moderators(async (request, _by, who) => {
      const { limit, kind, desk, case: looked } = parseQuery(request.url, INBOX_QUERY);
      if (desk !== undefined && looked !== undefined && mayModerate(parts, who, topicOf(looked)))
        lookers.note({ desk, case: looked, by: who.user.name });
      if (desk !== undefined) takes.renew(desk);
      const topics = new Set([
        ...control.topicsOf(HELD_PREFIX),
        ...control.topicsOf(REPORT_PREFIX),
        ...control.topicsOf(FIRST_PREFIX),
      ]);
      const giveWay = createGiveWay();
      const cases: InboxCase[] = [];
      for (const topic of topics) {
        if (!mayModerate(parts, who, topic)) continue;
        for (const one of casesIn(topic)) if (kind === undefined || isOfKind(one, kind)) cases.push(one);
        await giveWay();
      }
      cases.sort((a, b) => a.at - b.at);
      const shown = await Promise.all(cases.slice(0, limit).map((one) => complete(who, one)));
      const looking = lookers.others(desk).filter((look) => mayModerate(parts, who, topicOf(look.case)));
      const taken = takes.all(desk).filter((take) => mayModerate(parts, who, topicOf(take.case)));
      return Response.json({ cases: shown, count: cases.length, looking, taken }, NO_STORE);
    }),

    /** `POST /api/admin/inbox/take`: `{desk, case, on?}`. Takes a case for a desk, or gives it back; answers who has it now. */
    take: moderators(async (request, _by, who) => {
      const { desk, case: key, on } = await readJson(request, TAKE);
      if (!mayModerate(parts, who, topicOf(key)))
        throw new KabarError("forbidden", "You do not moderate this topic.");
      if (on) return Response.json(takes.take(key, desk, who.user.name), NO_STORE);
      takes.release(key, desk);
      return Response.json({}, NO_STORE);
    }),
  };
}
