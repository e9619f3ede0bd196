/**
 * A bare `kabar.v1` connection, written from docs/PROTOCOL.md and sharing nothing with the widget's client: frames are
 * handled in the tick in which they arrive, so that a reply is seen before what follows it.
 */
import { PROTOCOL, type ServerFrame } from "../../src/protocol.ts";
import { openStreamedSocket } from "./streamed-socket.ts";
import type { World } from "./world.ts";

/** Any frame from the server, read loosely: the audit trusts nothing about it. */
export type Frame = ServerFrame & { id?: unknown } & Record<string, never>;
type OnReply = (reply: Frame) => void;

/** A handshake through a stalled proxy ends by itself, but not soon enough for an audit. */
const CONNECT_DEADLINE_MS = 3000;

/** The part of a connection that carries frames: a WebSocket, or a streamed session. */
export interface BareSocket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(frame: string): void;
  close(): void;
}

/** How `kabar.v1` is carried. */
export type Way = "websocket" | "streamed";

function openSocket(url: string, way: Way): BareSocket {
  if (way === "streamed") return openStreamedSocket(url);
  const socket = new WebSocket(`${url.replace("http", "ws")}/websocket`, PROTOCOL);
  const bare: BareSocket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (frame) => socket.send(frame),
    close: () => socket.close(),
  };
  socket.onopen = () => bare.onopen?.();
  socket.onmessage = ({ data }) => bare.onmessage?.({ data });
  socket.onclose = () => bare.onclose?.();
  return bare;
}

export interface Link {
  /** The server's era when the connection opened. */
  era: number;
  /** Sends a command; `onReply` is called in the tick of the reply, or never. */
  ask(type: string, fields: object, onReply: OnReply): void;
  onEvent: (event: Frame) => void;
  /** Resolves when the connection has ended, however. */
  closed: Promise<void>;
  isOpen(): boolean;
  close(): void;
}

/** Connects; undefined when that did not work. */
export function openLink(world: World, way: Way): Promise<Link | undefined> {
  return new Promise((resolve) => {
    const socket = openSocket(world.url, way);
    const replies = new Map<number, OnReply>();
    let lastId = 0;
    let isOpen = false;
    let announceEnd: () => void = () => {};
    const closed = new Promise<void>((end) => (announceEnd = end));
    const late = setTimeout(() => socket.close(), CONNECT_DEADLINE_MS);
    const link: Link = {
      era: 0,
      ask(type, fields, onReply) {
        const id = ++lastId;
        replies.set(id, onReply);
        if (isOpen) socket.send(JSON.stringify({ type, id, ...fields }));
      },
      onEvent: () => {},
      closed,
      isOpen: () => isOpen,
      close: () => socket.close(),
    };
    socket.onopen = () => {
      clearTimeout(late);
      isOpen = true;
      link.era = world.ledger.era();
      world.connections.set(link, `kabar.v1, ${way}`);
      world.findings.add("connections");
      if (way === "streamed") world.findings.add("streamed sessions");
      resolve(link);
    };
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame;
      const id: unknown = frame.id;
      const onReply = typeof id === "number" ? replies.get(id) : undefined;
      if (typeof id !== "number") return link.onEvent(frame);
      replies.delete(id);
      onReply?.(frame);
    };
    socket.onclose = () => {
      clearTimeout(late);
      isOpen = false;
      world.connections.delete(link);
      announceEnd();
      resolve(undefined);
    };
  });
}

/** Connects and says hello until that worked; undefined when the world ended first. */
export async function greet(
  world: World,
  hello: () => object,
  pause: () => number,
  way: Way = "websocket",
): Promise<{ link: Link; user: string; guest: string } | undefined> {
  while (!world.isOver) {
    const link = await openLink(world, way);
    if (link) {
      const reply = await new Promise<Frame | undefined>((resolve) => {
        link.ask("hello", hello(), resolve);
        void link.closed.then(() => resolve(undefined));
      });
      if (reply?.type === "ok" && link.isOpen()) {
        const { user, guest } = reply as unknown as { user: { id: string }; guest: string };
        return { link, user: user.id, guest };
      }
      link.close();
    }
    await Bun.sleep(pause());
  }
  return undefined;
}
