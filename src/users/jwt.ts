/**
 * Verification of signed users' tokens: JWTs (RFC 7519) that the site's back end issues, verified by the library jose. The
 * configuration fixes the algorithms, never the token: a shared secret takes HS256 only, published keys take RS256, ES256
 * and EdDSA only (RFC 8725 section 3.1). Ignores the header fields that name a place to find keys.
 */
import type { JWTVerifyGetKey } from "jose";
import { z } from "zod";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import { cleanName, MAX_NAME_CHARS } from "../formats.ts";
import { presentFields } from "../optional-fields.ts";
import { type Grant, LEVELS } from "../rights.ts";
import { describeFirst, oneOf } from "../parsing.ts";
import { TOPIC_OR_PATTERN } from "../topic-rules.ts";

/** The checked claims of a token. */
export interface TokenUser {
  /** The `sub` claim after the prefix `u:`, which no guest's id has. */
  id: string;
  name: string;
  avatar?: string;
  role: "user" | "moderator";
  /** Rights by topic or pattern, above or below those of the role. */
  grants: Grant[];
  issuedAtMs: number;
  expiresAtMs: number;
}

const USER_PREFIX = "u:";
const ASYMMETRIC = ["RS256", "ES256", "EdDSA"];

/** The longest life of a token, whatever its `exp`: a year and a month. */
const MAX_LIFE_MS = 400 * 86_400_000;
/** Pause after a failed fetch of published keys: otherwise each forged token would cause a request. */
const KEYS_PAUSE_MS = 5000;
/** How long a request for published keys may take. */
const KEYS_TIMEOUT_MS = 5000;

/** Some sites number their users. */
const idToText = (raw: unknown): unknown => (typeof raw === "number" ? String(raw) : raw);
/** Some sites send null for an absent claim. */
const nullToAbsent = (raw: unknown): unknown => raw ?? undefined;

const SUBJECT = z
  .string("must be the user's id")
  .regex(/^[^\s\p{C}"\\]{1,120}$/u, "must be 1 to 120 visible characters without spaces");

const CLAIMS = z.object({
  sub: z.preprocess(idToText, SUBJECT),
  name: z.string("must be the user's name"),
  picture: z.unknown().optional(),
  role: z.preprocess(nullToAbsent, oneOf(["user", "moderator"]).default("user")),
  topics: z.preprocess(
    nullToAbsent,
    z.record(z.string().regex(TOPIC_OR_PATTERN, "must be a topic or a pattern"), oneOf(LEVELS)).default({}),
  ),
  iat: z.number("must be seconds since 1970"),
  exp: z.number("must be seconds since 1970"),
});

/** An avatar that a page may load safely: an https address without a user name. Undefined for anything else. */
function safeAvatar(raw: unknown): string | undefined {
  if (typeof raw !== "string" || raw.length > 500 || !URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  return url.protocol === "https:" && url.username === "" ? url.href : undefined;
}

/** A user of verified claims. Throws `bad-token` for claims of the wrong form. */
function toUser(payload: unknown, nowMs: number): TokenUser {
  const claims = CLAIMS.safeParse(payload);
  if (!claims.success)
    throw new KabarError("bad-token", `The token's claims: ${describeFirst(claims.error, payload)}`);
  const { sub, role, topics, iat, exp } = claims.data;
  // A long name is truncated, not refused: the site chose it, and the user cannot change it.
  const name = cleanName(
    [...claims.data.name.slice(0, 8 * MAX_NAME_CHARS)].slice(0, MAX_NAME_CHARS).join(""),
  );
  if (name === undefined)
    throw new KabarError("bad-token", "The token's claims: name: must have at least one visible character.");
  const avatar = safeAvatar(claims.data.picture);
  return {
    ...presentFields({ id: USER_PREFIX + sub, name, avatar }),
    role,
    grants: Object.entries(topics).map(([pattern, level]) => ({ pattern, level })),
    issuedAtMs: iat * 1000,
    expiresAtMs: Math.min(exp * 1000, nowMs + MAX_LIFE_MS),
  };
}

/** Loaded only where tokens are configured: loading takes a tenth of a start. */
type Jose = typeof import("jose");

/** The published keys: a JWKS file (RFC 7517), or the address of one, which jose fetches, caches and refreshes. */
async function loadKeys(
  source: string,
  { createLocalJWKSet, createRemoteJWKSet }: Jose,
): Promise<JWTVerifyGetKey> {
  if (/^https?:\/\//.test(source)) {
    const keys = createRemoteJWKSet(new URL(source), { timeoutDuration: KEYS_TIMEOUT_MS });
    let failedAt = Number.NEGATIVE_INFINITY;
    return async (...args) => {
      if (!keys.jwks() && performance.now() - failedAt < KEYS_PAUSE_MS) throw new Error("paused");
      try {
        return await keys(...args);
      } catch (error) {
        if (!keys.jwks()) failedAt = performance.now();
        throw error;
      }
    };
  }
  return createLocalJWKSet(await Bun.file(source).json());
}

/** Whether published keys could not be fetched or are no keys: such an error does not make the token bad. */
const isKeySetFailure = (error: unknown, errors: Jose["errors"]): boolean =>
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  (error instanceof errors.JOSEError && error.code === "ERR_JOSE_GENERIC");

export type TokenVerifier = (token: string) => Promise<TokenUser>;

/**
 * Makes the verifier; undefined when neither a secret nor keys are configured. The verifier throws `token-expired`,
 * `keys-unavailable`, or `bad-token` with the reason, never with the token itself.
 */
export async function createTokenVerifier(
  config: Pick<Config, "tokenSecret" | "tokenKeys" | "tokenIssuer" | "tokenAudience" | "tokenSkewS">,
  now: () => number = Date.now,
): Promise<TokenVerifier | undefined> {
  if (config.tokenSecret === "" && config.tokenKeys === "") return undefined;
  const jose = await import("jose");
  const { errors, jwtVerify } = jose;
  const secret = config.tokenSecret === "" ? undefined : new TextEncoder().encode(config.tokenSecret);
  const keys = config.tokenKeys === "" ? undefined : await loadKeys(config.tokenKeys, jose);
  const options = () => ({
    clockTolerance: config.tokenSkewS,
    currentDate: new Date(now()),
    requiredClaims: ["sub", "name", "iat", "exp"],
    ...(config.tokenIssuer === "" ? {} : { issuer: config.tokenIssuer }),
    ...(config.tokenAudience === "" ? {} : { audience: config.tokenAudience }),
  });
  const verify = async (token: string): Promise<unknown> => {
    if (secret && !keys)
      return (await jwtVerify(token, secret, { ...options(), algorithms: ["HS256"] })).payload;
    if (keys && !secret)
      return (await jwtVerify(token, keys, { ...options(), algorithms: ASYMMETRIC })).payload;
    // Both: the secret is tried with HS256 only, the keys with their own algorithms only.
    try {
      return (await jwtVerify(token, secret as Uint8Array, { ...options(), algorithms: ["HS256"] })).payload;
    } catch (error) {
      if (!(error instanceof errors.JOSEAlgNotAllowed)) throw error;
      return (await jwtVerify(token, keys as JWTVerifyGetKey, { ...options(), algorithms: ASYMMETRIC }))
        .payload;
    }
  };
  return async (token) => {
    let payload: unknown;
    try {
      payload = await verify(token);
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new KabarError("token-expired");
      const isBadToken = error instanceof errors.JOSEError && !isKeySetFailure(error, errors);
      if (isBadToken) throw new KabarError("bad-token", `The token is not valid: ${error.message}.`);
      throw new KabarError("keys-unavailable", undefined, KEYS_PAUSE_MS);
    }
    const user = toUser(payload, now());
    // A token accepted after `exp`, because clocks differ, expires when the allowed difference is used up, not at once.
    if (user.expiresAtMs <= now()) user.expiresAtMs += config.tokenSkewS * 1000;
    if (user.issuedAtMs > now() + config.tokenSkewS * 1000) {
      throw new KabarError("bad-token", "The token is not valid: it was issued in the future.");
    }
    return user;
  };
}
