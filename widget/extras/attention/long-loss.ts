/**
 * A long loss of the connection: asks over HTTP whether the server still lets this page in. A browser does not tell why a WebSocket fails,
 * so that a page whose site is no longer allowed would try for ever. Any other reason is the network's, and the client goes on trying.
 */
import type { Client } from "../../client/client.ts";
import type { Clock, Timer } from "../../client/clock.ts";
import type { Refusal } from "../../client/state.ts";

/** A server restarts in seconds: only clients that it does not let in, or that have no network, wait for so long. */
const LONG_MS = 60_000;

export interface LongLossParts {
  client: Pick<Client, "state" | "listen" | "deny">;
  clock: Clock;
  /** Finds the reason why no connection opens; resolves to undefined when it seems to be the network. */
  diagnose: (topic: string) => Promise<Refusal | undefined>;
  random?: () => number;
}

/** Watches a client, and stops it when its page may no longer connect. Returns what ends the watch. */
export function watchLongLoss({ client, clock, diagnose, random = Math.random }: LongLossParts): () => void {
  let timer: Timer | undefined;
  const isLost = () => client.state.connection === "reconnecting";

  function look(): void {
    if (!isLost()) {
      clock.cancel(timer);
      timer = undefined;
      // All clients of a server lose it at the same time, and ask it one after another.
    } else timer ??= clock.after(LONG_MS * (1 + random()), () => void ask());
  }

  async function ask(): Promise<void> {
    const [topic] = Object.keys(client.state.topics);
    const refusal = topic === undefined ? undefined : await diagnose(topic).catch(() => undefined);
    timer = undefined;
    if (isLost() && refusal?.code === "origin-denied") client.deny(refusal);
    else look();
  }

  const unlisten = client.listen(look);
  look();
  return () => {
    unlisten();
    clock.cancel(timer);
  };
}
