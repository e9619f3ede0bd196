/**
 * A WebSocket over a bare TCP socket, for what a well-behaved client library will not do: not reading. Speaks just enough
 * of RFC 6455 to upgrade and to send small masked text frames.
 */
import { connect, type Socket } from "node:net";

export interface RawPeer {
  socket: Socket;
  /** Sends one text frame of at most 65,535 bytes. */
  send(text: string): void;
  /** Stops, and goes on, reading from the network. */
  pause(): void;
  resume(): void;
  /** Bytes read so far, handshake included. */
  bytesRead(): number;
  closed: Promise<void>;
  close(): void;
}

/** A masked text frame (RFC 6455 section 5.2); the mask is zero, which is a mask like any other. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const short = payload.length < 126;
  const head = Buffer.alloc(short ? 6 : 8);
  head[0] = 0x81;
  head[1] = 0x80 | (short ? payload.length : 126);
  if (!short) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

/** Opens a socket and upgrades it; resolves when the server has answered 101. */
export function openRaw(
  port: number,
  path = "/websocket",
  protocol: string | undefined = "kabar.v1",
): Promise<RawPeer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const closed = new Promise<void>((done) => socket.on("close", () => done()));
    socket.on("error", reject);
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n` +
        `${protocol === undefined ? "" : `Sec-WebSocket-Protocol: ${protocol}\r\n`}\r\n`,
    );
    let head = "";
    const onData = (bytes: Buffer): void => {
      head += bytes.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", onData);
      if (!head.startsWith("HTTP/1.1 101")) {
        reject(new Error(head.split("\r\n")[0]));
        return;
      }
      resolve({
        socket,
        send: (text) => void socket.write(textFrame(text)),
        pause: () => void socket.pause(),
        resume: () => void socket.resume(),
        bytesRead: () => socket.bytesRead,
        closed,
        close: () => void socket.destroy(),
      });
    };
    socket.on("data", onData);
  });
}

/** Says hello, subscribes to a topic, and reads nothing after the reply. */
export async function openSleeper(port: number, topic: string): Promise<RawPeer> {
  const peer = await openRaw(port);
  peer.send(JSON.stringify({ type: "hello", id: 1, guest: "" }));
  peer.send(JSON.stringify({ type: "subscribe", id: 2, topic }));
  await new Promise<void>((resolve) => {
    let seen = "";
    const onData = (bytes: Buffer): void => {
      seen += bytes.toString("latin1");
      if (!seen.includes('"recovered"')) return;
      peer.socket.off("data", onData);
      resolve();
    };
    peer.socket.on("data", onData);
  });
  peer.pause();
  return peer;
}
