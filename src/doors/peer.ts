/**
 * What the two WebSocket modes share: the shape of a peer behind a socket, waiting until a socket has drained, and the
 * set of open peers that a shutdown says goodbye to. Knows neither commands nor topics.
 */
import { CLOSE, type CloseName, type ServerEvent } from "../protocol.ts";

/** The part of Bun's socket that sessions use, with our peer as its data. A streamed session brings a socket of its own. */
export interface Socket {
  readonly data: Peer;
  send(frame: string): unknown;
  /** Runs `write` so that what it sends leaves in one write. */
  cork(write: (socket: Socket) => void): unknown;
  /** Takes part in one of Bun's pub/sub topics. */
  subscribe(nativeTopic: string): unknown;
  unsubscribe(nativeTopic: string): unknown;
  /** Bytes sent that the other side has not taken yet. */
  getBufferedAmount(): number;
  close(code: number, reason: string): void;
  /** Ends the connection without a closing handshake. */
  terminate(): void;
}

/** One connection, in either mode. Bun's handlers call these. */
export interface Peer {
  readonly mode: "json" | "plain";
  readonly address: string;
  open(socket: Socket): void;
  message(frame: string | Buffer): void;
  drain(): void;
  closed(): void;
  /** Whose it is, once that is known. */
  readonly userId: string | undefined;
  /** Sends an event that concerns its user. */
  tell(event: ServerEvent): void;
  /** Looks again at what it may do, after rules or rights changed. */
  review(): void;
  /** Bytes sent to it that it has not taken yet. */
  queuedBytes(): number;
  /** Ends the connection at once and frees what it has queued. */
  cut(): void;
  /** Says why, and when to come back, then closes. */
  goodbye(reason: CloseName, retryAfterMs: number): void;
}

/** Bytes a socket may hold unsent before a reader who catches up is made to wait: a few events' worth. */
const WAIT_ABOVE_BYTES = 131_072;

/** A socket that can be waited for. */
export class Outlet {
  readonly socket: Socket;
  #open = true;
  // Made when needed: most of thousands of sockets need neither.
  #waiting: ((open: boolean) => void)[] | undefined;
  #answers: string[] | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Sends a frame; a socket over its limit is closed by Bun, and its reader resumes by cursor. */
  send(frame: string): void {
    if (this.#answers) this.#flush();
    if (this.#open) this.socket.send(frame);
  }

  /**
   * Sends a reply. One commit settles many commands at once: what it answers to one socket leaves in one write, together with the
   * messages that were published to it meanwhile.
   */
  answer(frame: string): void {
    if (this.#answers) this.#answers.push(frame);
    else {
      this.#answers = [frame];
      queueMicrotask(() => this.#flush());
    }
  }

  /** True at once or when the socket has drained; false when it is closed. */
  ready(): boolean | Promise<boolean> {
    if (!this.#open) return false;
    if (this.socket.getBufferedAmount() <= WAIT_ABOVE_BYTES) return true;
    return new Promise((resolve) => {
      this.#waiting ??= [];
      this.#waiting.push(resolve);
    });
  }

  /** Bytes sent that the socket has not taken yet. */
  queuedBytes(): number {
    return this.#open ? this.socket.getBufferedAmount() : 0;
  }

  /** Ends the connection without a close frame: a peer that does not read would not read that either. */
  cut(): void {
    if (this.#open) this.socket.terminate();
  }

  /** Bun's drain event. */
  drained(): void {
    this.#wake(true);
  }

  /** Bun's close event. */
  gone(): void {
    this.#open = false;
    this.#wake(false);
  }

  close(reason: CloseName): void {
    this.#flush();
    if (this.#open) this.socket.close(CLOSE[reason], reason);
  }

  #flush(): void {
    const answers = this.#answers;
    this.#answers = undefined;
    if (!answers || !this.#open) return;
    this.socket.cork((socket) => {
      for (const answer of answers) socket.send(answer);
    });
  }

  #wake(open: boolean): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const resolve of waiting) resolve(open);
  }
}
