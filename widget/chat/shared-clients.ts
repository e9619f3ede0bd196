/**
 * Clients of a page, one for each server. The elements of a server share its client and its socket; the client stops when the
 * last element is removed.
 */
import { type Client, createClient } from "../client/client.ts";
import { systemClock } from "../client/clock.ts";
import { OPEN, type WebSocketLike } from "../client/socket.ts";
import type { Mounted, Shell } from "../loader/contract.ts";
import { createKeeper, type StorageMode } from "../client/storage.ts";
import type { PageTies } from "../page/page.ts";

/** The page's methods about the user; they wait until the chunk `page` has loaded. */
export type UserMethods = Pick<Mounted, "identify" | "signOut">;

interface Shared {
  client: Client;
  uses_: number;
  /** By topic, the newest offset that was announced: two chats of a page announce a message once. */
  said_: Map<string, number>;
  stop_: AbortController;
  visitor: UserMethods;
  /** Releases the lock of the leading tab (page/tab-group.ts); undefined in other tabs. */
  free_: Promise<(() => void) | undefined>;
  /** The page's parts, once the chunk `page` has loaded. */
  page_: Promise<PageTies>;
  /** Loads the chunk `page` now, if that was not done. */
  loadPage_: () => Promise<PageTies>;
}
/** By then the chunk `page` is loaded, whatever the connection does: it has the other ways to connect. */
const PAGE_MS = 1_000;
const SIGNED = "[token],[token-url]";
const clients = new Map<string, Shared>();

/** An element's share in the client of its server, until `release`. */
export interface Acquired {
  client: Client;
  said_: Shared["said_"];
  visitor: UserMethods;
  page_: Shared["page_"];
  loadPage_: Shared["loadPage_"];
  release: () => void;
}

/** Returns the client of a server once the user is known. The first element of a server creates its client. */
export async function acquire(shell: Shell): Promise<Acquired> {
  const { server, host } = shell;
  const shared = clients.get(server) ?? create(shell);
  const { client, said_: said, stop_: stop, visitor, page_: page, loadPage_: loadPage } = shared;
  shared.uses_++;
  function release(): void {
    if (--shared.uses_ > 0) return;
    clients.delete(server);
    stop.abort();
    client.stop();
    shared.free_.then((free) => free?.());
    delete shell.lines_[server];
  }
  const known = page.then(({ follow }) => follow(host)).catch(() => undefined);
  // The leading tab connects at once, and needs the chunk `page` after its first list; other tabs and signed users need it first.
  if (!(await shared.free_) || host.matches(SIGNED)) {
    loadPage();
    await known;
  }
  return { client, said_: said, visitor, page_: page, loadPage_: loadPage, release };
}

function create({ server, host, lines_: lines }: Shell): Shared {
  const mode = (host.getAttribute("storage") ?? "on-interaction") as StorageMode;
  const keeper = createKeeper(server, mode, { local: () => localStorage, session: () => sessionStorage });
  let opened: WebSocketLike | undefined;
  const free = (async () => {
    const line = (await lines[server]) || undefined;
    opened = line as WebSocketLike | undefined;
    return line?.free_;
  })();
  const client = createClient({
    server,
    keeper,
    name: host.getAttribute("name") ?? "",
    takeOpened_() {
      const socket = opened;
      opened = undefined;
      // Of the lock alone, and of a socket that was closed meanwhile, there is nothing to take.
      return Number(socket?.readyState) <= OPEN ? socket : undefined;
    },
  });
  const stop = new AbortController();
  const { signal } = stop;
  let begin = () => {};
  const page = new Promise<void>((resolve) => {
    begin = resolve;
    // A palette belongs to the first picture.
    setTimeout(resolve, host.matches("[palette]") ? 0 : PAGE_MS);
  })
    .then(() => import("../page/page.ts"))
    .then(async ({ bindPage }) =>
      bindPage(client, { server, clock_: systemClock, free_: await free, signal }),
    );
  const loadPage = () => {
    begin();
    return page;
  };
  const shared: Shared = {
    client,
    uses_: 0,
    said_: new Map(),
    stop_: stop,
    free_: free,
    page_: page,
    loadPage_: loadPage,
    visitor: {
      identify: async (claims) => (await loadPage()).identify(claims),
      signOut: async (options) => (await loadPage()).signOut(options),
    },
  };
  clients.set(server, shared);
  return shared;
}
