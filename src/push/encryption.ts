/**
 * Encryption of push messages for one browser (RFC 8291) as a single record of `aes128gcm` (RFC 8188). The `web-push` package
 * does the same; under Bun it takes milliseconds of the event loop for each message and writes a warning to standard error.
 */
import type { ECDH } from "node:crypto";
import { randomBytes } from "../random.ts";

/** Loaded with the first push message. */
const library = (): typeof import("node:crypto") => require("node:crypto");

const CURVE = "prime256v1";
const SALT_BYTES = 16;
/** The size of the one record, in the header. Push services take bodies of at least this size (RFC 8030 section 7.2). */
const RECORD_BYTES = 4096;
/** The header of a body, the delimiter of the last record and the tag of the cipher. */
const OVERHEAD_BYTES = SALT_BYTES + 4 + 1 + 65 + 1 + 16;
/** The longest text that fits, in bytes. */
export const MAX_PUSH_BYTES = RECORD_BYTES - OVERHEAD_BYTES;
/** The delimiter of the last record (RFC 8188 section 2). */
const LAST_RECORD = 2;

/** The keys of a browser's subscription, in base64url: a point of P-256 and a secret of 16 bytes. */
export interface PushKeys {
  p256dh: string;
  auth: string;
}

const derive = (secret: Uint8Array, salt: Uint8Array, info: string | Uint8Array, bytes: number): Buffer =>
  Buffer.from(library().hkdfSync("sha256", secret, salt, info, bytes));

/** Whether the keys can be encrypted for: the point is on the curve, the secret has its length. */
export function areValidKeys({ p256dh, auth }: PushKeys): boolean {
  if (Buffer.from(auth, "base64url").length !== 16 || Buffer.from(p256dh, "base64url").length !== 65)
    return false;
  const own = library().createECDH(CURVE);
  own.generateKeys();
  try {
    own.computeSecret(p256dh, "base64url");
    return true;
  } catch {
    return false;
  }
}

/** What is random in a message. Tests choose it. */
export interface PushRandom {
  pair: ECDH;
  salt: Uint8Array;
}

function freshRandom(): PushRandom {
  const pair = library().createECDH(CURVE);
  pair.generateKeys();
  return { pair, salt: randomBytes(SALT_BYTES) };
}

/** Encrypts a text of at most `MAX_PUSH_BYTES`. The result is the body of a request with `Content-Encoding: aes128gcm`. */
export function encryptPush(
  text: string,
  { p256dh, auth }: PushKeys,
  { pair, salt }: PushRandom = freshRandom(),
): Buffer {
  const receiver = Buffer.from(p256dh, "base64url");
  const sender = pair.getPublicKey();
  const shared = pair.computeSecret(receiver);
  const about = Buffer.concat([Buffer.from("WebPush: info\0"), receiver, sender]);
  const secret = derive(shared, Buffer.from(auth, "base64url"), about, 32);
  const key = derive(secret, salt, "Content-Encoding: aes128gcm\0", 16);
  const nonce = derive(secret, salt, "Content-Encoding: nonce\0", 12);
  const cipher = library().createCipheriv("aes-128-gcm", key, nonce);
  const record = [cipher.update(text, "utf8"), cipher.update(Buffer.of(LAST_RECORD)), cipher.final()];
  const size = Buffer.alloc(4);
  size.writeUInt32BE(RECORD_BYTES);
  return Buffer.concat([salt, size, Buffer.of(sender.length), sender, ...record, cipher.getAuthTag()]);
}
