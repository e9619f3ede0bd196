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

interface PresentUser {
  user: User;
  sessions: number;
}

interface TopicPeople {
  users: Map<string, PresentUser>;
  /** Sessions of shadow-banned users: other sessions do not receive them. */
  shadowSessions: Map<string, number>;
  /** Users as last told, to be compared with `people`. */
  joined: Set<string>;
  left: Set<string>;
  typing: Map<string, { user: User; until: number }>;
  sentTyping: string;
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
  const topics = new Map<string, TopicPeople>();

  function topicPeopleOf(topic: string): TopicPeople {
    let hall = topics.get(topic);
    if (!hall) {
      hall = {
        users: new Map(),
        shadowSessions: new Map(),
        joined: new Set(),
        left: new Set(),
        typing: new Map(),
        sentTyping: "",
        timer: undefined,
      };
      topics.set(topic, hall);
    }
    return hall;
  }

  function sendPeople(topic: string, hall: TopicPeople): void {
    if (hall.joined.size === 0 && hall.left.size === 0) return;
    const count = hall.users.size;
    const event: PeopleEvent = { type: "people", topic, count };
    if (count <= MAX_LISTED) {
      const joined = [...hall.joined].flatMap((id) => hall.users.get(id)?.user ?? []);
      const left = [...hall.left].filter((id) => !hall.users.has(id));
      if (joined.length > 0) event.joined = joined;
      if (left.length > 0) event.left = left;
    }
    hall.joined.clear();
    hall.left.clear();
    publish(topic, JSON.stringify(event));
    for (const id of hall.shadowSessions.keys()) {
      const left = event.left?.filter((other) => other !== id);
      publishTo(topic, id, JSON.stringify({ ...event, count: count + 1, ...(left ? { left } : {}) }));
    }
  }

  function sendTyping(topic: string, hall: TopicPeople): void {
    for (const [id, { until }] of hall.typing) if (until <= now()) hall.typing.delete(id);
    const users = [...hall.typing.values()].slice(0, MAX_TYPING).map(({ user }) => user);
    const told = users.map(({ id }) => id).join(" ");
    if (told === hall.sentTyping) return;
    hall.sentTyping = told;
    const frame = JSON.stringify({ type: "typing", topic, users } satisfies TypingEvent);
    publish(topic, frame);
    for (const id of hall.shadowSessions.keys()) publishTo(topic, id, frame);
  }

  function scheduleSend(topic: string, hall: TopicPeople): void {
    if (hall.timer) return;
    const ms = hall.users.size > MAX_LISTED ? GATHER_LARGE_MS : GATHER_MS;
    hall.timer = later(() => {
      hall.timer = undefined;
      sendPeople(topic, hall);
      sendTyping(topic, hall);
      if (hall.typing.size > 0) scheduleSend(topic, hall);
      else if (hall.users.size + hall.shadowSessions.size === 0) topics.delete(topic);
    }, ms);
  }

  return {
    /** A session of a user came. */
    join(topic: string, user: User): void {
      const hall = topicPeopleOf(topic);
      const person = hall.users.get(user.id);
      if (person) {
        person.sessions += 1;
        return;
      }
      hall.users.set(user.id, { user, sessions: 1 });
      hall.joined.add(user.id);
      scheduleSend(topic, hall);
    },

    /** A session of a user went. */
    leave(topic: string, user: User): void {
      const hall = topics.get(topic);
      const person = hall?.users.get(user.id);
      if (!hall || !person) return;
      person.sessions -= 1;
      if (person.sessions > 0) return;
      hall.users.delete(user.id);
      hall.joined.delete(user.id);
      hall.left.add(user.id);
      hall.typing.delete(user.id);
      scheduleSend(topic, hall);
    },

    /** A user has another name now. */
    rename(topic: string, user: User): void {
      const hall = topics.get(topic);
      const person = hall?.users.get(user.id);
      if (!hall || !person) return;
      person.user = user;
      hall.joined.add(user.id);
      scheduleSend(topic, hall);
    },

    /** A session of a shadow-banned user joined: it receives the others, and the others do not receive its user. */
    addShadowed(topic: string, userId: string): void {
      const { shadowSessions: hidden } = topicPeopleOf(topic);
      hidden.set(userId, (hidden.get(userId) ?? 0) + 1);
    },

    /** A session of a hidden user went, or its user is hidden no longer. */
    removeShadowed(topic: string, userId: string): void {
      const hall = topics.get(topic);
      const sessions = (hall?.shadowSessions.get(userId) ?? 0) - 1;
      if (sessions > 0) hall?.shadowSessions.set(userId, sessions);
      else hall?.shadowSessions.delete(userId);
      if (hall && hall.users.size + hall.shadowSessions.size === 0 && !hall.timer) topics.delete(topic);
    },

    /** A user says to be writing; one who is not listed is not told of. */
    typing(topic: string, userId: string): void {
      const hall = topics.get(topic);
      const user = hall?.users.get(userId)?.user;
      if (!hall || !user) return;
      hall.typing.set(userId, { user, until: now() + TYPING_MS });
      scheduleSend(topic, hall);
    },

    /** A user's message arrived: the writing is done. */
    stopTyping(topic: string, user: User): void {
      const hall = topics.get(topic);
      if (hall?.typing.delete(user.id)) scheduleSend(topic, hall);
    },

    /** The name of somebody who is in a topic. */
    nameOf: (topic: string, userId: string): string | undefined =>
      topics.get(topic)?.users.get(userId)?.user.name,

    /** Who is in a topic now. */
    people(topic: string): People {
      const people = topics.get(topic)?.users;
      if (!people) return { count: 0 };
      const count = people.size;
      return count > MAX_LISTED ? { count } : { count, users: [...people.values()].map(({ user }) => user) };
    },
  };
}
