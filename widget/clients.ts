/** The clients of a page, one a server: its elements share it, and with it a socket, and the last to go ends it. */
import { type Client, createClient } from "./client.ts";
import type { Mounted } from "./shell.ts";
import { createKeeper, type StorageMode } from "./storage.ts";
import type { Ties } from "./ties.ts";

/** What a page says of the visitor, carried out when the code for it has come. */
export type Visitor = Pick<Mounted, "identify" | "signOut">;

interface Shared {
  client: Client;
  uses: number;
  /** Per topic, the newest offset that was read out: two chats on a page would say everything twice. */
  said: Map<string, number>;
  stop: AbortController;
  visitor: Visitor;
  /** Does what an element's attributes say of the visitor. */
  follow: (host: Element) => Promise<void>;
}
const clients = new Map<string, Shared>();

/** What an element gets: its server's client, and how to let go of it. */
export interface Acquired {
  client: Client;
  said: Shared["said"];
  visitor: Visitor;
  release: () => void;
}

/** The client of a server, made for its first element, when it knows who the visitor is. */
export async function acquire(server: string, host: HTMLElement): Promise<Acquired> {
  const shared = clients.get(server) ?? create(server, host);
  const { client, said, stop, visitor } = shared;
  shared.uses++;
  function release(): void {
    if (--shared.uses > 0) return;
    clients.delete(server);
    stop.abort();
    client.stop();
  }
  const known = shared.follow(host).catch(() => undefined);
  if (host.matches("[token],[token-url]")) await known;
  return { client, said, visitor, release };
}

function create(server: string, host: HTMLElement): Shared {
  const mode = (host.getAttribute("storage") ?? "on-interaction") as StorageMode;
  const keeper = createKeeper(server, mode, { local: () => localStorage, session: () => sessionStorage });
  const ties: Ties = {};
  const client = createClient({
    server,
    keeper,
    ties,
    name: host.getAttribute("name") ?? "",
    diagnose: async (...question) => (await import("./trouble.ts")).diagnose(...question),
  });
  const stop = new AbortController();
  const page = import("./page.ts").then(({ bindPage }) => bindPage(client, ties, stop.signal));
  const shared: Shared = {
    client,
    uses: 0,
    said: new Map(),
    stop,
    follow: async (host) => (await page).follow(host),
    visitor: {
      identify: async (claims) => (await page).identify(claims),
      signOut: async (options) => (await page).signOut(options),
    },
  };
  clients.set(server, shared);
  return shared;
}
