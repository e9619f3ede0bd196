/**
 * WebSocket clients for tests. `next()` waits for the next frame with a deadline, never a sleep; frames that arrive while
 * nobody waits are kept in order.
 */
import { type MessagesEvent, PROTOCOL, type ServerFrame } from "../../src/protocol.ts";
import type { Message } from "../../src/model.ts";

const DEADLINE_MS = 10_000;

/** Frames in order, with the ability to wait. */
export class Inbox<T> {
  readonly #kept: T[] = [];
  #waiting: ((item: T) => void)[] = [];

  push(item: T): void {
    const waiter = this.#waiting.shift();
    if (waiter) waiter(item);
    else this.#kept.push(item);
  }

  /** The next item. Rejects after the deadline, saying what was waited for. */
  next(what = "a frame", deadlineMs = DEADLINE_MS): Promise<T> {
    const kept = this.#kept.shift();
    if (kept !== undefined) return Promise.resolve(kept);
    return new Promise((resolve, reject) => {
      const waiter = (item: T) => {
        clearTimeout(timer);
        resolve(item);
      };
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        reject(new Error(`${what} did not arrive within ${deadlineMs} ms`));
      }, deadlineMs);
      this.#waiting.push(waiter);
    });
  }

  /** What has arrived and was not taken. */
  kept(): readonly T[] {
    return this.#kept;
  }
}

export interface Closed {
  code: number;
  reason: string;
}

/** A raw socket: text frames as they come. */
export class Line {
  readonly frames = new Inbox<string>();
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  /** Called with each text before it is sent. */
  onSend: (text: string) => void = () => {};

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", (event) => this.frames.push(String(event.data)));
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
    });
  }

  /** Connects to `path` of a server; resolves when the socket is open. */
  static async open(url: string, path = "/websocket", protocols: string[] = []): Promise<Line> {
    const socket = new WebSocket(url.replace(/^http/, "ws") + path, protocols);
    const line = new Line(socket);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("close", ({ code, reason }) =>
        reject(new Error(`closed with ${code} ${reason}`)),
      );
    });
    return line;
  }

  send(text: string): void {
    this.onSend(text);
    this.socket.send(text);
  }

  next(what?: string): Promise<string> {
    return this.frames.next(what);
  }

  close(): void {
    this.socket.close();
  }
}

/** A `kabar.v1` client: replies by command, events in order. */
export class Client {
  readonly line: Line;
  readonly events = new Inbox<Exclude<ServerFrame, { id?: unknown }>>();
  readonly #replies = new Map<number, (frame: ServerFrame) => void>();
  #lastId = 0;

  private constructor(line: Line) {
    this.line = line;
    line.socket.addEventListener("message", (event) => {
      const frame = JSON.parse(String(event.data)) as ServerFrame;
      const id = "id" in frame ? frame.id : undefined;
      const reply = typeof id === "number" ? this.#replies.get(id) : undefined;
      if (typeof id === "number" && reply) {
        this.#replies.delete(id);
        reply(frame);
      } else this.events.push(frame as never);
    });
  }

  /** Connects and says hello; `hello` is the reply. `watch` receives the socket before that. */
  static async open(
    url: string,
    fields: object = {},
    watch: (line: Line) => void = () => {},
  ): Promise<Client & { hello: Record<string, unknown> }> {
    const line = await Line.open(url, "/websocket", [PROTOCOL]);
    watch(line);
    const client = new Client(line);
    const hello = await client.ask("hello", fields);
    return Object.assign(client, { hello });
  }

  /** Sends a command and waits for its reply, of either kind. */
  ask(type: string, fields: object = {}): Promise<Record<string, never> & ServerFrame> {
    const id = ++this.#lastId;
    const inbox = new Inbox<ServerFrame>();
    this.#replies.set(id, (frame) => inbox.push(frame));
    this.line.send(JSON.stringify({ type, id, ...fields }));
    return inbox.next(`the reply to ${type}`) as Promise<Record<string, never> & ServerFrame>;
  }

  publish(topic: string, text: string, messageId: string = crypto.randomUUID()) {
    return this.ask("publish", { topic, messageId, text });
  }

  /** The next `count` messages, from as many events as they come in. */
  async messages(count: number): Promise<Message[]> {
    const found: Message[] = [];
    while (found.length < count) {
      const event = await this.events.next(`message ${found.length + 1} of ${count}`);
      if (event.type !== "messages") throw new Error(`expected messages, got ${JSON.stringify(event)}`);
      found.push(...(event as MessagesEvent).messages);
    }
    return found;
  }

  close(): void {
    this.line.close();
  }
}
