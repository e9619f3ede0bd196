/**
 * Raw TCP to the server, so that requests and frames can be wrong in every way. Bytes are kept until somebody has read
 * them; waiting has a deadline, and a deadline that passes is a finding.
 */

/** A guard against a hang, not a claim about speed. */
const HANG_MS = 30_000;

interface Waiter {
  condition: () => boolean;
  resolve: (isMet: boolean) => void;
  since: number;
}

export class Wire {
  /** What has arrived and was not taken. */
  bytes: Buffer = Buffer.alloc(0);
  /** True when the server has ended the connection, or it never came to be. */
  ended = false;
  #socket: Bun.Socket<undefined> | undefined;
  #unsent: Uint8Array[] = [];
  #waiter: Waiter | undefined;
  static readonly #waiting = new Set<Wire>();

  /** Connects. A wire that could not connect is ended. */
  static async open(port: number): Promise<Wire> {
    const wire = new Wire();
    try {
      wire.#socket = await Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: {
          data: (_, bytes) => wire.#receive(bytes),
          drain: () => wire.#flush(),
          end: () => wire.#end(),
          close: () => wire.#end(),
          error: () => wire.#end(),
        },
      });
    } catch {
      wire.#end();
    }
    return wire;
  }

  /** Sends, as much as the system takes at a time. */
  send(bytes: Uint8Array | string): void {
    if (this.ended) return;
    this.#unsent.push(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    this.#flush();
  }

  /** Resolves to true when the condition holds; to false when the wire ended, or hung, without it. */
  until(condition: () => boolean): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    if (this.ended) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#waiter = { condition, resolve, since: performance.now() };
      Wire.#waiting.add(this);
    });
  }

  /** Takes the first `count` bytes. */
  take(count: number): Buffer {
    const taken = this.bytes.subarray(0, count);
    this.bytes = this.bytes.subarray(count);
    return taken;
  }

  /** Drops the connection without a goodbye. */
  drop(): void {
    this.#socket?.terminate();
    this.#end();
  }

  /** Lets go of the wires that waited too long; call it now and then. Returns how many. */
  static giveUp(): number {
    const late = [...Wire.#waiting].filter(
      (wire) => performance.now() - (wire.#waiter?.since ?? 0) > HANG_MS,
    );
    for (const wire of late) wire.#settle(false);
    return late.length;
  }

  #receive(bytes: Buffer): void {
    this.bytes = this.bytes.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.bytes, bytes]);
    if (this.#waiter?.condition()) this.#settle(true);
  }

  #flush(): void {
    while (this.#unsent[0] && this.#socket && !this.ended) {
      const first = this.#unsent[0];
      const sent = this.#socket.write(first);
      if (sent < 0) {
        this.#end();
        return;
      }
      if (sent < first.length) {
        this.#unsent[0] = first.subarray(sent);
        return;
      }
      this.#unsent.shift();
    }
  }

  #end(): void {
    if (this.ended) return;
    this.ended = true;
    if (this.#waiter) this.#settle(this.#waiter.condition());
    // The server's half is closed; ours is of no use any more.
    this.#socket?.terminate();
  }

  #settle(isMet: boolean): void {
    Wire.#waiting.delete(this);
    const { resolve } = this.#waiter ?? {};
    this.#waiter = undefined;
    resolve?.(isMet);
  }
}
