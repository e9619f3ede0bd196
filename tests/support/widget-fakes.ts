/**
 * Fakes in place of a browser for the widget's unit tests: a clock and a server.
 *
 * Tests move the clock; the server speaks `kabar.v1` over sockets made of two function calls. No test here waits.
 */
import type { Cursor, Message, User } from "../../src/model.ts";
import type { Clock } from "../../widget/client/clock.ts";
import type { WebSocketLike } from "../../widget/client/socket.ts";
import { type Area, createKeeper, type StorageMode } from "../../widget/client/storage.ts";

/** A clock that stands still until `pass` or `sleep`. */
export class FakeClock implements Clock {
  time = 1_700_000_000_000;
  #next = 1;
  #timers = new Map<number, { at: number; run: () => void }>();

  now = (): number => this.time;
  after = (ms: number, run: () => void): ReturnType<Clock["after"]> => {
    const id = this.#next++;
    this.#timers.set(id, { at: this.time + ms, run });
    return id as unknown as ReturnType<Clock["after"]>;
  };
  cancel = (timer: unknown): void => void this.#timers.delete(timer as number);

  get waiting(): number {
    return this.#timers.size;
  }
  /** Lets time go by: what is due runs at its time, and what it sets off has its turn. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await settle();
      const due = [...this.#timers].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].run();
    }
    this.time = end;
    await settle();
  }
  /** The machine sleeps: time jumps, and timers that came due run late. */
  async sleep(ms: number): Promise<void> {
    this.time += ms;
    await this.pass(0);
  }
}

/** Lets promises that are ready have their turn. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

type Frame = Record<string, unknown> & { type: string; id?: unknown };

/** The server's end of one connection. */
export class FakeSocket implements WebSocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  received: Frame[] = [];
  isClosed = false;
  /** A cable that was pulled: nothing arrives any more, on either end. */
  isDead = false;
  onframe: (frame: Frame) => void = () => undefined;

  send(data: string): void {
    const frame = JSON.parse(data) as Frame;
    this.received.push(frame);
    queueMicrotask(() => {
      if (!this.isDead) this.onframe(frame);
    });
  }
  close(): void {
    this.isClosed = true;
  }
  accept(): void {
    this.onopen?.();
  }
  say(frame: object): void {
    if (!this.isDead) this.onmessage?.({ data: JSON.stringify(frame) });
  }
  end(code = 1006): void {
    this.onclose?.({ code, reason: "" });
  }
}

/** A server with one log per topic, as far as a client can tell. */
export class FakeServer {
  sockets: FakeSocket[] = [];
  epoch = "e1";
  logs = new Map<string, Message[]>();
  first = 1;
  isUp = true;
  guests = 0;
  /** Read marks by user and topic. */
  marks = new Map<string, number>();
  /** Tokens that are not good (any more). A good one reads "who" or "who:which". */
  spent = new Set<string>();
  /** Takes a frame's turn instead of the server. */
  refuse: ((frame: Frame) => Frame | undefined) | undefined;
  #subscribed = new Map<FakeSocket, Set<string>>();
  #users = new Map<FakeSocket, User>();

  connect = (): FakeSocket => {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    socket.onframe = (frame) => this.#handle(socket, frame);
    queueMicrotask(() => (this.isUp ? socket.accept() : socket.end()));
    return socket;
  };
  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("nobody has connected");
    return socket;
  }
  log(topic = "lobby"): Message[] {
    const log = this.logs.get(topic) ?? [];
    this.logs.set(topic, log);
    return log;
  }
  /** Stores a message and hands it to those who are subscribed. */
  publish(text: string, topic = "lobby", user: User = ana, id = `x${Math.random()}`): Message {
    const log = this.log(topic);
    const message: Message = { topic, offset: log.length + 1, id, user, text, at: log.length * 1_000 };
    log.push(message);
    for (const [socket, topics] of this.#subscribed) {
      if (topics.has(topic))
        socket.say({ type: "messages", topic, tag: tagOf(message), messages: [message] });
    }
    return message;
  }
  /** All connections end. */
  drop(code = 1006): void {
    for (const socket of this.sockets) {
      this.#subscribed.delete(socket);
      socket.end(code);
    }
  }

  #handle(socket: FakeSocket, frame: Frame): void {
    const refusal = this.refuse?.(frame);
    if (refusal) {
      socket.say({ ...refusal, id: frame.id });
      return;
    }
    const { id, topic = "" } = frame as Frame & { topic?: string };
    if (!this.#users.has(socket) && frame.type !== "hello") {
      socket.say({ type: "error", id, code: "hello-required", message: "Who are you?", retry: false });
      return;
    }
    const ok = (fields: object) => socket.say({ type: "ok", id, ...fields });
    if (typeof frame.token === "string") this.#admit(socket, frame, ok);
    else if (frame.type === "hello") {
      const guest = (frame.guest as string | undefined) ?? `g${++this.guests}`;
      const user: User = {
        id: guest,
        name: (frame.name as string | undefined) ?? `Guest-${guest}`,
        role: "guest",
      };
      this.#users.set(socket, user);
      const limits = { textBytes: 8192, frameBytes: 65536, topics: 50, historyPage: 200 };
      ok({ session: "s", user, guest, limits, version: "0" });
    } else if (frame.type === "subscribe") this.#subscribe(socket, id, topic, frame);
    else if (frame.type === "unsubscribe") {
      this.#subscribed.get(socket)?.delete(topic);
      ok({ topic });
    } else if (frame.type === "publish") {
      const user = this.#users.get(socket) ?? ana;
      const known = this.log(topic).find((m) => m.id === frame.messageId && m.user.id === user.id);
      const { offset } = known ?? this.publish(frame.text as string, topic, user, frame.messageId as string);
      ok({ topic, offset, repeated: known !== undefined });
    } else if (frame.type === "history") {
      const before = (frame.before as number | undefined) ?? Number.POSITIVE_INFINITY;
      const { after, limit } = frame as { after?: number; limit?: number };
      const from = Math.max(this.first, (after ?? 0) + 1);
      const all = this.log(topic).filter((m) => m.offset < before && m.offset >= from);
      const messages = after === undefined ? all.slice(-(limit ?? 50)) : all.slice(0, limit);
      const { first, epoch } = this;
      ok({ topic, epoch, first, top: this.log(topic).length, messages, more: messages.length < all.length });
    } else if (frame.type === "rename") {
      const user = { ...(this.#users.get(socket) ?? ana), name: frame.name as string };
      this.#users.set(socket, user);
      ok({ user });
    } else if (frame.type === "read") this.#read(socket, topic, frame.offset as number | undefined, ok);
    else ok({ at: 0 });
  }

  #read(socket: FakeSocket, topic: string, offset: number | undefined, ok: (fields: object) => void): void {
    const me = this.#users.get(socket)?.id ?? "";
    const key = `${me} ${topic}`;
    const before = this.marks.get(key);
    if (offset !== undefined && offset > (before ?? -1)) {
      this.marks.set(key, offset);
      for (const [other, user] of this.#users)
        if (user.id === me && !other.isClosed) other.say({ type: "read", topic, offset });
      ok({ topic, offset });
    } else if (before === undefined) ok({ topic });
    else {
      const all = this.log(topic);
      const unread = all.filter((m) => m.offset > before && !m.kind && m.user.id !== me).length;
      ok({ topic, offset: before, ...(offset === undefined ? { top: all.length, unread } : {}) });
    }
  }

  /** `hello` and `identify` with a token. */
  #admit(socket: FakeSocket, { id, type, token }: Frame, ok: (fields: object) => void): void {
    const [who] = `${token}`.split(":");
    const before = this.#users.get(socket);
    const isOther = type === "identify" && before?.role === "user" && before.id !== `u:${who}`;
    if (isOther || this.spent.has(`${token}`)) {
      const code = isOther ? "bad-token" : "token-expired";
      socket.say({ type: "error", id, code, message: "Not this one.", retry: false });
      return;
    }
    const user: User = { id: `u:${who}`, name: `User ${who}`, role: "user" };
    this.#users.set(socket, user);
    const limits = { textBytes: 8192, frameBytes: 65536, topics: 50, historyPage: 200 };
    ok({ session: "s", user, limits, version: "0", expiresAt: 1 });
  }

  #subscribe(socket: FakeSocket, id: unknown, topic: string, frame: Frame): void {
    const log = this.log(topic);
    const top = log.length;
    const { cursor, last = 0 } = frame as { cursor?: Cursor; last?: number };
    let from = Math.max(this.first, top - last + 1);
    let gap: object | undefined;
    const at = cursor && cursor.offset > 0 ? log[cursor.offset - 1] : undefined;
    if (cursor && cursor.epoch !== this.epoch) gap = { from: 1, to: from - 1, reason: "epoch" };
    else if (cursor && cursor.offset > 0 && (!at || tagOf(at) !== cursor.tag)) {
      gap = { from: 1, to: from - 1, reason: "tag" };
    } else if (cursor) {
      from = Math.max(cursor.offset + 1, this.first);
      if (from > cursor.offset + 1) gap = { from: cursor.offset + 1, to: from - 1, reason: "trimmed" };
    }
    const before = log[from - 2];
    const start = { epoch: this.epoch, offset: from - 1, tag: before ? tagOf(before) : "" };
    const can = { read: true, write: true };
    const subscribed = this.#subscribed.get(socket) ?? new Set();
    this.#subscribed.set(socket, subscribed.add(topic));
    socket.say({ type: "ok", id, topic, cursor: start, first: this.first, top, can, recovered: !gap, gap });
    for (let i = from; i <= top; i += 10) {
      const messages = log.slice(i - 1, i + 9);
      const lastOne = messages.at(-1);
      if (lastOne) socket.say({ type: "messages", topic, tag: tagOf(lastOne), messages });
    }
  }
}

export const ana: User = { id: "ana", name: "Ana", role: "guest" };
const tagOf = (message: Message): string => `t-${message.id}-${message.text}`;

/** Storage as the browser's: both areas, and a switch that makes them throw. */
export function createAreas() {
  const local: Area = {};
  const session: Area = {};
  const areas = {
    isBlocked: false,
    local,
    session,
    open(): { local: () => Area; session: () => Area } {
      const guard = (area: Area) => () => {
        if (areas.isBlocked) throw new Error("SecurityError");
        return area;
      };
      return { local: guard(local), session: guard(session) };
    },
    keeper: (mode: StorageMode = "on-interaction", server = "http://kabar.test") =>
      createKeeper(server, mode, areas.open()),
  };
  return areas;
}
