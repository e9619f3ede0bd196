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

export interface Heard {
  people?: People | undefined;
  mode?: TopicMode | undefined;
  standing?: Standing | undefined;
  pins?: number[] | undefined;
  typing?: User[];
  /** For moderators: how much waits for them. A new object whenever that changes. */
  queue?: QueueEvent;
}

/** What is known after an event. */
export function hear(heard: Heard, news: TopicNews): Heard {
  switch (news.type) {
    case "people":
      return { ...heard, people: meet(heard.people?.users, news) };
    case "typing":
      return { ...heard, typing: news.users };
    case "mode":
      return { ...heard, mode: news.mode };
    case "pins":
      return { ...heard, pins: news.pins };
    default:
      return { ...heard, [news.type]: news };
  }
}

/** In a large topic only the count is said; then nobody is known by name. */
function meet(users: User[] = [], { count, joined, left }: TopicNews & { type: "people" }): People {
  if (!joined && !left) return { count };
  const gone = [...(left ?? []), ...(joined ?? []).map((user) => user.id)];
  return { count, users: [...users.filter((user) => !gone.includes(user.id)), ...(joined ?? [])] };
}
