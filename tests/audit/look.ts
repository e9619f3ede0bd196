/**
 * Looks at the log through a server's history: reads every topic to its top and compares it with the ledger. The last
 * round uses the same looks to judge where every actor arrived.
 */
import type { Message } from "../../src/model.ts";
import type { HistoryPage } from "./ledger.ts";
import type { Scene } from "./scene.ts";
import { type Actor, GROWING_TOPIC, TOPICS, waitUntil, type World } from "./world.ts";

/** Guards against a hang: a machine that is this slow can't be audited. A broken promise need not be waited for. */
const HANG_MS = 60_000;
const BROKEN_HANG_MS = 1500;
const PAGE = 200;

export type Looks = ReturnType<typeof createLooks>;

/** Makes the looks of a world; `urlOf` is the address of a server whose history is read. */
export function createLooks(world: World, urlOf: () => string) {
  const { ledger, findings } = world;
  const patience = () => (findings.isClean() ? HANG_MS : BROKEN_HANG_MS);

  async function fetchMessages(topic: string, query: string) {
    const response = await fetch(`${urlOf()}/api/topics/${topic}/messages?${query}`, {
      keepalive: false,
      signal: AbortSignal.timeout(patience()),
    });
    if (!response.ok) throw new Error(`history of ${topic}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { first: number; top: number; messages: Message[] };
  }

  async function fetchPage(topic: string, query: string): Promise<HistoryPage> {
    const { first, top, messages } = await fetchMessages(topic, query);
    return { first, top, messages: messages.map((message) => ({ ...message, user: message.user.id })) };
  }

  /** Reads the growing messages that no look has found whole, and compares them with what was acknowledged and shown. */
  async function lookAtGrowing(): Promise<void> {
    const entries: Message[] = [];
    for (let after = world.growing.lookAfter(); Number.isFinite(after);) {
      const { messages, top } = await fetchMessages(GROWING_TOPIC, `after=${after}&limit=${PAGE}`);
      entries.push(...messages);
      after = messages.at(-1)?.offset ?? top;
      if (after >= top) break;
    }
    world.growing.stored(entries);
  }

  return {
    /** How long something is waited for. */
    patience,

    async findTops(): Promise<Map<string, number>> {
      const tops = new Map<string, number>();
      for (const topic of Object.keys(TOPICS)) tops.set(topic, (await fetchPage(topic, "limit=1")).top);
      return tops;
    },

    /** Reads each topic's history to its top and compares it with what the ledger expects there. */
    async look(): Promise<void> {
      for (const topic of Object.keys(TOPICS)) {
        for (;;) {
          const page = await fetchPage(topic, `after=${ledger.verified(topic)}&limit=${PAGE}`);
          ledger.stored(topic, page);
          if (ledger.verified(topic) < page.top && page.messages.length > 0) continue;
          ledger.checkpoint(topic, page.top);
          break;
        }
      }
      await lookAtGrowing();
      for (const stream of world.streams) stream.settle();
      findings.add("looks");
    },
  };
}

/** Lets nobody in, and waits until nothing that a server sent is left on the way to a reader. */
export async function emptyWorld(world: World, proxy: Pick<Scene["proxy"], "down">): Promise<void> {
  proxy.down();
  if (await waitUntil(() => world.connections.size === 0, HANG_MS)) return;
  throw new Error(`connections did not end: ${[...world.connections.values()].join("; ")}`);
}

/** The network is good, nobody is killed: publishers get their acks, readers arrive at the top, and all are judged. */
export async function lastRound(
  world: World,
  actors: readonly Actor[],
  proxy: Pick<Scene["proxy"], "calm">,
  { patience, findTops, look }: Looks,
): Promise<void> {
  world.isEnding = true;
  proxy.calm();
  const isSilent = () => actors.every((actor) => !actor.name.startsWith("p-") || actor.isDone(new Map()));
  await waitUntil(isSilent, patience());
  await Bun.sleep(200);
  let tops = await findTops();
  const isThere = () => actors.every((actor) => actor.isDone(tops));
  // The headless clients publish and read: their last messages move the tops.
  for (let tries = 0; tries < 20 && !(await waitUntil(isThere, patience() / 20)); tries++)
    tops = await findTops();
  if (!isThere()) {
    const late = actors.filter((actor) => !actor.isDone(tops)).map((actor) => actor.describe());
    world.findings.violate("handed", `did not arrive at ${JSON.stringify([...tops])}: ${late.join("; ")}`);
  }
  await look();
  for (const actor of actors) actor.finish(tops);
}
