/**
 * The part of the admin API that finds people: those who are here now, and those with a sanction, by name or id. Export, erasure and
 * revocation are in `admin`; they need the id alone.
 */
import { z } from "zod";
import { createGiveWay } from "../give-way.ts";
import type { Control } from "../log/control.ts";
import type { Role, Sanction, User } from "../model.ts";
import type { Moderation } from "../moderation/moderation.ts";
import { SANCTION_KINDS } from "../moderation/sanction-index.ts";
import { presentFields } from "../optional-fields.ts";
import { wholeNumber } from "../parsing.ts";
import type { Presence } from "../topics/presence.ts";
import { type AdminRouteParts, createAdminRoute } from "./admin-route.ts";
import { NO_STORE, parseQuery } from "./request.ts";

export interface PeopleAdminParts extends AdminRouteParts {
  control: Control;
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
  sanctions: (Sanction & { topic: string })[];
}

export const PEOPLE_QUERY = {
  search: z.string().max(100, "must be at most 100 characters").default(""),
  limit: wholeNumber(1, 200).default(50),
};

export type PeopleAdmin = ReturnType<typeof createPeopleAdmin>;

/** Creates the routes. They throw KabarError. */
export function createPeopleAdmin(parts: PeopleAdminParts) {
  const { control, moderation, presence } = parts;
  const admin = createAdminRoute(parts);

  /** The sanctions in force, of all topics. */
  async function* eachSanction(): AsyncGenerator<Sanction & { topic: string }> {
    const giveWay = createGiveWay();
    const topics = new Set(SANCTION_KINDS.flatMap((kind) => [...control.topicsOf(kind)]));
    for (const topic of topics) {
      for (const sanction of moderation.sanctions.list(topic)) yield { topic, ...sanction };
      await giveWay();
    }
  }

  /** Everybody who is in a topic that lists its people. */
  async function* eachPresent(): AsyncGenerator<{ topic: string; user: User }> {
    const giveWay = createGiveWay();
    for (const topic of presence.topics()) {
      for (const user of presence.people(topic).users ?? []) yield { topic, user };
      await giveWay();
    }
  }

  /** Everybody whose name or id contains `search`. */
  async function findPeople(search: string): Promise<Person[]> {
    const found = new Map<string, Person>();
    const isWanted = (id: string, name = "") => `${id}\n${name}`.toLowerCase().includes(search);
    for await (const sanction of eachSanction()) {
      const { user: id, name } = sanction;
      if (!isWanted(id, name)) continue;
      const person = found.get(id) ?? { id, here: [], sanctions: [] };
      found.set(id, presentFields({ ...person, name: person.name ?? name }));
      person.sanctions.push(sanction);
    }
    for await (const { topic, user } of eachPresent()) {
      const { id, name, role } = user;
      if (!isWanted(id, name)) continue;
      const person = found.get(id) ?? { id, here: [], sanctions: [] };
      found.set(id, { ...person, name, role });
      person.here.push(topic);
    }
    return [...found.values()];
  }

  return {
    /** `GET /api/admin/people?search=&limit=`: who is here or has a sanction, those with a sanction first, then by name. */
    list: admin(async (request) => {
      const { search, limit } = parseQuery(request.url, PEOPLE_QUERY);
      const people = (await findPeople(search.toLowerCase())).sort(
        (a, b) =>
          Number(b.sanctions.length > 0) - Number(a.sanctions.length > 0) ||
          (a.name ?? a.id).localeCompare(b.name ?? b.id, "en"),
      );
      return Response.json({ people: people.slice(0, limit), count: people.length }, NO_STORE);
    }),
  };
}
