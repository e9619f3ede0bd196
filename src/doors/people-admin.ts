/**
 * The part of the admin API that finds people by name or id: those who are here now, those with a sanction, and those who have a
 * message. Export, erasure and revocation are in `admin`; they need the id alone.
 */
import { z } from "zod";
import { createFirstOnes } from "../first-ones.ts";
import { createGiveWay } from "../give-way.ts";
import { ERASED } from "../chat/user-data.ts";
import type { Control } from "../log/control.ts";
import { eachTopic, type MessageLog } from "../log/log.ts";
import { decodeBody } from "../log/message-body.ts";
import { fold } from "../log/search-text.ts";
import type { Role, Sanction, User } from "../model.ts";
import type { Moderation } from "../moderation/moderation.ts";
import { SANCTION_KINDS } from "../moderation/sanction-index.ts";
import { wholeNumber } from "../parsing.ts";
import type { Presence } from "../topics/presence.ts";
import type { Identity } from "../users/identity.ts";
import { type AdminRouteParts, createModeratorRoute, mayModerate } from "./admin-route.ts";
import { NO_STORE, parseQuery } from "./request.ts";

export interface PeopleAdminParts extends AdminRouteParts {
  control: Control;
  log: MessageLog;
  moderation: Moderation;
  presence: Presence;
}

/** Somebody who was found. */
interface Person {
  id: string;
  name?: string;
  role?: Role;
  /** Topics in which the user is now. */
  here: string[];
  /** Topics in which the user has a message, the latest first, and the time of the newest one. */
  wrote: string[];
  lastAt?: number;
  sanctions: (Sanction & { topic: string })[];
}

export const PEOPLE_QUERY = {
  search: z.string().max(100, "must be at most 100 characters").default(""),
  limit: wholeNumber(1, 200).default(50),
};

/** Authors that one search reads, a topic each: those of a page, most of whom write in a few topics. */
const MAX_AUTHORS = 500;
/** Topics of a moderator that are searched: their names go to the index with the question, a hundred kilobytes. */
const MAX_MODERATED = 10_000;
/** Topics named for one author. */
const MAX_WROTE = 10;

const collator = new Intl.Collator("en");
/** Those with a sanction first, then by name. */
const comparePeople = (a: Person, b: Person): number =>
  Number(b.sanctions.length > 0) - Number(a.sanctions.length > 0) ||
  collator.compare(a.name ?? a.id, b.name ?? b.id);

export type PeopleAdmin = ReturnType<typeof createPeopleAdmin>;

/** Creates the routes. They throw KabarError. */
export function createPeopleAdmin(parts: PeopleAdminParts) {
  const { config, control, moderation, presence, log } = parts;
  const moderators = createModeratorRoute(parts);

  /** The sanctions in force, of all topics. */
  async function* eachSanction(): AsyncGenerator<Sanction & { topic: string }> {
    const giveWay = createGiveWay();
    const topics = new Set(SANCTION_KINDS.flatMap((kind) => [...control.topicsOf(kind)]));
    for (const topic of topics)
      for (const sanction of moderation.sanctions.each(topic)) {
        yield { topic, ...sanction };
        await giveWay();
      }
  }

  /** Everybody who is in a topic that lists its people. */
  async function* eachPresent(): AsyncGenerator<{ topic: string; user: User }> {
    const giveWay = createGiveWay();
    for (const topic of presence.topics())
      for (const user of presence.people(topic).users ?? []) {
        yield { topic, user };
        await giveWay();
      }
  }

  /**
   * The topics with messages that a moderator moderates, and whether there are more than are searched; undefined for the operator, who
   * moderates all.
   */
  async function moderatedBy(who: Identity): Promise<{ topics: string[]; isCut: boolean } | undefined> {
    if (who.isAdmin) return undefined;
    const giveWay = createGiveWay();
    const topics: string[] = [];
    for await (const topic of eachTopic(log)) {
      if (mayModerate(parts, who, topic)) topics.push(topic);
      if (topics.length > MAX_MODERATED) return { topics: topics.slice(0, MAX_MODERATED), isCut: true };
      await giveWay();
    }
    return { topics, isCut: false };
  }

  /**
   * Adds the authors whose id or newest name contains a text. Returns whether there are more, whether some cannot be found yet, and whether
   * topics were left out.
   */
  async function addAuthors(found: Map<string, Person>, who: Identity, text: string) {
    const moderated = await moderatedBy(who);
    const topics = moderated?.topics;
    const { entries, more, isIncomplete } = await log.findAuthors({ text, topics, limit: MAX_AUTHORS });
    for (const { topic, userId: id, at, body } of entries.sort((a, b) => b.at - a.at)) {
      if (id === ERASED.id) continue;
      const { name, role } = decodeBody(body).user;
      const person = found.get(id) ?? { id, name, role, here: [], wrote: [], lastAt: at, sanctions: [] };
      found.set(id, person);
      if (person.wrote.length < MAX_WROTE) person.wrote.push(topic);
    }
    return { more, isIncomplete, isCut: moderated?.isCut };
  }

  /** Everybody whose name or id contains `search`, in the topics that `who` moderates. Without one, those who are here or have a sanction. */
  async function findPeople(who: Identity, search: string) {
    const text = fold(search);
    const found = new Map<string, Person>();
    const isWanted = (id: string, name = "") => found.has(id) || fold(`${id}\n${name}`).includes(text);
    const personOf = (id: string): Person => {
      const person = found.get(id) ?? { id, here: [], wrote: [], sanctions: [] };
      found.set(id, person);
      return person;
    };
    const authors = text === "" || !config.search ? undefined : await addAuthors(found, who, text);
    for await (const { topic, user } of eachPresent()) {
      const { id, name, role } = user;
      if (!mayModerate(parts, who, topic) || !isWanted(id, name)) continue;
      const person = Object.assign(personOf(id), { name, role });
      person.here.push(topic);
    }
    for await (const sanction of eachSanction()) {
      const { user: id, name, topic } = sanction;
      if (!mayModerate(parts, who, topic) || !isWanted(id, name)) continue;
      const person = personOf(id);
      if (name !== undefined) person.name ??= name;
      person.sanctions.push(sanction);
    }
    return { found, authors };
  }

  return {
    /**
     * `GET /api/admin/people?search=&limit=`: who is here, has a sanction or has a message, by a part of the name or id; those with a sanction
     * first, then by name; of a moderator, in the topics that the user moderates. Without `search`, who is here or has a sanction.
     */
    list: moderators(async (request, _by, who) => {
      const { search, limit } = parseQuery(request.url, PEOPLE_QUERY);
      const { found, authors } = await findPeople(who, search.trim());
      const giveWay = createGiveWay();
      const first = createFirstOnes<Person>(limit, comparePeople);
      for (const person of found.values()) {
        first.add(person);
        await giveWay();
      }
      const answer = {
        people: first.list(),
        count: first.count(),
        more: authors?.more === true || first.count() > limit,
        ...(authors?.isIncomplete ? { incomplete: true } : {}),
        ...(authors?.isCut ? { topicsLeftOut: true } : {}),
        ...(config.search ? {} : { searchOff: true }),
      };
      return Response.json(answer, NO_STORE);
    }),
  };
}
