/**
 * The open sessions of one user on all nodes: lists and ends them. A node that does not answer is counted. Ending a session revokes
 * nothing: the user may connect again, as after a reload.
 */
import type { Cluster } from "../log/cluster.ts";
import type { OpenSession } from "./open-peers.ts";

const LIST = "sessions";
const END = "end-sessions";

/** Sessions that are listed: a bot may have thousands. */
const MAX_LISTED = 100;
/** Topics that are named for a session. */
const MAX_TOPICS = 10;

/** A session and the node that holds it. */
export type UserSession = OpenSession & { node: string };

/** A kind of sessions of this node. */
export interface SessionsHere {
  sessionsOf: (userId: string) => OpenSession[];
  endUser: (userId: string, id?: string) => number;
}

export interface UserSessionsParts {
  cluster: Pick<Cluster, "id" | "ask" | "onQuestion">;
  here: readonly SessionsHere[];
  /** Ends connections of a user that are not listed. */
  endOthers: (userId: string) => void;
}

export type UserSessions = ReturnType<typeof createUserSessions>;

/** Creates the list, and answers the questions of other nodes. */
export function createUserSessions({ cluster, here, endOthers }: UserSessionsParts) {
  const listHere = (userId: string): UserSession[] =>
    here
      .flatMap(({ sessionsOf }) => sessionsOf(userId))
      .slice(0, MAX_LISTED)
      .map((session) => ({ ...session, topics: session.topics.slice(0, MAX_TOPICS), node: cluster.id }));

  function endHere(userId: string, id?: string): number {
    if (id === undefined) endOthers(userId);
    return here.reduce((sum, { endUser }) => sum + endUser(userId, id), 0);
  }

  cluster.onQuestion(LIST, (body) => listHere((body as { user: string }).user));
  cluster.onQuestion(END, (body) => {
    const { user, session } = body as { user: string; session?: string };
    return endHere(user, session);
  });

  return {
    /** The sessions of a user, the newest first, and how many nodes did not answer. */
    async list(userId: string): Promise<{ sessions: UserSession[]; silent: number }> {
      const { answers, silent } = await cluster.ask(LIST, { user: userId });
      const all = [...listHere(userId), ...(answers as UserSession[][]).flat()];
      return { sessions: all.sort((a, b) => b.since - a.since).slice(0, MAX_LISTED), silent: silent.length };
    },

    /** Ends every session of a user, or the one with an id. Resolves to the number of ended ones. */
    async end(userId: string, session?: string): Promise<number> {
      const endedHere = endHere(userId, session);
      const { answers } = await cluster.ask(END, {
        user: userId,
        ...(session === undefined ? {} : { session }),
      });
      return (answers as number[]).reduce((sum, count) => sum + count, endedHere);
    },
  };
}
