/**
 * The WebSocket door: upgrades requests to sessions, by origin, address and subprotocol, and passes Bun's socket events to
 * them. Refuses new sessions during a shutdown, and closes the open ones without a reconnect storm. Sessions parse the frames.
 */
import { z } from "zod";
import { KabarError } from "../errors.ts";
import { TOPIC_PATTERN, TOPIC_RULE } from "../formats.ts";
import { textLike, wholeNumber } from "../parsing.ts";
import { PROTOCOL } from "../protocol.ts";
import type { Policy } from "../topics/policy.ts";
import type { Auth } from "../users/auth.ts";
import { requireName } from "../users/identity.ts";
import { describeBrowser } from "./browser-name.ts";
import type { OpenPeers } from "./open-peers.ts";
import type { Peer, Socket } from "./peer.ts";
import {
  addressOf,
  type AllowedOrigins,
  originOf,
  ownAddress,
  parseQuery,
  type PeerLookup,
  requireOrigin,
} from "./request.ts";
import { PlainSession } from "./session-plain.ts";
import { Session, type SessionParts } from "./session.ts";

/** The shortest time after which a session reconnects after a shutdown: a process needs a moment to start. */
const RETURN_AFTER_MS = 500;

export interface WebSocketDoorParts extends SessionParts {
  auth: Auth;
  origins: AllowedOrigins;
  policy: Policy;
  peers: OpenPeers;
}

export type WebSocketDoor = ReturnType<typeof createWebSocketDoor>;

/** The query parameters of plain mode. */
export const plainQuery = (maxHistoryPage: number) => ({
  topic: textLike(TOPIC_PATTERN, TOPIC_RULE).default("lobby"),
  history: wholeNumber(0, maxHistoryPage).default(0),
  name: z.string().optional(),
});

/** Creates a plain session from the parameters `topic`, `history` and `name` of its request. Throws KabarError. */
function createPlainSession(parts: WebSocketDoorParts, request: Request, address: string): PlainSession {
  const { config, auth, policy } = parts;
  const { topic, history, name } = parseQuery(request.url, plainQuery(config.maxHistoryPage));
  if (!policy.ruleOf(topic))
    throw new KabarError("topic-unknown", `There is no topic "${topic}" on this server.`);
  const who = { ...auth.identify({ name }, address), address: auth.hashAddress(address) };
  const notice =
    name !== undefined && who.user.name !== requireName(name)
      ? `The name ${JSON.stringify(requireName(name))} is taken. Your name is ${who.user.name}.`
      : undefined;
  return new PlainSession(parts, { address, who, topic, history, notice });
}

/** Names of browsers: sessions with one name share its string. */
const browsers = new Map<string, string>();

/** The browser of a request in a few words; undefined for programs. */
function browserOf(request: Request): string | undefined {
  const name = describeBrowser(request.headers.get("user-agent") ?? "");
  if (name === undefined) return undefined;
  // All there are: a few browsers by a few systems.
  if (!browsers.has(name)) browsers.set(name, name);
  return browsers.get(name);
}

/** Creates the session that a request asks for by its subprotocol. Throws KabarError. */
function createPeer(parts: WebSocketDoorParts, request: Request, address: string): Peer {
  const offered = request.headers.get("sec-websocket-protocol");
  if (offered === null) return createPlainSession(parts, request, address);
  if (offered.split(",").some((word) => word.trim() === PROTOCOL)) return new Session(parts, address);
  throw new KabarError(
    "bad-request",
    `Sec-WebSocket-Protocol: must be ${PROTOCOL}, or absent for plain mode.`,
  );
}

/** Creates the door. */
export function createWebSocketDoor(parts: WebSocketDoorParts) {
  const { config, origins, limits, metrics, logger, peers } = parts;
  let draining = false;

  /** Checks that a request may open a session, and returns the unit of its address. Throws `origin-denied` or `shutting-down`. */
  function admit(request: Request, server: PeerLookup): string {
    requireOrigin(request, origins);
    if (draining) throw new KabarError("shutting-down", undefined, RETURN_AFTER_MS);
    return addressOf(request, server, config);
  }

  return {
    admit,

    /** Creates a `kabar.v1` session for a socket of another kind. */
    createSession(request: Request, address: string): Peer {
      const session: Peer = new Session(parts, address);
      session.origin = originOf(request);
      session.browser = browserOf(request);
      return session;
    },

    /** Answers `GET /websocket`: undefined when the socket is upgraded. Throws KabarError. */
    upgrade(request: Request, server: Bun.Server<Peer>): Response | undefined {
      if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
        const address = ownAddress(request, config).replace(/^http/, "ws");
        throw new KabarError(
          "upgrade-required",
          `This is a WebSocket address: connect with new WebSocket("${address}/websocket"), or open / in a browser.`,
        );
      }
      const address = admit(request, server);
      const peer = createPeer(parts, request, address);
      peer.origin = originOf(request);
      peer.browser = browserOf(request);
      limits.join(address);
      const headers = peer.mode === "json" ? { "Sec-WebSocket-Protocol": PROTOCOL } : undefined;
      if (!server.upgrade(request, { data: peer, ...(headers ? { headers } : {}) })) {
        limits.leave(address);
        throw new KabarError("bad-request", "The WebSocket handshake is incomplete (RFC 6455 section 4.1).");
      }
      return undefined;
    },

    /** Bun's socket events and limits. */
    handlers: {
      data: {} as Peer,
      open(socket: Socket) {
        peers.add(socket.data);
        metrics.sessions.inc({ mode: socket.data.mode });
        socket.data.open(socket);
      },
      message: (socket: Socket, frame: string | Buffer) => socket.data.message(frame),
      drain: (socket: Socket) => socket.data.drain(),
      close(socket: Socket, code: number) {
        if (!peers.remove(socket.data)) return;
        metrics.sessions.dec({ mode: socket.data.mode });
        limits.leave(socket.data.address);
        logger.debug({ mode: socket.data.mode, code }, "session ended");
        socket.data.closed();
      },
      error(err: Error) {
        logger.error({ err }, "bug in an upgrade");
      },
      maxPayloadLength: config.maxFrameBytes,
      backpressureLimit: config.maxQueuedBytes,
      // Without it Bun would silently skip messages for a slow socket. A closed reader resumes by cursor.
      closeOnBackpressureLimit: true,
      idleTimeout: config.idleTimeoutS,
      sendPings: true,
      perMessageDeflate: false,
    },

    /** Refuses new sessions and closes the open ones, which reconnect at moments spread over `drain_window_ms`. */
    drain(): void {
      draining = true;
      peers.closeAll(() => RETURN_AFTER_MS + Math.floor(Math.random() * config.drainWindowMs));
    },
  };
}
