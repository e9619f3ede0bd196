/**
 * The WebSocket door: upgrades requests to sessions, by origin, address and subprotocol, and keeps the set of open peers.
 * Closes the peers at shutdown without a reconnect storm. Frames are for the sessions to read.
 */
import type { Auth } from "../users/auth.ts";
import { requireName } from "../users/identity.ts";
import { KabarError } from "../errors.ts";
import { createGiveWay } from "../give-way.ts";
import { PlainSession } from "./session-plain.ts";
import type { Policy } from "../topics/policy.ts";
import { PROTOCOL, type ServerEvent } from "../protocol.ts";
import { TOPIC_PATTERN, TOPIC_RULE } from "../formats.ts";
import { addressOf, parseQuery, type PeerLookup, requireOrigin } from "./request.ts";
import { textLike, wholeNumber } from "../parsing.ts";
import { Session, type SessionParts } from "./session.ts";
import type { Peer, Socket } from "./peer.ts";
import { z } from "zod";

/** Queued bytes are summed after this share of their bound may have been added. */
const SUM_AFTER_SHARE = 0.25;
/** The shortest time after which a session reconnects after a shutdown: a process needs a moment to start. */
const RETURN_AFTER_MS = 500;
/** Readers of a topic that must begin again come back at moments spread over this time. */
const BEGIN_AGAIN_MS = 1000;

export interface WebSocketDoorParts extends SessionParts {
  auth: Auth;
  policy: Policy;
}

export type WebSocketDoor = ReturnType<typeof createWebSocketDoor>;

/** Makes the door. */
export function createWebSocketDoor(parts: WebSocketDoorParts) {
  const { config, auth, limits, metrics, logger, policy } = parts;
  const peers = new Set<Peer>();
  let draining = false;
  /** Counts the reviews of all sessions, so that a newer one replaces one that is under way. */
  let reviews = 0;
  /** The most bytes that can have been queued since the last sum. */
  let publishedBytes = 0;

  function plainRequest(request: Request, address: string): PlainSession {
    const query = parseQuery(request.url, {
      topic: textLike(TOPIC_PATTERN, TOPIC_RULE).default("lobby"),
      history: wholeNumber(0, config.maxHistoryPage).default(0),
      name: z.string().optional(),
    });
    if (!policy.ruleOf(query.topic)) {
      throw new KabarError("topic-unknown", `There is no topic "${query.topic}" on this server.`);
    }
    const who = { ...auth.identify({ name: query.name }, address), address: auth.hashAddress(address) };
    const { topic, history, name } = query;
    const notice =
      name !== undefined && who.user.name !== requireName(name)
        ? `The name ${JSON.stringify(requireName(name))} is taken. Your name is ${who.user.name}.`
        : undefined;
    return new PlainSession(parts, { address, who, topic, history, notice });
  }

  function openPeer(request: Request, address: string): Peer {
    const offered = request.headers.get("sec-websocket-protocol");
    if (offered === null) return plainRequest(request, address);
    if (offered.split(",").some((word) => word.trim() === PROTOCOL)) return new Session(parts, address);
    throw new KabarError(
      "bad-request",
      `Sec-WebSocket-Protocol: must be ${PROTOCOL}, or absent for plain mode.`,
    );
  }

  /** Checks that a request may open a session, and returns the unit of its address. Throws `origin-denied` or `shutting-down`. */
  function admit(request: Request, server: PeerLookup): string {
    requireOrigin(request, config);
    if (draining) throw new KabarError("shutting-down", undefined, RETURN_AFTER_MS);
    return addressOf(request, server, config);
  }

  return {
    admit,

    /** Makes a `kabar.v1` session for a socket of another kind. */
    openSession: (address: string): Peer => new Session(parts, address),

    /** Answers `GET /websocket`: undefined when the socket is upgraded. Throws KabarError. */
    upgrade(request: Request, server: Bun.Server<Peer>): Response | undefined {
      if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
        const host = request.headers.get("host") ?? "this host";
        throw new KabarError(
          "upgrade-required",
          `This is a WebSocket address: connect with new WebSocket("ws://${host}/websocket"), or open / in a browser.`,
        );
      }
      const address = admit(request, server);
      const peer = openPeer(request, address);
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
        if (!peers.delete(socket.data)) return;
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
      // Without it Bun would silently skip messages for a slow socket; cut off, its reader resumes by cursor.
      closeOnBackpressureLimit: true,
      idleTimeout: config.idleTimeoutS,
      sendPings: true,
      perMessageDeflate: false,
    },

    /** Counts bytes published to many sockets, and disconnects slow readers before too many bytes are queued. */
    notePublished(bytes: number): void {
      publishedBytes += bytes;
      if (publishedBytes < config.maxTotalQueuedBytes * SUM_AFTER_SHARE) return;
      publishedBytes = 0;
      setImmediate(() => this.disconnectSlowest());
    },

    /** Disconnects the slowest readers until the queued bytes of all sessions are within `max_total_queued_bytes`. */
    disconnectSlowest(): void {
      let total = 0;
      for (const peer of peers) total += peer.queuedBytes();
      if (total <= config.maxTotalQueuedBytes) return;
      const slow = [...peers]
        .map((peer) => ({ peer, bytes: peer.queuedBytes() }))
        .filter(({ bytes }) => bytes > 0);
      for (const { peer, bytes } of slow.sort((a, b) => b.bytes - a.bytes)) {
        if (total <= config.maxTotalQueuedBytes) return;
        total -= bytes;
        metrics.closes.inc({ reason: "slow-reader" });
        peer.terminate();
      }
    },

    /**
     * Applies changed rules and rights to every session, or to those of one user. Gives way between sessions: thousands take
     * a while. A newer review of all sessions replaces one that is under way.
     */
    async reviewRights(userId?: string): Promise<void> {
      if (userId === undefined) reviews += 1;
      const mine = reviews;
      const giveWay = createGiveWay();
      for (const peer of [...peers]) {
        if (userId !== undefined && peer.userId !== userId) continue;
        if (userId === undefined && mine !== reviews) return;
        if (peers.has(peer)) peer.reviewRights();
        const turn = giveWay();
        if (turn) await turn;
      }
    },

    /** Sends an event to every session of a user. */
    sendToUser(userId: string, event: ServerEvent): void {
      for (const peer of peers) if (peer.userId === userId) peer.sendEvent(event);
    },

    /** The hashes of the addresses of a user's open sessions. */
    addressesOf: (userId: string): string[] => [
      ...new Set(
        [...peers].filter((peer) => peer.userId === userId).map((peer) => auth.hashAddress(peer.address)),
      ),
    ],

    /** Ends every session of a user. The close code tells clients not to reconnect. */
    endUser(userId: string): void {
      for (const peer of [...peers]) if (peer.userId === userId) peer.goodbye("revoked", 0);
    },

    /** Closes the sessions that follow one of these topics. They come back within a second and begin again from their cursors. */
    beginAgain(topics: readonly string[]): void {
      for (const peer of [...peers]) {
        if (topics.some((topic) => peer.follows(topic)))
          peer.goodbye("shutting-down", Math.floor(Math.random() * BEGIN_AGAIN_MS));
      }
    },

    /** How many sessions are open. */
    size: (): number => peers.size,

    /** Refuses new sessions, and closes the open ones. Each receives a moment of `drain_window_ms` at which to reconnect. */
    drain(): void {
      draining = true;
      for (const peer of [...peers]) {
        peer.goodbye("shutting-down", RETURN_AFTER_MS + Math.floor(Math.random() * config.drainWindowMs));
      }
    },
  };
}
