/** An authenticator in software (WebAuthn Level 2 section 6): makes one passkey and signs with it. Each part of an answer can be forged. */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const HAS_KEY = 0x40;

/** What an answer has in place of the truth. */
export interface Forgery {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  crossOrigin?: boolean;
  /** Whether a PIN or a finger was asked for. */
  isVerified?: boolean;
  counter?: number;
  userHandle?: string;
  /** Changes the signed bytes after they were signed. */
  isBroken?: boolean;
}

interface Options {
  challenge: string;
  rp?: { id: string };
  rpId?: string;
  user?: { id: string };
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
const sha256 = (bytes: string | Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
/** The head of a CBOR text of at most 23 bytes, with the text. */
const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
const bytes = (value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0x59, value.length >> 8, value.length & 255]), value]);

/** Creates an authenticator with one passkey for pages of an origin. */
export function createAuthenticator(origin: string, { counts = true } = {}) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const id = randomBytes(16);
  let counter = 0;
  let handle = "";

  function clientData({ challenge }: Options, type: string, forgery: Forgery): string {
    const data = {
      type: forgery.type ?? type,
      challenge: forgery.challenge ?? challenge,
      origin: forgery.origin ?? origin,
      crossOrigin: forgery.crossOrigin ?? false,
    };
    return base64url(Buffer.from(JSON.stringify(data)));
  }
  function authData(rpId: string, flags: number, forgery: Forgery, key = Buffer.alloc(0)): Buffer {
    const uses = Buffer.alloc(4);
    uses.writeUInt32BE(forgery.counter ?? (counts ? ++counter : 0));
    const verified = (forgery.isVerified ?? true) ? USER_VERIFIED : 0;
    return Buffer.concat([
      sha256(forgery.rpId ?? rpId),
      Buffer.from([USER_PRESENT | verified | flags]),
      uses,
      key,
    ]);
  }
  const common = { id: base64url(id), rawId: base64url(id), type: "public-key" as const };

  return {
    id: common.id,

    /** The answer that makes the passkey, without attestation. */
    make(options: Options, forgery: Forgery = {}) {
      handle = options.user?.id ?? "";
      const cose = Buffer.concat([
        Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]),
        Buffer.from(x, "base64url"),
        Buffer.from([0x22, 0x58, 0x20]),
        Buffer.from(y, "base64url"),
      ]);
      const key = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, cose]);
      const attestation = Buffer.concat([
        Buffer.from([0xa3]),
        text("fmt"),
        text("none"),
        text("attStmt"),
        Buffer.from([0xa0]),
        text("authData"),
        bytes(authData(options.rp?.id ?? "", HAS_KEY, forgery, key)),
      ]);
      return {
        ...common,
        response: {
          clientDataJSON: clientData(options, "webauthn.create", forgery),
          attestationObject: base64url(attestation),
          transports: ["internal"],
        },
      };
    },

    /** The answer that signs in. */
    use(options: Options, forgery: Forgery = {}) {
      const data = clientData(options, "webauthn.get", forgery);
      const signed = authData(options.rpId ?? "", 0, forgery);
      const signature = sign(
        "sha256",
        Buffer.concat([signed, sha256(Buffer.from(data, "base64url"))]),
        privateKey,
      );
      if (forgery.isBroken) signed.writeUInt32BE(signed.readUInt32BE(33) + 1, 33);
      return {
        ...common,
        response: {
          clientDataJSON: data,
          authenticatorData: base64url(signed),
          signature: base64url(signature),
          userHandle: forgery.userHandle ?? handle,
        },
      };
    },
  };
}
