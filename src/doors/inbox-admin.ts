/**
 * The part of the admin API that gathers what waits for a moderator, of all topics: held messages, reported ones with their reports, and
 * first messages; who looks at a case, and who has taken it. Decides nothing: acts of moderation do, by topic.
 */
import { z } from "zod";
import { KabarError } from "../errors.ts";
import type { Chat } from "../chat/chat.ts";
import { createFirstOnes } from "../first-ones.ts";
import { createGiveWay } from "../give-way.ts";
import type { Cluster } from "../log/cluster.ts";
import type { InboxCase } from "../model.ts";
import { withoutProof } from "../moderation/held-messages.ts";
import type { Moderation } from "../moderation/moderation.ts";
import type { WaitingCase } from "../moderation/review-queue.ts";
import { oneOf, textLike, wholeNumber } from "../parsing.ts";
import type { Identity } from "../users/identity.ts";
import { type AdminRouteParts, createModeratorRoute, mayModerate } from "./admin-route.ts";
import { createCaseTakes } from "./case-takes.ts";
import { createLookers } from "./lookers.ts";
import { NO_STORE, parseQuery } from "./request.ts";
import { readJson } from "./request-body.ts";

export interface InboxAdminParts extends AdminRouteParts {
  moderation: Moderation;
  chat: Chat;
  cluster: Cluster;
}

/** A case that waits, and its topic. */
type InTopic = WaitingCase & { topic: string };
/** The cases that a moderator may ask for; `first` also has the messages that are held because they are first ones. */
const KINDS = ["held", "reported", "first"] as const;
type Kind = (typeof KINDS)[number];
const isOfKind = (one: WaitingCase, kind: Kind): boolean =>
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
  const { moderation, chat } = parts;
  const moderators = createModeratorRoute(parts);
  const lookers = createLookers(parts);
  const takes = createCaseTakes(parts);

  const standingOf = (topic: string, userId: string): string =>
    moderation.sanctions.standingOf(topic, userId).state;

  /** A case as the moderator sees it: one that is published with its message, where the topic retains it. */
  async function complete(who: Identity, { topic, ...one }: InTopic): Promise<InboxCase> {
    if (one.kind === "held") {
      const held = withoutProof(one.held);
      return { kind: "held", topic, at: one.at, held, standing: standingOf(topic, held.user.id) };
    }
    const { kind, at, offset } = one;
    const message = await chat.messageFor(who, topic, offset);
    const standing = message ? standingOf(topic, message.user.id) : "ok";
    const same = { topic, at, offset, standing, ...(message && { message }) };
    return kind === "first"
      ? { kind, ...same }
      : { kind, ...same, reports: moderation.reportsOf(topic, offset) };
  }

  /** The oldest `limit` cases of a kind in the topics that `who` moderates, and the number of all. */
  async function oldestCases(who: Identity, kind: Kind | undefined, limit: number) {
    const giveWay = createGiveWay();
    const oldest = createFirstOnes<InTopic>(limit, (a, b) => a.at - b.at);
    for (const topic of moderation.topicsWithCases()) {
      if (!mayModerate(parts, who, topic)) continue;
      for (const one of moderation.casesOf(topic))
        if (kind === undefined || isOfKind(one, kind)) oldest.add({ topic, ...one });
      await giveWay();
    }
    return { cases: oldest.list(), count: oldest.count() };
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
      const { cases, count } = await oldestCases(who, kind, limit);
      const shown = await Promise.all(cases.map((one) => complete(who, one)));
      const looking = lookers.others(desk).filter((look) => mayModerate(parts, who, topicOf(look.case)));
      const taken = takes.all(desk).filter((take) => mayModerate(parts, who, topicOf(take.case)));
      return Response.json({ cases: shown, count, looking, taken }, NO_STORE);
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
