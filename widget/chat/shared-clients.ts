/**
 * Clients of a page, one for each server: all elements share it and its socket, and the last one to go stops it.
 */
import { type Client, createClient } from "../client/client.ts";
import { systemClock } from "../client/clock.ts";
import { claim } from "./locks.ts";
import type { Mounted } from "../loader/contract.ts";
import { createKeeper, type StorageMode } from "../client/storage.ts";
import type { PageTies } from "../page/page.ts";

/** What a page says of the visitor, carried out when the code for it has come. */
export type Visitor = Pick<Mounted, "identify" | "signOut">;

interface Shared {
  client: Client;
  uses_: number;
  /** Per topic, the newest offset that was read out: two chats on a page would say everything twice. */
  said_: Map<string, number>;
  stop_: AbortController;
  visitor: Visitor;
  /** There when this tab leads (page/tab-group.ts). */
  free_: Promise<(() => void) | undefined>;
  /** The code that binds the client to the page, when it has loaded. */
  page_: Promise<PageTies>;
}
const SIGNED = "[token],[token-url]";
const clients = new Map<string, Shared>();

/** What an element gets: its server's client, and how to let go of it. */
export interface Acquired {
  client: Client;
  said_: Shared["said_"];
  visitor: Visitor;
  page_: Shared["page_"];
  release: () => void;
}

/** The client of a server, made for its first element, when it knows who the visitor is. */
export async function acquire(server: string, host: HTMLElement): Promise<Acquired> {
  const shared = clients.get(server) ?? create(server, host);
  const { client, said_: said, stop_: stop, visitor, page_: page } = shared;
  shared.uses_++;
  function release(): void {
    if (--shared.uses_ > 0) return;
    clients.delete(server);
    stop.abort();
    client.stop();
  }
  const known = page.then(({ follow }) => follow(host)).catch(() => undefined);
  // Who leads connects at once; all others need the rest of the code first.
  if (!(await shared.free_) || host.matches(SIGNED)) await known;
  return { client, said_: said, visitor, page_: page, release };
}

function create(server: string, host: HTMLElement): Shared {
  const mode = (host.getAttribute("storage") ?? "on-interaction") as StorageMode;
  const keeper = createKeeper(server, mode, { local: () => localStorage, session: () => sessionStorage });
  const client = createClient({
    server,
    keeper,
    name: host.getAttribute("name") ?? "",
  });
  const stop = new AbortController();
  const { signal } = stop;
  // Whom a token names is not known yet. Where there are no locks, each tab leads itself.
  const free = host.matches(SIGNED)
    ? Promise.resolve(undefined)
    : claim(`kabar:${server}`, { ifAvailable: true }).catch(() => () => undefined);
  const page = import("../page/page.ts").then(async ({ bindPage }) =>
    bindPage(client, { server, clock_: systemClock, claim, free_: await free, signal }),
  );
  const shared: Shared = {
    client,
    uses_: 0,
    said_: new Map(),
    stop_: stop,
    free_: free,
    page_: page,
    visitor: {
      identify: async (claims) => (await page).identify(claims),
      signOut: async (options) => (await page).signOut(options),
    },
  };
  clients.set(server, shared);
  return shared;
}
