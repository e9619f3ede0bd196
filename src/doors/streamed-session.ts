/**
 * Opens `kabar.v1` sessions over HTTP for networks that block WebSocket (docs/PROTOCOL.md). Frames go down as
 * server-sent events and come up in request bodies. Sessions, commands and limits are those of the WebSocket door; this
 * door only makes the socket. The secret that joins the two requests is never in a URL, so access logs do not contain it.
 */
import type { Cluster } from "../log/cluster.ts";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { digestOf } from "../users/guests.ts";
import type { Limits } from "../limits.ts";
import { addressOf, type AllowedOrigins, NO_STORE, type PeerLookup, requireOrigin } from "./request.ts";
import { readBody } from "./request-body.ts";
import { openFrames, sealFrames } from "./sealed-frames.ts";
import { STREAM_HEADERS } from "./stream-format.ts";
import { type StreamHub, StreamedSocket } from "./streamed-peer.ts";
import type { WebSocketDoor } from "./websocket.ts";

/** Frames in one request: more than a client gathers while its previous request is under way. */
const MAX_FRAMES = 256;
/** The close code for a frame that is too large (RFC 6455 section 7.4.1). */
const TOO_BIG = 1009;
/** The question to other nodes whether they hold a session, with its frames. */
const FRAMES = "session-frames";

export interface StreamedDoorParts {
  config: Config;
  origins: AllowedOrigins;
  limits: Limits;
  cluster: Cluster;
  door: WebSocketDoor;
  hub: StreamHub;
}

export type StreamedDoor = ReturnType<typeof createStreamedDoor>;

/** Creates the door. Its routes throw KabarError. */
export function createStreamedDoor({ config, origins, limits, cluster, door, hub }: StreamedDoorParts) {
  /** By the hash of the secret: a secret never leaves this node. */
  const sessions = new Map<string, { secret: string; socket: StreamedSocket }>();

  function take(socket: StreamedSocket, frames: readonly string[]): void {
    for (const frame of frames) {
      if (!socket.isOpen) break;
      if (Buffer.byteLength(frame) > config.maxFrameBytes) socket.close(TOO_BIG, "frame-too-large");
      else if (frame !== "") door.handlers.message(socket, frame);
    }
  }
  // A balancer may bring a request to another node than the one that holds the stream.
  cluster.onQuestion(FRAMES, (body) => {
    const { session, sealed } = body as { session: string; sealed: string };
    const held = sessions.get(session);
    if (!held) return undefined;
    take(held.socket, openFrames(held.secret, sealed));
    return true;
  });

  /** Brings frames to the node that holds their session. Throws `rate-limited`, or `not-found` when none does. */
  async function forward(secret: string, frames: readonly string[], address: string): Promise<void> {
    // A session limits its commands; requests without a session here count by address, before they cost the cluster anything.
    limits.takeRead(address);
    const body = { session: digestOf(secret), sealed: cluster.isAlone ? "" : sealFrames(secret, frames) };
    limits.spendRead(address, body.sealed.length);
    if ((await cluster.askFirst(FRAMES, body)) !== true)
      throw new KabarError("not-found", "This session does not exist. Open one with GET /api/session.");
  }

  return {
    /** `GET /api/session`: opens a session and streams its frames. Throws what the WebSocket door throws. */
    open(request: Request, server: PeerLookup): Response {
      const address = door.admit(request, server);
      limits.join(address);
      const secret = crypto.randomUUID();
      const socket = new StreamedSocket({
        peer: door.createSession(request, address),
        hub,
        maxQueuedBytes: config.maxQueuedBytes,
        onClose(code) {
          sessions.delete(digestOf(secret));
          door.handlers.close(socket, code);
        },
      });
      sessions.set(digestOf(secret), { secret, socket });
      request.signal.addEventListener("abort", () => socket.terminate());
      socket.sendControl("session", secret);
      door.handlers.open(socket);
      return new Response(socket.body, { headers: STREAM_HEADERS });
    },

    /** `POST /api/session`: frames of an open session. Throws `not-found`, `rate-limited`, `too-large` or `bad-request`. */
    async receive(request: Request, server: PeerLookup): Promise<Response> {
      requireOrigin(request, origins);
      const body = await readBody(request, config.maxFrameBytes * 2);
      const [secret = "", ...frames] = body.split("\n", MAX_FRAMES + 2);
      if (frames.length > MAX_FRAMES)
        throw new KabarError("bad-request", `The body has more than ${MAX_FRAMES} frames.`);
      const held = sessions.get(digestOf(secret));
      if (held) take(held.socket, frames);
      else await forward(secret, frames, addressOf(request, server, config));
      return new Response(null, { status: 204, ...NO_STORE });
    },
  };
}
