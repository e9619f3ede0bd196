/** The clients of a page, one a server: its elements share it, and with it a socket, and the last to go ends it. */
import { type Client, createClient } from "./client.ts";
import { createKeeper, type StorageMode } from "./storage.ts";

interface Shared {
  client: Client;
  uses: number;
  /** Per topic, the newest offset that was read out: two chats on a page would say everything twice. */
  said: Map<string, number>;
  stop: AbortController;
}
const clients = new Map<string, Shared>();

/** What an element gets: its server's client, and how to let go of it. */
export interface Acquired {
  client: Client;
  said: Shared["said"];
  release: () => void;
}

/** The client of a server, made for its first element. */
export function acquire(server: string, host: HTMLElement): Acquired {
  const shared = clients.get(server) ?? create(server, host);
  const { client, said, stop } = shared;
  shared.uses++;
  function release(): void {
    if (--shared.uses > 0) return;
    clients.delete(server);
    stop.abort();
    client.stop();
  }
  return { client, said, release };
}

function create(server: string, host: HTMLElement): Shared {
  const mode = (host.getAttribute("storage") ?? "on-interaction") as StorageMode;
  const keeper = createKeeper(server, mode, { local: () => localStorage, session: () => sessionStorage });
  const client = createClient({
    server,
    keeper,
    name: host.getAttribute("name") ?? "",
    diagnose: async (...question) => (await import("./trouble.ts")).diagnose(...question),
  });
  const shared = { client, uses: 0, said: new Map(), stop: new AbortController() };
  // Not waited for: it matters when the page goes to sleep or the network goes, not for the first picture.
  void import("./page.ts").then((page) => page.bindPage(client, shared.stop.signal));
  clients.set(server, shared);
  return shared;
}
