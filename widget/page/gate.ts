/**
 * The gate for new guests: proof of work, solved in slices of a frame so that the page stays responsive.
 * Loads when a guest who may only read begins to write. Stores the credential that the server issues for the proof. Does not
 * decide when the gate is due: admission.ts does.
 */
import type { Gate } from "../../src/model.ts";
import type { Client } from "../client/client.ts";
import { leadingZeros } from "./sha256.ts";

/** The longest slice of work: less than half a frame at 60 frames a second. */
const SLICE_MS = 8;
/** Hashes between two looks at the clock. */
const HASHES = 64;

/** Waits for one turn of the event loop. A timer would be clamped to 4 ms. */
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

/**
 * Finds a nonce for which SHA-256 of `challenge:nonce` begins with `bits` zero bits. `now` returns milliseconds and
 * only needs to grow.
 */
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

/** Passes the gate as this client's guest. Rejects with the server's error. */
export async function passGate(client: Client): Promise<void> {
  const gate = await client.command("gate", {});
  const { challenge } = gate;
  const proof = gate.kind === "work" ? { challenge, nonce: await solve(gate) } : {};
  if (gate.kind !== "none") {
    const { guest } = await client.command("pass", proof);
    client.setCredentials_({ guest });
    if (client.keeper.consented) client.keeper.save({ guest });
  }
  const { me, limits } = client.state;
  const { gate: _, ...open } = limits;
  if (me) client.meet(me, open);
}
