/**
 * WebSocket frames (RFC 6455 section 5) as bytes: made right or wrong, and read back. Nothing is checked on the way out.
 */

export const OP = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** How a frame departs from a right one. */
export interface FrameOptions {
  fin?: boolean;
  /** The three reserved bits. */
  rsv?: number;
  masked?: boolean;
  /** The length to announce, whatever the payload is. */
  length?: bigint;
  /** How many bytes announce it: 0 (in the second byte), 2 or 8. */
  lengthBytes?: 0 | 2 | 8;
}

const encoder = new TextEncoder();

/** A frame. The mask is a fixed one: it hides nothing here. */
export function frame(opcode: number, payload: Uint8Array | string, options: FrameOptions = {}): Buffer {
  const body = typeof payload === "string" ? encoder.encode(payload) : payload;
  const { fin = true, rsv = 0, masked = true, length = BigInt(body.length) } = options;
  const lengthBytes = options.lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + lengthBytes + (masked ? 4 : 0));
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const short = lengthBytes === 0 ? Number(length) : lengthBytes === 2 ? 126 : 127;
  head[1] = (masked ? 0x80 : 0) | short;
  if (lengthBytes === 2) head.writeUInt16BE(Number(length & 0xffffn), 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(BigInt.asUintN(64, length), 2);
  if (!masked) return Buffer.concat([head, body]);
  const mask = [0x37, 0xfa, 0x21, 0x3d];
  head.set(mask, head.length - 4);
  const hidden = Buffer.from(body);
  for (let i = 0; i < hidden.length; i++) hidden[i] = (hidden[i] ?? 0) ^ (mask[i & 3] ?? 0);
  return Buffer.concat([head, hidden]);
}

/** A frame from the server. */
export interface Received {
  opcode: number;
  payload: Buffer;
  /** Bytes it took. */
  size: number;
}

/** The first frame of what a server sent; undefined when it is not there in full. */
export function readFrame(bytes: Buffer): Received | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const headSize = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < headSize) return undefined;
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < headSize + length) return undefined;
  const payload = bytes.subarray(headSize, headSize + length);
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload, size: headSize + length };
}

/** The upgrade request; `protocol` empty for plain mode. */
export function upgrade(path: string, protocol: string): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: fuzz\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
    `${protocol === "" ? "" : `Sec-WebSocket-Protocol: ${protocol}\r\n`}\r\n`
  );
}
