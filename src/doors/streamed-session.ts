/**
 * `kabar.v1` for networks that block WebSocket (docs/PROTOCOL.md): a session's frames go down as server-sent events and come up
 * in request bodies. Sessions, commands and limits are those of the WebSocket door; this one only makes the socket. The
 * secret that joins the two requests is in no address, so no access log has it.
 */
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { addressOf, type PeerLookup, requireOrigin } from "./request.ts";
import { receiveBody } from "./request-body.ts";
import { type StreamHub, StreamedSocket } from "./streamed-peer.ts";
import type { WebSocketDoor } from "./websocket.ts";

/** Frames that one request may carry: more than a client gathers while the request before is under way. */
const MAX_FRAMES = 256;
/** RFC 6455 section 7.4.1: a frame was too big. */
const TOO_BIG = 1009;

export interface StreamedDoorParts {
  config: Config;
  limits: Limits;
  door: WebSocketDoor;
  hub: StreamHub;
}

export type StreamedDoor = ReturnType<typeof createStreamedDoor>;

/** Makes the door. */
export function createStreamedDoor({ config, limits, door, hub }: StreamedDoorParts) {
  const sockets = new Map<string, StreamedSocket>();

  return {
    /** `GET /api/session`: opens a session and streams its frames. Throws what refuses a socket. */
    open(request: Request, server: PeerLookup): Response {
      const address = door.admit(request, server);
      limits.join(address);
      const secret = crypto.randomUUID();
      const socket = new StreamedSocket({
        peer: door.openSession(address),
        hub,
        maxQueuedBytes: config.maxQueuedBytes,
        onClose(code) {
          sockets.delete(secret);
          door.handlers.close(socket, code);
        },
      });
      sockets.set(secret, socket);
      request.signal.addEventListener("abort", () => socket.terminate());
      socket.tell("session", secret);
      door.handlers.open(socket);
      return new Response(socket.body, {
        headers: {
          "Content-Type": "text/event-stream; charset=utf-8",
          // A proxy that compresses would hold the first frames back.
          "Cache-Control": "no-store, no-transform",
          // nginx would otherwise hold events back until its buffer is full.
          "X-Accel-Buffering": "no",
        },
      });
    },

    /** `POST /api/session`: frames of an open session. Throws `not-found` or `bad-request`. */
    async receive(request: Request, server: PeerLookup): Promise<Response> {
      requireOrigin(request, config);
      // Bun refuses what is larger than any request of ours may be, before this is called.
      const body = await receiveBody(request.text());
      const [secret = "", ...frames] = body.split("\n", MAX_FRAMES + 2);
      const socket = sockets.get(secret);
      // Commands of a session are paced by the session; what belongs to none, by address.
      if (!socket) limits.takeRead(addressOf(request, server, config));
      if (!socket)
        throw new KabarError("not-found", "There is no such session. Open one with GET /api/session.");
      if (frames.length > MAX_FRAMES)
        throw new KabarError("bad-request", `The body has more than ${MAX_FRAMES} frames.`);
      for (const frame of frames) {
        if (!socket.isOpen) break;
        if (Buffer.byteLength(frame) > config.maxFrameBytes) socket.close(TOO_BIG, "frame-too-large");
        else if (frame !== "") door.handlers.message(socket, frame);
      }
      return new Response(null, { status: 204, headers: { "Cache-Control": "no-store" } });
    },
  };
}
