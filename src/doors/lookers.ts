/**
 * The moderators who look at cases of the inbox right now, so that two do not decide the same one. Each desk, a tab of a browser, tells
 * its case whenever it asks for the inbox; what it told is forgotten after a few seconds. Kept in memory, and told to the other nodes.
 */
import type { Cluster } from "../log/cluster.ts";
import { dropOldest } from "../oldest.ts";

/** A desk asks every 3 seconds; hidden tabs do not ask. */
const LOOK_MS = 10_000;
/** Desks that are remembered. */
const MAX_DESKS = 500;
const KIND = "looking";

/** What a desk looks at. */
export interface Look {
  desk: string;
  /** The key of the case, as the console makes it. */
  case: string;
  /** The moderator's name. */
  by: string;
}

export interface LookersParts {
  cluster: Pick<Cluster, "tell" | "onNews">;
  /** Milliseconds. */
  now?: () => number;
}

export type Lookers = ReturnType<typeof createLookers>;

/** Creates the list of lookers. */
export function createLookers({ cluster, now = Date.now }: LookersParts) {
  const looks = new Map<string, Look & { until: number }>();

  function keep(look: Look): void {
    looks.delete(look.desk);
    looks.set(look.desk, { ...look, until: now() + LOOK_MS });
    dropOldest(looks, MAX_DESKS);
  }
  cluster.onNews(KIND, (body) => keep(body as Look));

  return {
    /** Notes what a desk looks at. */
    note(look: Look): void {
      const known = looks.get(look.desk);
      if (known?.case !== look.case || known.until < now() + LOOK_MS / 2) cluster.tell(KIND, look);
      keep(look);
    },

    /** The cases that other desks look at, and the names of those who do. */
    others(desk: string | undefined): { case: string; by: string }[] {
      const found: { case: string; by: string }[] = [];
      for (const look of looks.values()) {
        if (look.until <= now()) looks.delete(look.desk);
        else if (look.desk !== desk) found.push({ case: look.case, by: look.by });
      }
      return found;
    },
  };
}
