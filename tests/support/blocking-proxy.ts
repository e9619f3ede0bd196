/** A proxy in front of a server that refuses WebSocket upgrades, as some company networks do, and passes on all else. */
export interface BlockingProxy {
  url: string;
  /** Upgrades that were refused. */
  refused(): number;
  stop(force: boolean): Promise<void>;
}

/** Starts the proxy before `target`, on a port of its own. */
export function startBlockingProxy(target: string): BlockingProxy {
  let refused = 0;
  const proxy = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (request.headers.has("upgrade")) {
        refused += 1;
        return new Response("blocked", { status: 403 });
      }
      const { method, headers, body, signal } = request;
      return fetch(target + pathname + search, {
        method,
        headers,
        body,
        signal,
        redirect: "manual",
        decompress: false,
        // A server that restarts refuses connections for a moment.
      }).catch(() => new Response("bad gateway", { status: 502 }));
    },
  });
  return {
    url: `http://127.0.0.1:${proxy.port}`,
    refused: () => refused,
    stop: (force) => proxy.stop(force),
  };
}
