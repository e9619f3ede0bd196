/**
 * Sign-in of owners by an OpenID Connect provider: Authorization Code with PKCE (OpenID Connect Core 1.0 section 3.1, RFC 7636).
 * State, nonce and verifier are computed from a random id that the browser keeps in a signed cookie: nothing is stored, and any node
 * finishes a sign-in that another one began. Lets in whoever `oidc_allowed` lists and nobody else. Makes no session: a door does.
 */
import { randomText } from "../random.ts";
import type { Configuration, UserInfoResponse } from "openid-client";
import type { Config } from "../config.ts";
import type { Logger } from "../logger.ts";
import { digestOf, secretsMatch } from "./guests.ts";

/** The time in which an owner must come back from the provider: some ask for a second factor. */
const SIGN_IN_LIFE_MS = 600_000;
/** How long the provider's own description of itself is believed. */
const DISCOVERY_LIFE_MS = 3_600_000;
/** How long the server does not ask again after it could not reach the provider: each visitor could make it ask. */
const DISCOVERY_PAUSE_MS = 1000;
const PROVIDER_TIMEOUT_S = 10;
const SUBJECT = "sub:";
const PENDING = /^([\w-]{22})\.(\d{13})\.([0-9a-f]{12})?\.([\w-]{43})$/;

/** Why nobody was let in: the provider does not answer as it must; it or its answer was refused; the user is not on the list; too late. */
export type OidcFailure = "away" | "refused" | "unknown" | "expired";

type OidcConfig = Pick<
  Config,
  "oidcIssuer" | "oidcClientId" | "oidcClientSecret" | "oidcAllowed" | "publicUrl"
>;

/** What a provider says about a user. */
type Claims = Pick<UserInfoResponse, "sub" | "email" | "email_verified">;

/** The entry of `oidc_allowed` that lets a user in. An address counts only when the provider has verified it. */
export function allowedEntry(allowed: readonly string[], user: Claims): string | undefined {
  const email = user.email_verified === true ? user.email?.toLowerCase() : undefined;
  return allowed.find((entry) =>
    entry.startsWith(SUBJECT) ? entry === SUBJECT + user.sub : entry.toLowerCase() === email,
  );
}

/** The mark of an owner whom the provider signs in: another provider or a shorter list ends the owner's sessions. */
export function oidcMarkOf({ oidcIssuer, oidcClientId, oidcAllowed }: OidcConfig, name: string) {
  if (oidcIssuer === "" || !oidcAllowed.includes(name)) return undefined;
  return digestOf(JSON.stringify([oidcIssuer, oidcClientId, name]));
}

export interface OidcParts {
  config: OidcConfig;
  logger: Pick<Logger, "warn">;
  /** Signs the cookie; the nodes of a cluster share it. */
  serverSecret: string;
  /** The address to which the provider sends the browser back. */
  redirectAddress: string;
  /** In milliseconds since 1970. */
  now?: () => number;
}

/** The part of an error that a log line may have: neither a code nor a token. */
function reasonOf(error: unknown): Record<string, unknown> {
  const { name, code, error: refusal } = error as { name?: unknown; code?: unknown; error?: unknown };
  return { name, errorCode: code, refusal: typeof refusal === "string" ? refusal.slice(0, 60) : undefined };
}

/** Creates the sign-in. It asks the provider nothing before the first owner signs in. */
export function createOidc({ config, logger, serverSecret, redirectAddress, now = Date.now }: OidcParts) {
  let known: { provider: Promise<Configuration>; until: number } | undefined;

  const sign = (what: string, id: string): string =>
    new Bun.CryptoHasher("sha256", serverSecret).update(`oidc ${what} ${id}`).digest("base64url");

  /** Reads the provider's discovery document (OpenID Connect Discovery 1.0 section 4). */
  async function discover(): Promise<Configuration> {
    const client = await import("openid-client");
    const { oidcIssuer, oidcClientId, oidcClientSecret: secret } = config;
    const byPost = client.ClientSecretPost(secret);
    const byHeader = client.ClientSecretBasic(secret);
    const authenticate: typeof byPost = (server, ...rest) =>
      server.token_endpoint_auth_methods_supported?.includes("client_secret_post")
        ? byPost(server, ...rest)
        : byHeader(server, ...rest);
    return client.discovery(
      new URL(oidcIssuer),
      oidcClientId,
      undefined,
      secret === "" ? client.None() : authenticate,
      {
        // The first makes the client check the signature of the ID token by the provider's keys.
        execute: [
          client.enableNonRepudiationChecks,
          ...(oidcIssuer.startsWith("http:") ? [client.allowInsecureRequests] : []),
        ],
        timeout: PROVIDER_TIMEOUT_S,
      },
    );
  }

  function findProvider(): Promise<Configuration> {
    if (known && now() < known.until) return known.provider;
    const mine = { provider: discover(), until: now() + DISCOVERY_LIFE_MS };
    mine.provider.catch(() => (mine.until = now() + DISCOVERY_PAUSE_MS));
    known = mine;
    return mine.provider;
  }

  /** What the cookie of a begun sign-in holds; undefined for one that this server did not sign, or that is too old. */
  function readPending(cookie: string): { id: string; before: string | undefined } | undefined {
    const [, id = "", until = "", before = "", signature = ""] = PENDING.exec(cookie) ?? [];
    const isGood = secretsMatch(signature, sign("cookie", `${id}.${until}.${before}`));
    return isGood && Number(until) > now() ? { id, before: before === "" ? undefined : before } : undefined;
  }

  /** Exchanges the code of `query` and resolves to what the provider says about the user. Throws what openid-client throws. */
  async function identify(query: string, id: string): Promise<Claims> {
    const client = await import("openid-client");
    const provider = await findProvider();
    const tokens = await client.authorizationCodeGrant(provider, new URL(redirectAddress + query), {
      pkceCodeVerifier: sign("verifier", id),
      expectedState: sign("state", id),
      expectedNonce: sign("nonce", id),
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (!claims) throw new Error("The provider gave no ID token.");
    const hasEmail = claims.email !== undefined || !provider.serverMetadata().userinfo_endpoint;
    if (hasEmail || config.oidcAllowed.every((entry) => entry.startsWith(SUBJECT))) return claims as Claims;
    return client.fetchUserInfo(provider, tokens.access_token, claims.sub);
  }

  /** Whether an error means that the provider, or the check of its answer, refused the sign-in; else it is away or broken. */
  async function isRefusal(error: unknown): Promise<boolean> {
    const client = await import("openid-client");
    if (error instanceof client.AuthorizationResponseError) return true;
    if (error instanceof client.ResponseBodyError) return error.error === "invalid_grant";
    const code = error instanceof client.ClientError ? error.code : undefined;
    return code !== undefined && /^OAUTH_(?:JWT_|INVALID_RESPONSE)/.test(code);
  }

  return {
    /**
     * Begins a sign-in: the provider's page, and the cookie that must come back with its answer. `before`: the session that the
     * browser has. Undefined when the provider cannot be reached.
     */
    async begin(
      before: string | undefined,
    ): Promise<{ address: string; cookie: { secret: string; until: number } } | undefined> {
      try {
        const client = await import("openid-client");
        const provider = await findProvider();
        const id = randomText(16);
        const until = now() + SIGN_IN_LIFE_MS;
        const address = client.buildAuthorizationUrl(provider, {
          redirect_uri: redirectAddress,
          scope: "openid email",
          state: sign("state", id),
          nonce: sign("nonce", id),
          code_challenge: await client.calculatePKCECodeChallenge(sign("verifier", id)),
          code_challenge_method: "S256",
        });
        const content = `${id}.${until}.${before ?? ""}`;
        return {
          address: address.href,
          cookie: { secret: `${content}.${sign("cookie", content)}`, until },
        };
      } catch (error) {
        logger.warn(reasonOf(error), "the provider of oidc_issuer cannot be reached");
        return undefined;
      }
    },

    /** Ends a sign-in with the query that the provider sent the browser back with: the owner, or why there is none. */
    async finish(
      query: string,
      cookie: string,
    ): Promise<
      { failure: OidcFailure } | { owner: { name: string; mark: string }; before: string | undefined }
    > {
      const pending = readPending(cookie);
      const state = new URLSearchParams(query).get("state") ?? "";
      if (!pending || !secretsMatch(state, sign("state", pending.id))) return { failure: "expired" };
      try {
        const user = await identify(query, pending.id);
        const name = allowedEntry(config.oidcAllowed, user);
        const mark = name === undefined ? undefined : oidcMarkOf(config, name);
        if (name !== undefined && mark !== undefined)
          return { owner: { name, mark }, before: pending.before };
        const subject = `${SUBJECT}${String(user.sub).slice(0, 255)}`;
        logger.warn({ subject }, "a user of the provider is not in oidc_allowed, or has no verified e-mail");
        return { failure: "unknown" };
      } catch (error) {
        const failure = (await isRefusal(error)) ? "refused" : "away";
        logger.warn(reasonOf(error), `sign-in with the provider of oidc_issuer failed: ${failure}`);
        return { failure };
      }
    },
  };
}
