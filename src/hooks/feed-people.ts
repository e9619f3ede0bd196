/**
 * Users who come to a topic and leave it, as events of the feed. Follows what presence sends: changes are gathered for a second,
 * and topics of more than 100 people have none.
 */
import type { User } from "../model.ts";
import type { FeedReference } from "./feed-log.ts";

/** A change of a topic's people: users who came or have another name, and ids of those who left. */
export interface PeopleChange {
  joined?: User[];
  left?: string[];
}

/** Creates the function that turns changes of people into references; `now` is in milliseconds since 1970. */
export function createFeedPeople(add: (references: FeedReference[]) => void, now: () => number = Date.now) {
  /** The users that are known to be present, by topic: a new name is no arrival. */
  const present = new Map<string, Set<string>>();

  return (topic: string, { joined = [], left = [] }: PeopleChange): void => {
    const here = present.get(topic) ?? new Set<string>();
    const at = now();
    const references: FeedReference[] = [];
    for (const { id, name, role } of joined) {
      if (!here.has(id)) references.push({ kind: "joined", topic, at, user: { id, name, role } });
      here.add(id);
    }
    for (const id of left) if (here.delete(id)) references.push({ kind: "left", topic, at, user: { id } });
    if (here.size > 0) present.set(topic, here);
    else present.delete(topic);
    add(references);
  };
}
