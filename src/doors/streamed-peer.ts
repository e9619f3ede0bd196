/**
 * Sockets for sessions without WebSocket: frames wait in a queue and leave as server-sent events when the reader asks.
 * The hub is the pub/sub of these sockets, as Bun's is for WebSockets: it queues a published frame in the same tick, so
 * that the order of `send`, `publish` and `subscribe` is kept. A reader who falls too far behind is disconnected, and
 * resumes by cursor.
 */
import type { Peer, Socket } from "./peer.ts";
import { HEARTBEAT, HEARTBEAT_MS } from "./stream-format.ts";

export type StreamHub = ReturnType<typeof createStreamHub>;

/** Creates the hub, which knows the subscribers of each native topic among streamed sockets. */
export function createStreamHub() {
  const topics = new Map<string, Set<StreamedSocket>>();
  return {
    subscribe(topic: string, socket: StreamedSocket): void {
      const subscribers = topics.get(topic);
      if (subscribers) subscribers.add(socket);
      else topics.set(topic, new Set([socket]));
    },
    unsubscribe(topic: string, socket: StreamedSocket): void {
      const subscribers = topics.get(topic);
      if (subscribers?.delete(socket) && subscribers.size === 0) topics.delete(topic);
    },
    /** Sends a frame to every streamed socket of a native topic. */
    publish(topic: string, frame: string): void {
      const subscribers = topics.get(topic);
      if (subscribers) for (const socket of [...subscribers]) socket.send(frame);
    },
  };
}

export interface StreamedSocketOptions {
  peer: Peer;
  hub: StreamHub;
  /** Queued bytes above which the reader is disconnected. */
  maxQueuedBytes: number;
  /** Called once, with the close code, when the stream has ended. */
  onClose: (code: number) => void;
}

export class StreamedSocket implements Socket {
  readonly data: Peer;
  /** The response body, which pulls the next frames when the reader has taken the last ones. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #hub: StreamHub;
  readonly #topics = new Set<string>();
  readonly #maxQueuedBytes: number;
  readonly #onClose: (code: number) => void;
  readonly #encoder = new TextEncoder();
  #queue: string[] = [];
  #queuedBytes = 0;
  /** The close code once the socket closes; 1006 when the reader has disconnected. */
  #closeCode: number | undefined;
  #hasEnded = false;
  /** Wakes a pull that waits for frames. */
  #wake: (() => void) | undefined;

  constructor({ peer, hub, maxQueuedBytes, onClose }: StreamedSocketOptions) {
    this.data = peer;
    this.#hub = hub;
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#onClose = onClose;
    this.body = new ReadableStream(
      { pull: (controller) => this.#pull(controller), cancel: () => this.terminate() },
      { highWaterMark: 1 },
    );
  }

  /** Whether the socket sends and takes frames. */
  get isOpen(): boolean {
    return this.#closeCode === undefined;
  }

  /** Queues an event of another type than frames. */
  sendControl(type: string, data: string): void {
    this.#push(`event: ${type}\ndata: ${data}\n\n`);
  }

  send(frame: string): void {
    this.#push(`data: ${frame}\n\n`);
  }

  cork(write: (socket: Socket) => void): void {
    write(this);
  }

  subscribe(nativeTopic: string): void {
    if (this.#hasEnded) return;
    this.#topics.add(nativeTopic);
    this.#hub.subscribe(nativeTopic, this);
  }

  unsubscribe(nativeTopic: string): void {
    this.#topics.delete(nativeTopic);
    this.#hub.unsubscribe(nativeTopic, this);
  }

  getBufferedAmount(): number {
    return this.#queuedBytes;
  }

  /** Sends the queued frames, then an event with the code and the reason, and ends. */
  close(code: number, reason: string): void {
    if (this.#closeCode !== undefined) return;
    this.sendControl("close", JSON.stringify({ code, reason }));
    this.#closeCode = code;
    this.#unsubscribeAll();
    this.#wake?.();
  }

  terminate(): void {
    this.#closeCode ??= 1006;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#finish();
    this.#wake?.();
  }

  #push(event: string): void {
    if (!this.isOpen) return;
    this.#queue.push(event);
    this.#queuedBytes += Buffer.byteLength(event);
    if (this.#queuedBytes > this.#maxQueuedBytes) this.terminate();
    else this.#wake?.();
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    // Gives way between two chunks: a fast reader must not block the event loop.
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.#queue.length === 0 && this.#closeCode === undefined) await this.#waitForFrames();
    const events = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    if (events.length > 0) controller.enqueue(this.#encoder.encode(events.join("")));
    else if (this.#closeCode === undefined) controller.enqueue(this.#encoder.encode(HEARTBEAT));
    if (this.#closeCode === undefined) this.data.drain();
    else {
      controller.close();
      this.#finish();
    }
  }

  /** Resolves when a frame is queued, the socket closes, or a heartbeat is due. */
  #waitForFrames(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), HEARTBEAT_MS);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #unsubscribeAll(): void {
    for (const topic of this.#topics) this.#hub.unsubscribe(topic, this);
    this.#topics.clear();
  }

  #finish(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#unsubscribeAll();
    this.#onClose(this.#closeCode ?? 1006);
  }
}
