/** A subscription of ntfy's over WebSocket: one JSON frame an event. What the client sends is ignored. */
import { KabarError } from "../errors.ts";
import type { NtfySubscription } from "./ntfy-streams.ts";
import { type Peer, type Socket, SocketWriter } from "./peer.ts";
import type { CloseName } from "../protocol.ts";

/** The close code of a subscription that has sent everything (RFC 6455 section 7.4.1). */
const NORMAL = 1000;

export interface NtfyPeerParts {
  /** Whether the subscription's user may still read all of its topics. */
  mayRead: () => boolean;
  onBug: (error: unknown) => void;
}

export class NtfyPeer implements Peer {
  readonly mode = "ntfy";
  readonly isAway = false;
  readonly address: string;
  origin: string | undefined;
  readonly userId: string;
  readonly #subscription: NtfySubscription;
  readonly #parts: NtfyPeerParts;
  #writer: SocketWriter | undefined;

  constructor(subscription: NtfySubscription, parts: NtfyPeerParts) {
    this.#subscription = subscription;
    this.#parts = parts;
    this.address = subscription.address;
    this.userId = subscription.who.user.id;
  }

  open(socket: Socket): void {
    const writer = new SocketWriter(socket);
    this.#writer = writer;
    this.#run(writer).catch((error: unknown) => {
      if (!(error instanceof KabarError)) this.#parts.onBug(error);
      writer.close("internal");
    });
  }

  /** Sends events until the subscription ends, as fast as the reader takes them. */
  async #run(writer: SocketWriter): Promise<void> {
    const { greeting, next } = this.#subscription;
    for (let events = greeting as typeof greeting | undefined; events; events = await next()) {
      for (const event of events) {
        if (!(await writer.ready())) return;
        writer.send(JSON.stringify(event));
      }
    }
    if (writer.isOpen) writer.socket.close(NORMAL, "");
  }

  message(): void {}

  drain(): void {
    this.#writer?.onDrain();
  }

  closed(): void {
    this.#subscription.end();
    this.#writer?.onClose();
  }

  follows = (topic: string): boolean => this.#subscription.names.includes(topic);

  topics = (): string[] => [...this.#subscription.names];

  sendEvent(): void {}

  reviewRights(): void {
    if (!this.#parts.mayRead()) this.#subscription.end();
  }

  queuedBytes(): number {
    return this.#writer?.queuedBytes() ?? 0;
  }

  terminate(): void {
    this.#writer?.terminate();
  }

  goodbye(reason: CloseName): void {
    this.#writer?.close(reason);
  }
}
