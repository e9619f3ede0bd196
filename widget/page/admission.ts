/**
 * Admission of new guests through the gate: begins when a guest with read-only rights begins to write.
 * gate.ts, which does the work, loads then. A refusal is final for this page.
 */
import type { Client } from "../client/client.ts";
import type { CommandError } from "../client/requests.ts";

/** Returns the function that lets the client's guest begin to write. Also begins by itself when a message waits to be sent. */
export function createAdmission(client: Client): () => Promise<void> {
  let isPassing = false;
  let isRefused = false;

  async function admit(): Promise<void> {
    if (isPassing || isRefused || !client.state.limits.gate) return;
    isPassing = true;
    try {
      const { passGate } = await import("./gate.ts");
      await passGate(client);
    } catch (cause) {
      const { code, message } = cause as CommandError;
      isRefused = code === "gate-refused";
      if (isRefused) client.tell({ type: "error", code, message });
    }
    isPassing = false;
  }
  client.listen(({ type }) => {
    if (type === "change" && Object.values(client.state.topics).some(({ pending }) => pending[0]))
      void admit();
  });
  return admit;
}
