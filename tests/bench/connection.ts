/**
 * A client's connection over bare TCP: request, joining, then bytes to whoever counts them. Knows RFC 6455 just enough to
 * send small masked text frames. Many at once, opened a few at a time.
 */
import { textFrame } from "../support/raw.ts";
import { type Dialect, type DialectName, dialectOf } from "./dialects.ts";

/** Connections being opened at a time: below every server's listen backlog. */
const OPENING = 100;
const OPEN_DEADLINE_MS = 30_000;

export interface Connection {
  readonly dialect: Dialect;
  readonly topic: string;
  socket: Bun.Socket<Connection>;
  /** Handed every chunk after the request was answered. */
  onBytes: (bytes: Buffer) => void;
  /** Sends one text frame. */
  send(text: string): void;
  /** Sends several text frames in one write. */
  sendAll(texts: readonly string[]): void;
  closed: boolean;
  bytesRead: number;
}

interface Opening {
  head: string;
  joined: () => void;
  failed: (error: Error) => void;
}

const opening = new WeakMap<Connection, Opening>();
const unsent = new WeakMap<Connection, Buffer>();

function write(connection: Connection, bytes: Buffer): void {
  const waiting = unsent.get(connection);
  if (waiting) {
    unsent.set(connection, Buffer.concat([waiting, bytes]));
    return;
  }
  const written = connection.socket.write(bytes);
  if (written < bytes.length && !connection.closed)
    unsent.set(connection, bytes.subarray(Math.max(0, written)));
}

function greet(connection: Connection, state: Opening, bytes: Buffer): void {
  const before = state.head.includes("\r\n\r\n");
  state.head += bytes.toString("latin1");
  const end = state.head.indexOf("\r\n\r\n");
  if (end < 0) return;
  if (!before) {
    if (!/^HTTP\/1\.1 (101|200)/.test(state.head)) {
      state.failed(new Error(`answered ${state.head.slice(0, 200)}`));
      connection.socket.end();
      return;
    }
    const frames = connection.dialect.join(connection.topic);
    if (frames.length > 0) connection.sendAll(frames);
  }
  const { joinedMark } = connection.dialect;
  if (joinedMark !== "" && !state.head.includes(joinedMark, end)) return;
  opening.delete(connection);
  state.joined();
}

const HANDLERS: Bun.SocketHandler<Connection> = {
  binaryType: "buffer",
  open(socket) {
    socket.data.socket = socket;
    socket.setNoDelay(true);
  },
  data({ data: connection }, bytes) {
    connection.bytesRead += bytes.length;
    const state = opening.get(connection);
    if (state) greet(connection, state, bytes);
    connection.onBytes(bytes);
  },
  drain({ data: connection }) {
    const waiting = unsent.get(connection);
    if (!waiting) return;
    unsent.delete(connection);
    write(connection, waiting);
  },
  close({ data: connection }) {
    connection.closed = true;
    opening.get(connection)?.failed(new Error("closed while joining"));
  },
  error({ data: connection }, error) {
    opening.get(connection)?.failed(error);
  },
};

/** Connects and joins a topic. */
export async function openConnection(
  port: number,
  name: DialectName,
  topic: string,
  onBytes: (bytes: Buffer) => void = () => {},
): Promise<Connection> {
  const dialect: Dialect = dialectOf(name);
  const connection = {
    dialect,
    topic,
    onBytes,
    closed: false,
    bytesRead: 0,
    send: (text: string) => write(connection, textFrame(text)),
    sendAll: (texts: readonly string[]) => write(connection, Buffer.concat(texts.map(textFrame))),
  } as Connection;
  const joined = new Promise<void>((resolve, reject) => {
    opening.set(connection, { head: "", joined: resolve, failed: reject });
  });
  joined.catch(() => {});
  connection.socket = await Bun.connect<Connection>({
    hostname: "127.0.0.1",
    port,
    data: connection,
    socket: HANDLERS,
  });
  write(connection, Buffer.from(dialect.request(port, topic)));
  await joined;
  return connection;
}

/** Opens many, a few at a time, in the order of their numbers. Rejects when one can't be opened. */
export async function openMany<T>(count: number, open: (index: number) => Promise<T>): Promise<T[]> {
  const opened: T[] = new Array(count);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      opened[index] = await open(index);
    }
  };
  const all = Promise.all(Array.from({ length: Math.min(OPENING, count) }, worker));
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${next} of ${count} connections opened in time`)),
      OPEN_DEADLINE_MS,
    );
    all.then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
  });
  await Promise.race([all, late]);
  return opened;
}
