/**
 * Peers and their sockets: the interface that both WebSocket modes implement, and a writer that waits until a socket has
 * drained. Knows neither commands nor topics.
 */
import { CLOSE, type CloseName, type ServerEvent } from "../protocol.ts";

/** The part of Bun's socket that sessions use, with the peer as its data. A streamed session implements it, too. */
export interface Socket {
  readonly data: Peer;
  send(frame: string): unknown;
  /** Runs `write`; everything it sends leaves in one write. */
  cork(write: (socket: Socket) => void): unknown;
  /** Subscribes to one of Bun's pub/sub topics. */
  subscribe(nativeTopic: string): unknown;
  unsubscribe(nativeTopic: string): unknown;
  /** Bytes sent that the client has not taken yet. */
  getBufferedAmount(): number;
  close(code: number, reason: string): void;
  /** Ends the connection without a closing handshake. */
  terminate(): void;
}

/** One connection, in any mode. The WebSocket door calls these. */
export interface Peer {
  readonly mode: "json" | "plain" | "ntfy";
  /** The unit of the client's address, which limits count by. */
  readonly address: string;
  /** The origin of the page that opened the connection; undefined for a program. */
  origin?: string | undefined;
  open(socket: Socket): void;
  message(frame: string | Buffer): void;
  drain(): void;
  closed(): void;
  /** The id of the session's user; undefined before `hello`. */
  readonly userId: string | undefined;
  /** Whether the session receives a topic, or is about to. */
  follows(topic: string): boolean;
  /** The topics that the session receives. */
  topics(): string[];
  /** The browser in a few words, where the client calls itself one; set by the door before the session opens. */
  browser?: string | undefined;
  /** Whether the session's page said that nobody looks at it. */
  readonly isAway: boolean;
  /** Sends an event that concerns the session's user. */
  sendEvent(event: ServerEvent): void;
  /** Applies changed rules and rights to the session. */
  reviewRights(): void;
  /** Bytes sent that the client has not taken yet. */
  queuedBytes(): number;
  /** Ends the connection at once and frees its queued bytes. */
  terminate(): void;
  /** Sends the reason and the time after which to reconnect, then closes. */
  goodbye(reason: CloseName, retryAfterMs: number): void;
}

/** Unsent bytes above which a reader who catches up waits: a few events' worth. */
const WAIT_ABOVE_BYTES = 131_072;

/** Writes frames and gathered replies to one socket, and waits for it to drain. */
export class SocketWriter {
  readonly socket: Socket;
  #isOpen = true;
  // Created when needed: most of thousands of sockets need neither.
  #waiting: ((isOpen: boolean) => void)[] | undefined;
  #answers: string[] | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends a frame. Bun closes a socket over its limit, and the client resumes by cursor. */
  send(frame: string): void {
    if (this.#answers) this.#flush();
    if (this.#isOpen) this.socket.send(frame);
  }

  /**
   * Sends a reply. One commit settles many commands at once: all its replies to this socket leave in one write, after the
   * messages that were published to the socket meanwhile.
   */
  answer(frame: string): void {
    if (this.#answers) this.#answers.push(frame);
    else {
      this.#answers = [frame];
      queueMicrotask(() => this.#flush());
    }
  }

  /** True when the socket has drained, at once or later; false when it is closed. */
  ready(): boolean | Promise<boolean> {
    if (!this.#isOpen) return false;
    if (this.socket.getBufferedAmount() <= WAIT_ABOVE_BYTES) return true;
    return new Promise((resolve) => {
      this.#waiting ??= [];
      this.#waiting.push(resolve);
    });
  }

  /** Bytes sent that the client has not taken yet. */
  queuedBytes(): number {
    return this.#isOpen ? this.socket.getBufferedAmount() : 0;
  }

  /** Ends the connection without a close frame: a client that does not read would not read that frame either. */
  terminate(): void {
    if (this.#isOpen) this.socket.terminate();
  }

  /** Handles Bun's drain event. */
  onDrain(): void {
    this.#wake(true);
  }

  /** Handles Bun's close event. */
  onClose(): void {
    this.#isOpen = false;
    this.#wake(false);
  }

  /** Sends the gathered replies, then closes with the code of `reason`. */
  close(reason: CloseName): void {
    this.#flush();
    if (this.#isOpen) this.socket.close(CLOSE[reason], reason);
  }

  #flush(): void {
    const answers = this.#answers;
    this.#answers = undefined;
    if (!answers || !this.#isOpen) return;
    this.socket.cork((socket) => {
      for (const answer of answers) socket.send(answer);
    });
  }

  #wake(isOpen: boolean): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const resolve of waiting) resolve(isOpen);
  }
}
