/**
 * A check of the very first connection: when it fails for good, the client stops trying.
 * Runs the diagnosis once per client. After the first success every failure counts as the network's, and the client tries
 * again. Does not know the reasons: page/diagnosis.ts finds them.
 */
import type { Client } from "../client/client.ts";
import type { Refusal } from "../client/state.ts";

/** Finds the reason of a failed connection; resolves to undefined when it seems to be the network. */
type Diagnose = (topic: string) => Promise<Refusal | undefined>;

/** Calls `diagnose` once if the client reconnects without ever having been connected, and stops the client on a refusal. */
export function checkFirstConnection(client: Client, diagnose: Diagnose): void {
  const unsubscribe = client.listen(check);
  async function check(): Promise<void> {
    const { connection, me, topics } = client.state;
    const [topic] = Object.keys(topics);
    if (me) return void unsubscribe();
    if (connection !== "reconnecting" || !topic) return;
    unsubscribe();
    const refusal = await diagnose(topic);
    if (refusal && !client.state.me) client.deny(refusal);
  }
  void check();
}
