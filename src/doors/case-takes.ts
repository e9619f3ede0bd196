/**
 * Cases of the inbox that moderators have taken, so that two do not work at the same one. A take is a lease of a desk, a tab of a browser: it
 * holds while the desk asks for the inbox, and ends soon after. It forbids nothing. Kept in memory, and told to the other nodes.
 */
import type { Cluster } from "../log/cluster.ts";
import { dropOldest } from "../oldest.ts";

/** How long a case stays taken after its desk last asked: a moderator may read elsewhere, and a closed tab does not hold a case for long. */
const LEASE_MS = 120_000;
/** Cases that are taken at a time, of all desks and of one. */
const MAX_TAKES = 2000;
const MAX_OWN = 100;
const KIND = "taking";

/** A case that a desk has taken. */
interface Take {
  desk: string;
  /** The key of the case, as the console makes it. */
  case: string;
  /** The moderator's name. */
  by: string;
  /** When it was taken, in milliseconds since 1970: of two desks, the first one has it. */
  at: number;
}
type News = Take & { isReleased?: boolean };

export interface CaseTakesParts {
  cluster: Pick<Cluster, "tell" | "onNews">;
  /** Milliseconds. */
  now?: () => number;
}

export type CaseTakes = ReturnType<typeof createCaseTakes>;

/** Creates the list of takes. */
export function createCaseTakes({ cluster, now = Date.now }: CaseTakesParts) {
  /** By case; those renewed last are the last. */
  const takes = new Map<string, Take & { until: number }>();

  function holder(key: string): Take | undefined {
    const take = takes.get(key);
    if (take && take.until > now()) return take;
    takes.delete(key);
    return undefined;
  }

  function keep(take: Take): void {
    takes.delete(take.case);
    takes.set(take.case, { ...take, until: now() + LEASE_MS });
    dropOldest(takes, MAX_TAKES);
  }

  cluster.onNews(KIND, (body) => {
    const { isReleased, ...take } = body as News;
    const present = holder(take.case);
    const isOwn = present?.desk === take.desk;
    if (isReleased) {
      if (isOwn) takes.delete(take.case);
    } else if (
      !present ||
      isOwn ||
      take.at < present.at ||
      (take.at === present.at && take.desk < present.desk)
    )
      keep(take);
  });

  const ownOf = (desk: string) => [...takes.values()].filter((take) => take.desk === desk);

  return {
    /** Takes a case for a desk, unless another has it. Returns the name of the moderator who has it now. */
    take(key: string, desk: string, by: string): { by: string; own: boolean } {
      const present = holder(key);
      if (present && present.desk !== desk) return { by: present.by, own: false };
      const [oldest] = ownOf(desk).length >= MAX_OWN ? ownOf(desk) : [];
      if (oldest) takes.delete(oldest.case);
      const take: Take = { desk, case: key, by, at: present?.at ?? now() };
      keep(take);
      cluster.tell(KIND, take);
      return { by, own: true };
    },

    /** Gives a case back, if the desk has it. */
    release(key: string, desk: string): void {
      const present = holder(key);
      if (present?.desk !== desk) return;
      takes.delete(key);
      const { by, at } = present;
      cluster.tell(KIND, { desk, case: key, by, at, isReleased: true } satisfies News);
    },

    /** Renews what a desk has taken: it asked for the inbox. Other nodes receive it now and then. */
    renew(desk: string): void {
      for (const { until, ...take } of ownOf(desk)) {
        if (until <= now()) takes.delete(take.case);
        else if (until < now() + LEASE_MS / 2) {
          keep(take);
          cluster.tell(KIND, take);
        }
      }
    },

    /** All cases that are taken, the names of those who have them, and whether this desk has. */
    all: (desk: string | undefined): { case: string; by: string; own: boolean }[] =>
      [...takes.keys()].flatMap((key) => {
        const take = holder(key);
        return take ? [{ case: key, by: take.by, own: take.desk === desk }] : [];
      }),
  };
}
