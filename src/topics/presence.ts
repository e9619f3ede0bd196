/**
 * Presence and typing, per topic. Nothing of it is logged.
 * Gathers changes for a second and sends them in one event, so that the cost of a topic grows with its people and not with
 * their square. Large topics receive the count only.
 */
import type { PeopleEvent, TypingEvent } from "../protocol.ts";
import type { People, User } from "../model.ts";

/** Changes are gathered this long. */
const GATHER_MS = 1000;
/** Topics with more people than this receive the count only. */
const MAX_LISTED = 100;
/** Large topics receive their count this seldom: nobody reads single digits there. */
const GATHER_LARGE_MS = 5000;
/** Somebody counts as writing this long after saying so. */
const TYPING_MS = 4000;
/** Names that fit a line. */
const MAX_TYPING = 5;

interface Person {
  user: User;
  sessions: number;
}

interface Hall {
  people: Map<string, Person>;
  /** Sessions of shadow-banned users: other sessions do not receive them. */
  hidden: Map<string, number>;
  /** Users as last told, to be compared with `people`. */
  joined: Set<string>;
  left: Set<string>;
  typing: Map<string, { user: User; until: number }>;
  toldTyping: string;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export interface PresenceOptions {
  /** Hands a frame to every session that asked for a topic's people. */
  publish: (topic: string, frame: string) => void;
  /** Hands a frame to the sessions of a hidden user that asked for a topic's people. */
  publishTo: (topic: string, userId: string, frame: string) => void;
  now?: () => number;
  later?: (callback: () => void, ms: number) => ReturnType<typeof setTimeout>;
}

export type Presence = ReturnType<typeof createPresence>;

/** Makes the presence of one process. */
export function createPresence({ publish, publishTo, now = Date.now, later = setTimeout }: PresenceOptions) {
  const halls = new Map<string, Hall>();

  function hallOf(topic: string): Hall {
    let hall = halls.get(topic);
    if (!hall) {
      hall = {
        people: new Map(),
        hidden: new Map(),
        joined: new Set(),
        left: new Set(),
        typing: new Map(),
        toldTyping: "",
        timer: undefined,
      };
      halls.set(topic, hall);
    }
    return hall;
  }

  function tellPeople(topic: string, hall: Hall): void {
    if (hall.joined.size === 0 && hall.left.size === 0) return;
    const count = hall.people.size;
    const event: PeopleEvent = { type: "people", topic, count };
    if (count <= MAX_LISTED) {
      const joined = [...hall.joined].flatMap((id) => hall.people.get(id)?.user ?? []);
      const left = [...hall.left].filter((id) => !hall.people.has(id));
      if (joined.length > 0) event.joined = joined;
      if (left.length > 0) event.left = left;
    }
    hall.joined.clear();
    hall.left.clear();
    publish(topic, JSON.stringify(event));
    for (const id of hall.hidden.keys()) {
      const left = event.left?.filter((other) => other !== id);
      publishTo(topic, id, JSON.stringify({ ...event, count: count + 1, ...(left ? { left } : {}) }));
    }
  }

  function tellTyping(topic: string, hall: Hall): void {
    for (const [id, { until }] of hall.typing) if (until <= now()) hall.typing.delete(id);
    const users = [...hall.typing.values()].slice(0, MAX_TYPING).map(({ user }) => user);
    const told = users.map(({ id }) => id).join(" ");
    if (told === hall.toldTyping) return;
    hall.toldTyping = told;
    const frame = JSON.stringify({ type: "typing", topic, users } satisfies TypingEvent);
    publish(topic, frame);
    for (const id of hall.hidden.keys()) publishTo(topic, id, frame);
  }

  function gather(topic: string, hall: Hall): void {
    if (hall.timer) return;
    const ms = hall.people.size > MAX_LISTED ? GATHER_LARGE_MS : GATHER_MS;
    hall.timer = later(() => {
      hall.timer = undefined;
      tellPeople(topic, hall);
      tellTyping(topic, hall);
      if (hall.typing.size > 0) gather(topic, hall);
      else if (hall.people.size + hall.hidden.size === 0) halls.delete(topic);
    }, ms);
  }

  return {
    /** A session of a user came. */
    join(topic: string, user: User): void {
      const hall = hallOf(topic);
      const person = hall.people.get(user.id);
      if (person) {
        person.sessions += 1;
        return;
      }
      hall.people.set(user.id, { user, sessions: 1 });
      hall.joined.add(user.id);
      gather(topic, hall);
    },

    /** A session of a user went. */
    leave(topic: string, user: User): void {
      const hall = halls.get(topic);
      const person = hall?.people.get(user.id);
      if (!hall || !person) return;
      person.sessions -= 1;
      if (person.sessions > 0) return;
      hall.people.delete(user.id);
      hall.joined.delete(user.id);
      hall.left.add(user.id);
      hall.typing.delete(user.id);
      gather(topic, hall);
    },

    /** A user has another name now. */
    rename(topic: string, user: User): void {
      const hall = halls.get(topic);
      const person = hall?.people.get(user.id);
      if (!hall || !person) return;
      person.user = user;
      hall.joined.add(user.id);
      gather(topic, hall);
    },

    /** A session of a shadow-banned user joined: it receives the others, and the others do not receive its user. */
    hide(topic: string, userId: string): void {
      const { hidden } = hallOf(topic);
      hidden.set(userId, (hidden.get(userId) ?? 0) + 1);
    },

    /** A session of a hidden user went, or its user is hidden no longer. */
    unhide(topic: string, userId: string): void {
      const hall = halls.get(topic);
      const sessions = (hall?.hidden.get(userId) ?? 0) - 1;
      if (sessions > 0) hall?.hidden.set(userId, sessions);
      else hall?.hidden.delete(userId);
      if (hall && hall.people.size + hall.hidden.size === 0 && !hall.timer) halls.delete(topic);
    },

    /** A user says to be writing; one who is not listed is not told of. */
    typing(topic: string, userId: string): void {
      const hall = halls.get(topic);
      const user = hall?.people.get(userId)?.user;
      if (!hall || !user) return;
      hall.typing.set(userId, { user, until: now() + TYPING_MS });
      gather(topic, hall);
    },

    /** A user's message arrived: the writing is done. */
    wrote(topic: string, user: User): void {
      const hall = halls.get(topic);
      if (hall?.typing.delete(user.id)) gather(topic, hall);
    },

    /** The name of somebody who is in a topic. */
    nameOf: (topic: string, userId: string): string | undefined =>
      halls.get(topic)?.people.get(userId)?.user.name,

    /** Who is in a topic now. */
    people(topic: string): People {
      const people = halls.get(topic)?.people;
      if (!people) return { count: 0 };
      const count = people.size;
      return count > MAX_LISTED ? { count } : { count, users: [...people.values()].map(({ user }) => user) };
    },
  };
}
