/**
 * Facts about a topic besides its messages: people, typing, modes, pins, the user's standing. Pure.
 * Keeps the latest of each kind.
 */
import type { People, Standing, TopicMode, User } from "../../src/model.ts";
import type { QueueEvent, ServerEvent } from "../../src/protocol.ts";

/** Events about one topic that bring no messages. */
export type TopicNews = Exclude<
  Extract<ServerEvent, { topic: string }>,
  { type: "messages" } | { type: "gap" }
>;

/** Facts about one topic, the latest of each kind. */
export interface TopicFacts {
  people?: People | undefined;
  mode?: TopicMode | undefined;
  standing?: Standing | undefined;
  pins?: number[] | undefined;
  /** The topic's name in words. */
  title?: string | undefined;
  typing?: User[];
  /** For moderators: the size of the moderation queue. A new object whenever the size changes. */
  queue?: QueueEvent;
}

/** Returns the facts with those of an event. */
export function addFact(facts: TopicFacts, news: TopicNews): TopicFacts {
  switch (news.type) {
    case "people":
      return { ...facts, people: meet(facts.people?.users, news) };
    case "typing":
      return { ...facts, typing: news.users };
    case "mode":
      return { ...facts, mode: news.mode };
    case "pins":
      return { ...facts, pins: news.pins };
    default:
      return { ...facts, [news.type]: news };
  }
}

/** Applies a change of presence. Large topics report only the count: the result then has no names. */
function meet(users: User[] = [], { count, joined, left }: TopicNews & { type: "people" }): People {
  if (!joined && !left) return { count };
  const gone = [...(left ?? []), ...(joined ?? []).map((user) => user.id)];
  return { count, users: [...users.filter((user) => !gone.includes(user.id)), ...(joined ?? [])] };
}
