/**
 * Listens with `Bun.serve`, and passes requests to the doors. Bun can't change the certificate of a server: a new one takes the
 * port over in the same tick, and the one before serves its open connections until they end.
 */
import { chmodSync } from "node:fs";
import type { Config } from "../config.ts";
import { StartError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Certificate } from "./certificate.ts";
import type { Doors } from "./doors.ts";
import type { Peer } from "./peer.ts";
import { clearSocket } from "./unix-socket.ts";

/** Silence after which a kept-alive HTTP connection is closed: proxies that keep theirs for a minute close first. */
export const HTTP_IDLE_S = 75;
/** Another program took the port in the moment of a change: when it is tried again. */
const RETRY_MS = 1000;

type Server = Bun.Server<Peer>;

export interface ListenerParts {
  config: Config;
  doors: Doors;
  certificate: Certificate | undefined;
  logger: Logger;
}

export type Listener = Awaited<ReturnType<typeof createListener>>;

/** Starts to listen. Rejects with StartError when a socket can't be used, or with what `Bun.serve` throws. */
export async function createListener(parts: ListenerParts) {
  const { config, certificate, logger } = parts;
  const { http, webSocket } = parts.doors;
  const serve = (port: number, served: Certificate | undefined): Server =>
    // The types know no idle timeout beside a socket; Bun keeps it there, too.
    Bun.serve<Peer, string>({
      ...(config.socket === "" ? { port, hostname: config.host } : { unix: config.socket }),
      ...(served ? { tls: { cert: served.cert, key: served.key } } : {}),
      idleTimeout: HTTP_IDLE_S,
      // Bun refuses larger bodies before it reads them; the doors refuse smaller ones with an error in JSON.
      maxRequestBodySize: Math.max(config.maxFrameBytes, config.hooksInBytes) * 2,
      routes: http.routes,
      fetch: http.fetch,
      error: http.error,
      websocket: webSocket.handlers,
    } as Bun.Serve.Options<Peer, string>);

  /** Listens on the socket. Nobody else can connect before its mode is set: files are made for their owner only. */
  async function serveSocket(): Promise<Server> {
    if (config.trustedProxyHops === 0)
      logger.warn(
        "socket is set and trusted_proxy_hops is 0: all visitors share the limits of one address; set it to the number of your proxies",
      );
    await clearSocket(config.socket);
    try {
      const server = serve(0, undefined);
      chmodSync(config.socket, Number.parseInt(config.socketMode, 8));
      return server;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StartError(`the server can't listen on the socket ${config.socket}: ${reason}.`);
    }
  }

  const first = config.socket === "" ? serve(config.port, certificate) : await serveSocket();
  const port = first.port ?? config.port;
  /** The server that listens, and those that only have open connections. */
  const servers = new Set([first]);
  let listening: Server | undefined = first;
  let retry: ReturnType<typeof setTimeout> | undefined;

  /** Gives the port to a server with another certificate. Connections that are open stay with the one before. */
  function renew(next: Certificate): void {
    clearTimeout(retry);
    const before = listening;
    listening = undefined;
    if (before) void before.stop().then(() => servers.delete(before));
    try {
      listening = serve(port, next);
      servers.add(listening);
    } catch (err) {
      logger.error({ err, port }, "the port can't be taken over with the new certificate; it is tried again");
      retry = setTimeout(() => renew(next), RETRY_MS);
    }
  }

  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  return {
    /** `http://127.0.0.1:3000`, or `unix:/run/kabar/kabar.sock`. */
    url:
      config.socket === "" ? `${certificate ? "https" : "http"}://${host}:${port}` : `unix:${config.socket}`,
    port,

    /** Writes a frame to all who subscribed to a native topic, whichever server has their connection. */
    publish(nativeName: string, frame: string): void {
      for (const server of servers) server.publish(nativeName, frame, false);
    },

    renew,

    /** Stops to listen. Resolves when all connections have ended; `isForced` ends them. */
    async stop(isForced: boolean): Promise<void> {
      clearTimeout(retry);
      await Promise.all([...servers].map((server) => server.stop(isForced)));
    },
  };
}
