/**
 * Topics of a cluster: entries that one node removed leave the rings of all nodes, messages that are not stored and
 * what growing messages grow by reach the readers of all nodes, and a topic with readers on any node is not dropped.
 */
import type { Cluster } from "../log/cluster.ts";
import type { MessageLog } from "../log/log.ts";
import type { Message } from "../model.ts";
import type { AppendEvent } from "../protocol.ts";
import type { Topics } from "./topics.ts";

/** Makes `forget` and messages that are not stored reach every node. A node that may have missed one drops the messages of all its rings. */
export function shareTopics(topics: Topics, cluster: Cluster): Topics {
  cluster.onNews("forget", (body) => {
    const { topic, upTo } = body as { topic: string; upTo: number };
    topics.forget(topic, upTo);
  });
  cluster.onNews("ephemeral", (body) => {
    const { message, isShadowed } = body as { message: Message; isShadowed: boolean };
    topics.sendEphemeral(message, isShadowed);
  });
  cluster.onNews("append", (event) => topics.sendAppend(event as AppendEvent));
  cluster.onMissed(topics.forgetAll);
  cluster.onQuestion("active-topics", (names) => (names as string[]).filter((name) => topics.isActive(name)));
  return {
    ...topics,
    forget(topic, upTo) {
      topics.forget(topic, upTo);
      cluster.tell("forget", { topic, upTo });
    },
    sendEphemeral(message, isShadowed) {
      topics.sendEphemeral(message, isShadowed);
      cluster.tell("ephemeral", { message, isShadowed });
    },
    sendAppend(event) {
      topics.sendAppend(event);
      cluster.tell("append", event);
    },
  };
}

/** A log whose `drop` leaves topics that have readers on another node, and all of them while a node does not answer. */
export function dropUnreadOnly(log: MessageLog, cluster: Cluster): MessageLog {
  return {
    ...log,
    async drop(names) {
      const { answers, silent } = await cluster.ask("active-topics", names);
      if (silent.length > 0) return 0;
      const read = new Set((answers as string[][]).flat());
      return log.drop(names.filter((name) => !read.has(name)));
    },
  };
}
