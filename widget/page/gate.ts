/**
 * The gate for new guests, loaded when a visitor whom the server lets only read begins to write: finds the number that the
 * server asked for, a slice at a time so that the page stays quick, and brings home the credential that says so.
 */
import type { Gate } from "../../src/model.ts";
import type { Client } from "../client/client.ts";
import { leadingZeros } from "./sha256.ts";
import type { Ties } from "../client/page-hooks.ts";

/** How long a slice may take: less than a frame of the screen. */
const SLICE_MS = 8;
/** Hashes between two looks at the clock. */
const HASHES = 64;

/** The next slice comes behind whatever else waits; a timer would be made to wait 4 ms each time. */
function pause(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** Finds a nonce. */
export async function solve(
  { challenge = "", bits = 0 }: Gate,
  now = () => performance.now(),
): Promise<string> {
  let nonce = 0;
  for (;;) {
    const until = now() + SLICE_MS;
    do {
      for (const end = nonce + HASHES; nonce < end; nonce++)
        if (leadingZeros(`${challenge}:${nonce}`) >= bits) return String(nonce);
    } while (now() < until);
    await pause();
  }
}

/** Passes the gate as the guest of this client. Rejects with what the server says against it. */
export async function passGate(client: Client, ties: Ties): Promise<void> {
  const gate = await client.command("gate", {});
  const { challenge } = gate;
  const proof = gate.kind === "work" ? { challenge, nonce: await solve(gate) } : {};
  if (gate.kind !== "none") {
    const { guest } = await client.command("pass", proof);
    ties.guest = guest;
    if (client.keeper.consented) client.keeper.save({ guest });
  }
  const { me, limits } = client.state;
  const { gate: _, ...open } = limits;
  if (me) client.meet(me, open);
}
