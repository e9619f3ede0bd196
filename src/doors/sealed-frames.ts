/**
 * Encrypts the frames of a session for the node that holds it: they pass through the database, and the first one has the
 * credential of its user. The key comes from the secret of the session, which only the client and that node have.
 */
import { randomBytes } from "../random.ts";

/** Loaded with the first frames for another node. */
const library = (): typeof import("node:crypto") => require("node:crypto");

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

const keyOf = (secret: string): Buffer => new Bun.CryptoHasher("sha256", secret).update("frames").digest();

/** Encrypts frames (AES-256-GCM, NIST SP 800-38D), as base64. */
export function sealFrames(secret: string, frames: readonly string[]): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = library().createCipheriv(CIPHER, keyOf(secret), iv);
  const text = cipher.update(JSON.stringify(frames), "utf8");
  return Buffer.concat([iv, text, cipher.final(), cipher.getAuthTag()]).toString("base64");
}

/** Decrypts sealed frames. Throws for frames of another secret. */
export function openFrames(secret: string, sealed: string): string[] {
  const bytes = Buffer.from(sealed, "base64");
  const decipher = library().createDecipheriv(CIPHER, keyOf(secret), bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
  return JSON.parse(text.toString("utf8")) as string[];
}
