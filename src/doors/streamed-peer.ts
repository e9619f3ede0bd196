/**
 * The socket of a session that has no WebSocket: frames wait in a queue until the response stream asks for them, and leave as
 * server-sent events. The hub does for these sockets what Bun's native pub/sub does for its own: a frame that is published
 * is queued in the same tick, so the order of `send`, `publish` and `subscribe` is kept. A reader who falls too far behind
 * is cut off, as Bun does, and resumes by its cursor.
 */
import type { Peer, Socket } from "./peer.ts";

/** A comment this often keeps proxies from closing a quiet stream; most allow 30 seconds or more. */
const HEARTBEAT_MS = 15_000;

export type StreamHub = ReturnType<typeof createStreamHub>;

/** Makes the hub: which streamed sockets take part in which native topic. */
export function createStreamHub() {
  const members = new Map<string, Set<StreamedSocket>>();
  return {
    join(topic: string, socket: StreamedSocket): void {
      const there = members.get(topic);
      if (there) there.add(socket);
      else members.set(topic, new Set([socket]));
    },
    leave(topic: string, socket: StreamedSocket): void {
      const there = members.get(topic);
      if (there?.delete(socket) && there.size === 0) members.delete(topic);
    },
    /** Sends a frame to every streamed socket of a native topic. */
    publish(topic: string, frame: string): void {
      const there = members.get(topic);
      if (there) for (const socket of [...there]) socket.send(frame);
    },
  };
}

export interface StreamedSocketOptions {
  peer: Peer;
  hub: StreamHub;
  /** Unread bytes beyond which the reader is cut off. */
  maxQueuedBytes: number;
  /** Called once, with the close code, when the stream is over. */
  onClose: (code: number) => void;
}

export class StreamedSocket implements Socket {
  readonly data: Peer;
  /** The response body; it asks for more when the reader has taken the last. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #hub: StreamHub;
  readonly #topics = new Set<string>();
  readonly #maxQueuedBytes: number;
  readonly #onClose: (code: number) => void;
  readonly #encoder = new TextEncoder();
  #queue: string[] = [];
  #queuedBytes = 0;
  /** The code of a close that has been asked for; 1006 when the reader is gone. */
  #closeCode: number | undefined;
  #isOver = false;
  /** Wakes a pull that waits for something to send. */
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

  /** Whether frames still go both ways. */
  get isOpen(): boolean {
    return this.#closeCode === undefined;
  }

  /** Queues an event that is no frame. */
  tell(type: string, data: string): void {
    this.#push(`event: ${type}\ndata: ${data}\n\n`);
  }

  send(frame: string): void {
    this.#push(`data: ${frame}\n\n`);
  }

  cork(write: (socket: Socket) => void): void {
    write(this);
  }

  subscribe(nativeTopic: string): void {
    if (this.#isOver) return;
    this.#topics.add(nativeTopic);
    this.#hub.join(nativeTopic, this);
  }

  unsubscribe(nativeTopic: string): void {
    this.#topics.delete(nativeTopic);
    this.#hub.leave(nativeTopic, this);
  }

  getBufferedAmount(): number {
    return this.#queuedBytes;
  }

  /** Sends what is queued, then an event with the code and the reason, and ends. */
  close(code: number, reason: string): void {
    if (this.#closeCode !== undefined) return;
    this.tell("close", JSON.stringify({ code, reason }));
    this.#closeCode = code;
    this.#leaveAll();
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
    // Between two chunks everybody else has a turn, however fast this reader is.
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.#queue.length === 0 && this.#closeCode === undefined) await this.#somethingToSend();
    const events = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    if (events.length > 0) controller.enqueue(this.#encoder.encode(events.join("")));
    else if (this.#closeCode === undefined) controller.enqueue(this.#encoder.encode(": still here\n\n"));
    if (this.#closeCode === undefined) this.data.drain();
    else {
      controller.close();
      this.#finish();
    }
  }

  /** Resolves when a frame or the end came, or it is time for a heartbeat. */
  #somethingToSend(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), HEARTBEAT_MS);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #leaveAll(): void {
    for (const topic of this.#topics) this.#hub.leave(topic, this);
    this.#topics.clear();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leaveAll();
    this.#onClose(this.#closeCode ?? 1006);
  }
}
