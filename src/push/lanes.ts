/**
 * Work for many hosts at once in lanes, with a bound for all and one for each host. Hosts take turns, and one that never
 * answers holds up no other.
 */

interface Lane {
  running: number;
  waiting: (() => Promise<void>)[];
}

export type Lanes = ReturnType<typeof createLanes>;

/** Creates lanes that run at most `total` tasks at once, and `each` of one host. */
export function createLanes({ total, each }: { total: number; each: number }) {
  /** In the order of their turns. */
  const lanes = new Map<string, Lane>();
  let running = 0;

  /** The next lane that may run a task, moved to the end of the order. */
  function nextLane(): [string, Lane] | undefined {
    for (const [host, lane] of lanes) {
      if (lane.waiting.length === 0 || lane.running >= each) continue;
      lanes.delete(host);
      lanes.set(host, lane);
      return [host, lane];
    }
    return undefined;
  }

  function advance(): void {
    while (running < total) {
      const [host, lane] = nextLane() ?? [];
      const task = lane?.waiting.shift();
      if (host === undefined || !lane || !task) return;
      running += 1;
      lane.running += 1;
      void task().finally(() => {
        running -= 1;
        lane.running -= 1;
        if (lane.running === 0 && lane.waiting.length === 0) lanes.delete(host);
        advance();
      });
    }
  }

  return {
    /** Runs a task in the lane of a host. Resolves with it; rejects with what it throws. */
    run<T>(host: string, task: () => Promise<T>): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const lane = lanes.get(host) ?? { running: 0, waiting: [] };
      lanes.set(host, lane);
      lane.waiting.push(() => task().then(resolve, reject));
      advance();
      return promise;
    },
  };
}
