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

export interface TopicFacts {
  people?: People | undefined;
  mode?: TopicMode | undefined;
  standing?: Standing | undefined;
  pins?: number[] | undefined;
  typing?: User[];
  /** For moderators: how much waits for them. A new object whenever that changes. */
  queue?: QueueEvent;
}

/** What is known after an event. */
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

/** In a large topic only the count is said; then nobody is known by name. */
function meet(users: User[] = [], { count, joined, left }: TopicNews & { type: "people" }): People {
  if (!joined && !left) return { count };
  const gone = [...(left ?? []), ...(joined ?? []).map((user) => user.id)];
  return { count, users: [...users.filter((user) => !gone.includes(user.id)), ...(joined ?? [])] };
}
