/**
 * Presence and typing, per topic. Nothing of it is logged.
 * Gathers changes for a second and sends them in one event, so that the cost of a topic grows with its people and not with
 * their square. Large topics receive the count only.
 */
import type { PeopleEvent, TypingEvent } from "../protocol.ts";
import type { People, User } from "../model.ts";

/** Time between two presence events of a topic. */
const SEND_INTERVAL_MS = 1000;
/** Topics with more people than this receive the count only. */
const MAX_LISTED = 100;
/** Time between two counts of a large topic: readers do not notice a difference of a few users there. */
const SEND_INTERVAL_LARGE_MS = 5000;
/** A typing signal expires after this time. */
const TYPING_MS = 4000;
/** Most users in a typing event: more names do not fit a line. */
const MAX_TYPING = 5;

interface PresentUser {
  user: User;
  sessions: number;
}

interface TopicPeople {
  users: Map<string, PresentUser>;
  /** Session counts of shadow-banned users, who are not listed to other users. */
  shadowSessions: Map<string, number>;
  /** Users who joined, or changed their name, since the last people event. */
  joined: Set<string>;
  /** Users who left since the last people event. */
  left: Set<string>;
  typing: Map<string, { user: User; until: number }>;
  /** Users of the last typing event, as one string of ids. */
  sentTyping: string;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export interface PresenceOptions {
  /** Sends a frame to every session that subscribed to a topic's presence. */
  publish: (topic: string, frame: string) => void;
  /** Sends a frame to the sessions of a shadow-banned user that subscribed to a topic's presence. */
  publishTo: (topic: string, userId: string, frame: string) => void;
  now?: () => number;
  later?: (callback: () => void, ms: number) => ReturnType<typeof setTimeout>;
}

export type Presence = ReturnType<typeof createPresence>;

/** Creates the presence of one process. */
export function createPresence({ publish, publishTo, now = Date.now, later = setTimeout }: PresenceOptions) {
  const topics = new Map<string, TopicPeople>();

  function topicPeopleOf(topic: string): TopicPeople {
    let topicPeople = topics.get(topic);
    if (!topicPeople) {
      topicPeople = {
        users: new Map(),
        shadowSessions: new Map(),
        joined: new Set(),
        left: new Set(),
        typing: new Map(),
        sentTyping: "",
        timer: undefined,
      };
      topics.set(topic, topicPeople);
    }
    return topicPeople;
  }

  function sendPeople(topic: string, topicPeople: TopicPeople): void {
    if (topicPeople.joined.size === 0 && topicPeople.left.size === 0) return;
    const count = topicPeople.users.size;
    const event: PeopleEvent = { type: "people", topic, count };
    if (count <= MAX_LISTED) {
      const joined = [...topicPeople.joined].flatMap((id) => topicPeople.users.get(id)?.user ?? []);
      const left = [...topicPeople.left].filter((id) => !topicPeople.users.has(id));
      if (joined.length > 0) event.joined = joined;
      if (left.length > 0) event.left = left;
    }
    topicPeople.joined.clear();
    topicPeople.left.clear();
    publish(topic, JSON.stringify(event));
    for (const id of topicPeople.shadowSessions.keys()) {
      const left = event.left?.filter((other) => other !== id);
      publishTo(topic, id, JSON.stringify({ ...event, count: count + 1, ...(left ? { left } : {}) }));
    }
  }

  function sendTyping(topic: string, topicPeople: TopicPeople): void {
    for (const [id, { until }] of topicPeople.typing) if (until <= now()) topicPeople.typing.delete(id);
    const users = [...topicPeople.typing.values()].slice(0, MAX_TYPING).map(({ user }) => user);
    const ids = users.map(({ id }) => id).join(" ");
    if (ids === topicPeople.sentTyping) return;
    topicPeople.sentTyping = ids;
    const frame = JSON.stringify({ type: "typing", topic, users } satisfies TypingEvent);
    publish(topic, frame);
    for (const id of topicPeople.shadowSessions.keys()) publishTo(topic, id, frame);
  }

  function scheduleSend(topic: string, topicPeople: TopicPeople): void {
    if (topicPeople.timer) return;
    const ms = topicPeople.users.size > MAX_LISTED ? SEND_INTERVAL_LARGE_MS : SEND_INTERVAL_MS;
    topicPeople.timer = later(() => {
      topicPeople.timer = undefined;
      sendPeople(topic, topicPeople);
      sendTyping(topic, topicPeople);
      if (topicPeople.typing.size > 0) scheduleSend(topic, topicPeople);
      else if (topicPeople.users.size + topicPeople.shadowSessions.size === 0) topics.delete(topic);
    }, ms);
  }

  return {
    /** Adds a session of a user. */
    join(topic: string, user: User): void {
      const topicPeople = topicPeopleOf(topic);
      const present = topicPeople.users.get(user.id);
      if (present) {
        present.sessions += 1;
        return;
      }
      topicPeople.users.set(user.id, { user, sessions: 1 });
      topicPeople.joined.add(user.id);
      scheduleSend(topic, topicPeople);
    },

    /** Removes a session of a user. */
    leave(topic: string, user: User): void {
      const topicPeople = topics.get(topic);
      const present = topicPeople?.users.get(user.id);
      if (!topicPeople || !present) return;
      present.sessions -= 1;
      if (present.sessions > 0) return;
      topicPeople.users.delete(user.id);
      topicPeople.joined.delete(user.id);
      topicPeople.left.add(user.id);
      topicPeople.typing.delete(user.id);
      scheduleSend(topic, topicPeople);
    },

    /** Updates the name of a present user. */
    rename(topic: string, user: User): void {
      const topicPeople = topics.get(topic);
      const present = topicPeople?.users.get(user.id);
      if (!topicPeople || !present) return;
      present.user = user;
      topicPeople.joined.add(user.id);
      scheduleSend(topic, topicPeople);
    },

    /** Adds a session of a shadow-banned user. The session receives the people of the topic; its user is not listed to others. */
    addShadowed(topic: string, userId: string): void {
      const { shadowSessions } = topicPeopleOf(topic);
      shadowSessions.set(userId, (shadowSessions.get(userId) ?? 0) + 1);
    },

    /** Removes a session of a shadow-banned user: the session closed, or the shadow ban ended. */
    removeShadowed(topic: string, userId: string): void {
      const topicPeople = topics.get(topic);
      const sessions = (topicPeople?.shadowSessions.get(userId) ?? 0) - 1;
      if (sessions > 0) topicPeople?.shadowSessions.set(userId, sessions);
      else topicPeople?.shadowSessions.delete(userId);
      if (topicPeople && topicPeople.users.size + topicPeople.shadowSessions.size === 0 && !topicPeople.timer)
        topics.delete(topic);
    },

    /** Marks a listed user as typing. Typing of a user who is not listed is not shown. */
    typing(topic: string, userId: string): void {
      const topicPeople = topics.get(topic);
      const user = topicPeople?.users.get(userId)?.user;
      if (!topicPeople || !user) return;
      topicPeople.typing.set(userId, { user, until: now() + TYPING_MS });
      scheduleSend(topic, topicPeople);
    },

    /** Clears the typing mark of a user who has published a message. */
    stopTyping(topic: string, user: User): void {
      const topicPeople = topics.get(topic);
      if (topicPeople?.typing.delete(user.id)) scheduleSend(topic, topicPeople);
    },

    /** The name of a user who is present in a topic; undefined for an absent user. */
    nameOf: (topic: string, userId: string): string | undefined =>
      topics.get(topic)?.users.get(userId)?.user.name,

    /** The users present in a topic. Large topics return the count only. */
    people(topic: string): People {
      const people = topics.get(topic)?.users;
      if (!people) return { count: 0 };
      const count = people.size;
      return count > MAX_LISTED ? { count } : { count, users: [...people.values()].map(({ user }) => user) };
    },
  };
}
