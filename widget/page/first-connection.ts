/**
 * Why the very first connection fails: asked once, and when there is no point in trying again, the client stops. Afterwards
 * it is the network, and trying again is right.
 */
import type { Client } from "../client/client.ts";
import type { Refusal } from "../client/state.ts";

/** Finds out why; nothing when it seems to be the network. */
type Diagnose = (topic: string) => Promise<Refusal | undefined>;

/** Asks `diagnose` when a client that was never connected isn't now. */
export function doubt(client: Client, diagnose: Diagnose): void {
  const deaf = client.listen(look);
  async function look(): Promise<void> {
    const { connection, me, topics } = client.state;
    const [topic] = Object.keys(topics);
    if (me) return deaf();
    if (connection !== "reconnecting" || !topic) return;
    deaf();
    const refusal = await diagnose(topic);
    if (refusal && !client.state.me) client.deny(refusal);
  }
  void look();
}
