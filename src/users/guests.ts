/**
 * Guests: their signed credentials, ids, made-up names, and the hashes of their addresses. A credential is
 * `g1.<user id>.<signature>`, or `g2.…` of a guest who has passed the gate; the signature is HMAC-SHA-256 (RFC 2104) with
 * the server's secret, truncated to 128 bits (section 5 allows half). Stores nothing: the guest keeps the credential.
 */
import { randomText } from "../random.ts";

const NEW = "g1";
const PASSED = "g2";
const SIGNATURE_BYTES = 16;
const ID_BYTES = 9;

const sign = (secret: string, text: string): Buffer =>
  new Bun.CryptoHasher("sha256", secret).update(text).digest().subarray(0, SIGNATURE_BYTES);

/** A new guest's id (`g-` and 72 random bits) and credential. */
export function issueGuest(secret: string): { id: string; credential: string } {
  const id = `g-${randomText(ID_BYTES)}`;
  return { id, credential: `${NEW}.${id}.${signText(secret, id)}` };
}

/** The credential of a guest who has passed the gate. */
export const issuePassedGuest = (secret: string, id: string): string =>
  `${PASSED}.${id}.${signText(secret, `${PASSED} ${id}`)}`;

/** Whether a verified credential belongs to a guest who has passed the gate. */
export const hasPassedGate = (credential: string): boolean => credential.startsWith(`${PASSED}.`);

/** A text's signature in base64url: 22 characters. */
export const signText = (secret: string, text: string): string => sign(secret, text).toString("base64url");

/** The first characters of a text's signature, at most 21: half the cost of the whole. */
export const fingerprintOf = (secret: string, text: string, characters: number): string =>
  new Bun.CryptoHasher("sha256", secret).update(text).digest("base64url").slice(0, characters);

/** Whether the SHA-256 of `text` begins with `bits` zero bits. */
export function hasProofOfWork(text: string, bits: number): boolean {
  const digest = new Bun.CryptoHasher("sha256").update(text).digest();
  for (let bit = 0; bit < bits; bit++) if (((digest[bit >> 3] ?? 255) >> (7 - (bit & 7))) & 1) return false;
  return true;
}

/** The user id of a credential that this server signed; undefined for anything else. */
export function verifyGuest(secret: string, credential: string): string | undefined {
  const match = /^(g[12])\.(g-[A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]{22})$/.exec(credential);
  if (!match?.[2] || !match[3]) return undefined;
  const given = Buffer.from(match[3], "base64url");
  const expected = sign(secret, match[1] === NEW ? match[2] : `${PASSED} ${match[2]}`);
  return given.length === expected.length && crypto.timingSafeEqual(given, expected) ? match[2] : undefined;
}

/**
 * The user id of a guest without a credential: one per address, so that all requests of a script have the same user. Nobody
 * can compute the address from the id without the secret.
 */
export const guestIdOfAddress = (secret: string, address: string): string =>
  `a-${sign(secret, `address ${address}`).subarray(0, ID_BYTES).toString("base64url")}`;

/** The hash of an address that bans keep. Nobody can invert it without the secret. It never equals the id of a guest. */
export const hashOfAddress = (secret: string, address: string): string =>
  `b-${sign(secret, `ban ${address}`).subarray(0, ID_BYTES).toString("base64url")}`;

/** Whether two secrets are equal, compared in constant time. An empty secret matches nothing. */
export function secretsMatch(given: string, expected: string): boolean {
  if (given === "" || expected === "") return false;
  const digest = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest();
  return crypto.timingSafeEqual(digest(given), digest(expected));
}

/** The SHA-256 of a secret, in base64url. */
export const digestOf = (secret: string): string =>
  new Bun.CryptoHasher("sha256").update(secret).digest("base64url");

/** A new secret: 192 random bits in base64url. */
export const createSecret = (): string => randomText(24);

/** Names of guests who have not chosen one: short, friendly, easy to tell apart. */
const NAMES = (
  "acorn alder amber apple aspen badger bamboo basil beacon beaver birch bison breeze brook cactus canyon cedar cherry " +
  "clover cloud comet coral cove crane cricket cypress dahlia daisy dawn delta dingo dolphin dove dune eagle ember fern " +
  "finch fjord fox garnet gecko ginger glacier granite grove gull harbor hazel heron hickory hill ibis indigo iris island " +
  "ivy jade jasmine juniper kelp kestrel kiwi koala lagoon lark laurel lemon lemur lilac lily linden lotus lynx magnolia " +
  "mango maple marble marigold meadow mint moss nectar newt oak oasis olive opal orca orchid osprey otter owl panda papaya " +
  "peach pearl pebble penguin peony pine plum pond poplar puffin quail quartz raven reed ridge river robin rowan saffron " +
  "sage sequoia sparrow spruce starling stream sunrise swan teal thistle tiger topaz tulip tundra valley violet walnut " +
  "willow wren yarrow zebra"
).split(" ");

/** The made-up name of a guest: always the same for the same id. */
export function guestName(userId: string): string {
  const index = Number(Bun.hash.wyhash(userId) % BigInt(NAMES.length));
  return `Guest-${NAMES[index] ?? "heron"}`;
}
