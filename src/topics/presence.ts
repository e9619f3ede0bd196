/**
 * Presence and typing, per topic. Nothing of it is logged.
 * Gathers changes for a second and sends them in one event, so that the cost of a topic grows with its users and not with
 * their square. Large topics receive the count only.
 */
import type { PeopleEvent, TypingEvent } from "../protocol.ts";
import type { People, User } from "../model.ts";
import { changeForShadowed, Roster } from "./roster.ts";
import { TypingUsers } from "./typing.ts";

/** Time between two presence events of a topic. */
const SEND_INTERVAL_MS = 1000;
/** Time between two counts of a large topic: readers do not notice a difference of a few users there. */
const SEND_INTERVAL_LARGE_MS = 5000;

interface TopicPresence {
  roster: Roster;
  typing: TypingUsers;
  /** The timer of the next send. A topic with a timer stays in memory. */
  timer: ReturnType<typeof setTimeout> | undefined;
}

export interface PresenceOptions {
  /** Sends a frame to every session that subscribed to a topic's presence. */
  publish: (topic: string, frame: string) => void;
  /** Sends a frame to the sessions of a shadow-banned user that subscribed to a topic's presence. */
  publishTo: (topic: string, userId: string, frame: string) => void;
  /** Called with each change of a topic's people that is sent. */
  onChange?: ((topic: string, change: Omit<PeopleEvent, "type" | "topic">) => void) | undefined;
  now?: () => number;
  later?: (callback: () => void, ms: number) => ReturnType<typeof setTimeout>;
}

export type Presence = ReturnType<typeof createPresence>;

/** Creates the functions that send the changes of a topic to its subscribers. */
function createSenders({
  publish,
  publishTo,
  onChange,
}: Pick<PresenceOptions, "publish" | "publishTo" | "onChange">) {
  return {
    sendPeople(topic: string, { roster }: TopicPresence): void {
      const change = roster.takeChange();
      if (!change) return;
      onChange?.(topic, change);
      const event: PeopleEvent = { type: "people", topic, ...change };
      publish(topic, JSON.stringify(event));
      for (const id of roster.shadowedIds())
        publishTo(topic, id, JSON.stringify({ ...event, ...changeForShadowed(change, id) }));
    },

    sendTyping(topic: string, { roster, typing }: TopicPresence, nowMs: number): void {
      const users = typing.takeChange(nowMs);
      if (!users) return;
      const frame = JSON.stringify({ type: "typing", topic, users } satisfies TypingEvent);
      publish(topic, frame);
      for (const id of roster.shadowedIds()) publishTo(topic, id, frame);
    },
  };
}

/** Creates the presence of one process; `now` is in milliseconds. */
export function createPresence({
  publish,
  publishTo,
  onChange,
  now = Date.now,
  later = setTimeout,
}: PresenceOptions) {
  const topics = new Map<string, TopicPresence>();
  const { sendPeople, sendTyping } = createSenders({ publish, publishTo, onChange });

  function presenceOf(topic: string): TopicPresence {
    let present = topics.get(topic);
    if (!present) {
      present = { roster: new Roster(), typing: new TypingUsers(), timer: undefined };
      topics.set(topic, present);
    }
    return present;
  }

  function scheduleSend(topic: string, present: TopicPresence): void {
    if (present.timer) return;
    const ms = present.roster.isLarge ? SEND_INTERVAL_LARGE_MS : SEND_INTERVAL_MS;
    present.timer = later(() => {
      present.timer = undefined;
      sendPeople(topic, present);
      sendTyping(topic, present, now());
      if (!present.typing.isEmpty) scheduleSend(topic, present);
      else if (present.roster.isEmpty) topics.delete(topic);
    }, ms);
  }

  return {
    /** Adds a session of a user. */
    join(topic: string, user: User): void {
      const present = presenceOf(topic);
      if (present.roster.join(user)) scheduleSend(topic, present);
    },

    /** Removes a session of a user. */
    leave(topic: string, user: User): void {
      const present = topics.get(topic);
      if (!present?.roster.leave(user.id)) return;
      present.typing.clear(user.id);
      scheduleSend(topic, present);
    },

    /** Updates the name of a present user. */
    rename(topic: string, user: User): void {
      const present = topics.get(topic);
      if (present?.roster.rename(user)) scheduleSend(topic, present);
    },

    /** Adds a session of a shadow-banned user. The session receives the people of the topic; its user is not listed to others. */
    addShadowed: (topic: string, userId: string): void => presenceOf(topic).roster.addShadowed(userId),

    /** Removes a session of a shadow-banned user: the session closed, or the shadow ban ended. */
    removeShadowed(topic: string, userId: string): void {
      const present = topics.get(topic);
      if (!present) return;
      present.roster.removeShadowed(userId);
      if (present.roster.isEmpty && !present.timer) topics.delete(topic);
    },

    /** Sets the number of users on another node that tells its count only; 0 when it lists its users. */
    setElsewhere(topic: string, node: string, count: number): void {
      const present = count > 0 ? presenceOf(topic) : topics.get(topic);
      if (present?.roster.setElsewhere(node, count)) scheduleSend(topic, present);
    },

    /** Marks a listed user as typing. Typing of a user who is not listed is not shown. */
    typing(topic: string, userId: string): void {
      const present = topics.get(topic);
      const user = present?.roster.userOf(userId);
      if (!present || !user) return;
      present.typing.mark(user, now());
      scheduleSend(topic, present);
    },

    /** Clears the typing mark of a user who has published a message. */
    stopTyping(topic: string, user: User): void {
      const present = topics.get(topic);
      if (present?.typing.clear(user.id)) scheduleSend(topic, present);
    },

    /** The name of a user who is present in a topic; undefined for an absent user. */
    nameOf: (topic: string, userId: string): string | undefined =>
      topics.get(topic)?.roster.userOf(userId)?.name,

    /** Whether a moderator is in a topic. Of another node's crowd only the count is known. */
    hasModerator: (topic: string): boolean => topics.get(topic)?.roster.hasModerator ?? false,

    /** Topics in which somebody is, or was a moment ago. */
    topics: (): Iterable<string> => topics.keys(),

    /** The users present in a topic. Large topics return the count only. */
    people: (topic: string): People => topics.get(topic)?.roster.people() ?? { count: 0 },
  };
}
