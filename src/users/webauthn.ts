/**
 * Options with which a browser makes or uses a passkey, and the check of its answer. Follows Web Authentication Level 2 sections 7.1
 * and 7.2. The check is @simplewebauthn/server's, loaded with the first answer that is worth checking. Asks for
 * user verification, because a passkey is the only factor, and for no attestation. Stores nothing.
 */
import { isIP } from "../address.ts";
import { z } from "zod";
import { KabarError } from "../errors.ts";
import { textLike } from "../parsing.ts";

/** The time that a browser has for one answer, and in which its challenge is good. */
export const CEREMONY_MS = 300_000;
/** COSE algorithms: EdDSA, ES256, RS256 (RFC 9053, RFC 8812). Every authenticator has one of them. */
const ALGORITHMS = [-8, -7, -257];
/** Characters of a reason that an error repeats. */
const MAX_REASON = 200;

/** Bytes in base64url without padding; the bounds are several times what authenticators send. */
const base64url = (max: number) =>
  textLike(new RegExp(`^[\\w-]{1,${max}}$`), `1 to ${max} characters of base64url`);
const CREDENTIAL_ID = base64url(1400);
const ID = {
  id: CREDENTIAL_ID,
  rawId: CREDENTIAL_ID,
  type: z.literal("public-key", { error: 'must be "public-key"' }),
};
const CLIENT_DATA = base64url(4096);

/** A browser's answer that uses a passkey (AuthenticationResponseJSON, Level 3 section 5.2). */
export const USED_PASSKEY = z.object({
  ...ID,
  response: z.object({
    clientDataJSON: CLIENT_DATA,
    authenticatorData: base64url(4096),
    signature: base64url(2048),
    userHandle: base64url(100).nullish(),
  }),
});
export type UsedPasskey = z.output<typeof USED_PASSKEY>;

/** A browser's answer that has made a passkey (RegistrationResponseJSON, Level 3 section 5.2). */
export const MADE_PASSKEY = z.object({
  ...ID,
  response: z.object({
    clientDataJSON: CLIENT_DATA,
    attestationObject: base64url(20_000),
    transports: z
      .array(textLike(/^[a-z-]{1,20}$/, "a transport like usb"))
      .max(10)
      .optional(),
  }),
});
export type MadePasskey = z.output<typeof MADE_PASSKEY>;

/** The page at which a passkey is made or used. Browsers use a passkey only for its relying party, the host. */
export interface Place {
  origin: string;
  rpId: string;
}

/** The place of an origin. Throws `bad-request` where browsers have no passkeys. */
export function placeOf(origin: string): Place {
  const { protocol, hostname } = new URL(origin);
  const isLocal = hostname === "localhost" || hostname.endsWith(".localhost");
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0 || !(isLocal || protocol === "https:"))
    throw new KabarError(
      "bad-request",
      `Browsers have no passkeys at ${origin.slice(0, 200)}: they need https and a host name, or localhost.`,
    );
  return { origin, rpId: hostname };
}

/** The key of a credential as a store keeps it. */
export interface Credential {
  /** Its id and its public key (COSE), in base64url. */
  credential: string;
  publicKey: string;
  transports: string[];
}

/** Options that let a browser offer its passkeys for this place (PublicKeyCredentialRequestOptionsJSON). */
export const useOptions = ({ rpId }: Place, challenge: string) => ({
  challenge,
  timeout: CEREMONY_MS,
  rpId,
  // No list: the browser finds the passkey, and nobody learns which ones an owner has.
  allowCredentials: [],
  userVerification: "required" as const,
});

/** Options that let a browser make a passkey (PublicKeyCredentialCreationOptionsJSON). `handle` names the owner to authenticators. */
export const makeOptions = (
  { rpId }: Place,
  challenge: string,
  owner: { name: string; handle: string },
  existing: readonly Credential[],
) => ({
  rp: { id: rpId, name: "Kabar" },
  user: { id: owner.handle, name: owner.name, displayName: owner.name },
  challenge,
  pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key" as const, alg })),
  timeout: CEREMONY_MS,
  excludeCredentials: existing.map(({ credential, transports }) => ({
    type: "public-key" as const,
    id: credential,
    transports,
  })),
  authenticatorSelection: {
    residentKey: "required" as const,
    requireResidentKey: true,
    userVerification: "required" as const,
  },
  attestation: "none" as const,
});

/** Throws what is wrong with an answer, as the library says it. */
async function check<T>(code: "bad-request" | "bad-credential", answer: string, work: () => Promise<T>) {
  try {
    const result = await work();
    // The library checks an inner frame only where it knows the outer page. The console is in no frame.
    const { crossOrigin } = JSON.parse(Buffer.from(answer, "base64url").toString()) as Record<
      string,
      unknown
    >;
    if (crossOrigin === true) throw new Error("The answer comes from a frame of another page");
    return result;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const shown = reason.replace(/\p{C}/gu, "").slice(0, MAX_REASON).replace(/\.$/, "");
    throw new KabarError(code, `The passkey was refused. ${shown}.`);
  }
}

/** Checks the answer that has made a passkey. Resolves to its key and its first count of uses. Throws `bad-request`. */
export const checkMade = (place: Place, challenge: string, made: MadePasskey) =>
  check("bad-request", made.response.clientDataJSON, async () => {
    const { verifyRegistrationResponse } = await import("@simplewebauthn/server");
    const { registrationInfo } = await verifyRegistrationResponse({
      response: { ...made, clientExtensionResults: {} } as never,
      expectedChallenge: challenge,
      expectedOrigin: place.origin,
      expectedRPID: place.rpId,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!registrationInfo) throw new Error("Its attestation is wrong");
    const { id, publicKey, counter } = registrationInfo.credential;
    const key: Credential = {
      credential: id,
      publicKey: Buffer.from(publicKey).toString("base64url"),
      transports: made.response.transports ?? [],
    };
    return { ...key, counter };
  });

/** Checks the answer that uses a passkey. Resolves to the authenticator's count of uses. Throws `bad-credential`. */
export const checkUsed = (place: Place, challenge: string, used: UsedPasskey, key: Credential) =>
  check("bad-credential", used.response.clientDataJSON, async () => {
    const { verifyAuthenticationResponse } = await import("@simplewebauthn/server");
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...used, clientExtensionResults: {} } as never,
      expectedChallenge: challenge,
      expectedOrigin: place.origin,
      expectedRPID: place.rpId,
      // The library compares counts before it checks the signature: anybody could send an old one. The caller compares them.
      credential: { id: key.credential, publicKey: Buffer.from(key.publicKey, "base64url"), counter: 0 },
    });
    if (!verified) throw new Error("Its signature is wrong");
    return authenticationInfo.newCounter;
  });
