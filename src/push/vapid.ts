/**
 * Identification of this server to push services (VAPID, RFC 8292): a key pair of the server, and a signed token for each
 * push service. The private key is a scalar of P-256 in base64url.
 */
import { dropOldest } from "../oldest.ts";

/** Loaded with the first key: a start without push messages needs none. */
const library = (): typeof import("node:crypto") => require("node:crypto");

const CURVE = "prime256v1";
/** Bytes of a private key, and of each coordinate of a public one. */
const SCALAR_BYTES = 32;
/** The order of P-256 (SEC 2 section 2.4.2): private keys are below it. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** A token is good for so long; RFC 8292 section 2 allows a day. */
const TOKEN_LIFE_S = 12 * 3600;
/** A token is made anew this long before its end. */
const RENEW_BEFORE_S = 3600;
/** Tokens that are kept, one a push service: browsers have a handful of them. */
const MAX_TOKENS = 500;

/**
 * The private key of a server: made of its secret, as the secrets of webhooks are, so that it is the same on every node, after
 * a move and in a backup. More bits than the order has, so that all keys are equally likely (FIPS 186-5 section A.2.1).
 */
export function derivePushKey(serverSecret: string): string {
  const bits = Buffer.from(
    library().hkdfSync("sha256", serverSecret, "", "kabar push key", SCALAR_BYTES + 16),
  );
  const scalar = (BigInt(`0x${bits.toString("hex")}`) % (ORDER - 1n)) + 1n;
  return Buffer.from(scalar.toString(16).padStart(2 * SCALAR_BYTES, "0"), "hex").toString("base64url");
}

/** The public key of a private one, as a point without compression. Throws for what is no key. */
export function publicKeyOf(privateKey: string): Buffer {
  const pair = library().createECDH(CURVE);
  pair.setPrivateKey(privateKey, "base64url");
  return pair.getPublicKey();
}

export type Vapid = ReturnType<typeof createVapid>;

/** The key pair of a server, as a JSON Web Key, and its public half in base64url. */
function makeKeys(serverSecret: string) {
  const privateKey = derivePushKey(serverSecret);
  const point = publicKeyOf(privateKey);
  const coordinate = (from: number) => point.subarray(from, from + SCALAR_BYTES).toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", d: privateKey, x: coordinate(1), y: coordinate(1 + SCALAR_BYTES) };
  return { publicKey: point.toString("base64url"), jwk };
}

/**
 * Creates the identification. Makes the keys when they are first needed. `contact` is the address of the operator for push
 * services; `now` is in milliseconds since 1970.
 */
export function createVapid(serverSecret: string, contact: string, now: () => number = Date.now) {
  let made: ReturnType<typeof makeKeys> | undefined;
  const keys = () => (made ??= makeKeys(serverSecret));
  let key: Awaited<ReturnType<typeof import("jose").importJWK>> | undefined;
  const tokens = new Map<string, { header: Promise<string>; until: number }>();

  async function sign(audience: string, expiresAt: number): Promise<string> {
    // Loaded with the first token: most servers start without sending any.
    const { importJWK, SignJWT } = await import("jose");
    key ??= await importJWK(keys().jwk, "ES256");
    const token = await new SignJWT({ sub: contact })
      .setProtectedHeader({ typ: "JWT", alg: "ES256" })
      .setAudience(audience)
      .setExpirationTime(expiresAt)
      .sign(key);
    return `vapid t=${token}, k=${keys().publicKey}`;
  }

  return {
    /** The public key in base64url, which browsers want for a subscription (`applicationServerKey`). */
    publicKey: (): string => keys().publicKey,

    /** The header `Authorization` for the push service of an endpoint. */
    authorize(endpoint: string): Promise<string> {
      const audience = new URL(endpoint).origin;
      const nowS = Math.floor(now() / 1000);
      const known = tokens.get(audience);
      if (known && known.until - RENEW_BEFORE_S > nowS) return known.header;
      const until = nowS + TOKEN_LIFE_S;
      const header = sign(audience, until);
      tokens.delete(audience);
      tokens.set(audience, { header, until });
      dropOldest(tokens, MAX_TOKENS);
      return header;
    },
  };
}
