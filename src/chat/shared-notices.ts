/**
 * Notices of a cluster: what a moderator's act or an erasure tells sessions reaches those of every node. The acts themselves
 * are in the log, so that every node has them without this.
 */
import type { Cluster } from "../log/cluster.ts";
import type { ServerEvent } from "../protocol.ts";
import type { Announcements } from "./act-table.ts";
import type { UserDataParts } from "./user-data.ts";

type Place = "toTopic" | "toModerators" | "toUser";

/** Makes announcements reach the sessions of every node. */
export function shareAnnouncements(cluster: Cluster, own: Announcements): Announcements {
  cluster.onNews("announce", (body) => {
    const { place, name, event } = body as { place: Place; name: string; event: ServerEvent };
    own[place](name, event);
  });
  cluster.onQuestion("addresses", (userId) => own.addressesOf(String(userId)));
  const to = (place: Place) => (name: string, event: ServerEvent) => {
    own[place](name, event);
    cluster.tell("announce", { place, name, event });
  };
  return {
    toTopic: to("toTopic"),
    toModerators: to("toModerators"),
    toUser: to("toUser"),
    async addressesOf(userId) {
      const [here, { answers }] = await Promise.all([
        own.addressesOf(userId),
        cluster.ask("addresses", userId),
      ]);
      return [...here, ...(answers as string[][]).flat()];
    },
  };
}

type Erasures = Pick<UserDataParts, "endSessions" | "forgetUser">;

/**
 * Makes an erasure reach the sessions and the memory of every node. `readAgain` is called on the other nodes, because the
 * erasure has rewritten the control topic in place, and on a node that may have missed an erasure.
 */
export function shareErasures(cluster: Cluster, own: Erasures, readAgain: () => Promise<void>): Erasures {
  cluster.onNews("end-sessions", (userId) => own.endSessions(String(userId)));
  cluster.onNews("erased", (body) => {
    const { userId, names } = body as { userId: string; names: string[] };
    own.forgetUser(userId, new Set(names));
    void readAgain();
  });
  cluster.onMissed(() => void readAgain());
  return {
    endSessions(userId) {
      own.endSessions(userId);
      cluster.tell("end-sessions", userId);
    },
    forgetUser(userId, names) {
      own.forgetUser(userId, names);
      cluster.tell("erased", { userId, names: [...names] });
    },
  };
}
