/**
 * Passkeys in the browser (WebAuthn Level 2): asks the server for a challenge, the browser for its answer, and sends that. Converts the
 * JSON of Level 3 by itself, because browsers of 2024 and several password managers do not.
 */
import { fromBase64url, toBase64url } from "../client/base64url.ts";
import { ask, part, Refusal } from "./ask.ts";
import { words } from "./speech.ts";

interface Asked<T> {
  publicKey: T;
}
interface Descriptor {
  id: string;
  type: "public-key";
  transports?: AuthenticatorTransport[];
}
type MakeOptions = Omit<PublicKeyCredentialCreationOptions, "challenge" | "user" | "excludeCredentials"> & {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials: Descriptor[];
};
type UseOptions = Omit<PublicKeyCredentialRequestOptions, "challenge" | "allowCredentials"> & {
  challenge: string;
};

/** The browser's answer; throws Refusal with why there is none, in words. */
async function answerOf(request: Promise<Credential | null>): Promise<PublicKeyCredential> {
  const { cancelled, exists, unsupported } = words.passkeys;
  try {
    const credential = await request;
    if (credential) return credential as PublicKeyCredential;
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    // Browsers do not tell a user who cancels from a device without a passkey.
    const reasons = new Map(Object.entries({ InvalidStateError: exists, NotSupportedError: unsupported }));
    throw new Refusal("passkey", reasons.get(name) ?? cancelled, 0);
  }
  throw new Refusal("passkey", cancelled, 0);
}

const common = ({ id, rawId, type }: PublicKeyCredential) => ({ id, rawId: toBase64url(rawId), type });

/** Signs this browser in with a passkey that it finds. Throws Refusal, TypeError without a connection. */
export async function signInWithPasskey(): Promise<void> {
  const { publicKey } = await ask<Asked<UseOptions>>("POST", "console/passkeys/challenge");
  const request = { ...publicKey, challenge: fromBase64url(publicKey.challenge), allowCredentials: [] };
  const credential = await answerOf(navigator.credentials.get({ publicKey: request }));
  const { clientDataJSON, authenticatorData, signature, userHandle } =
    credential.response as AuthenticatorAssertionResponse;
  const response = {
    clientDataJSON: toBase64url(clientDataJSON),
    authenticatorData: toBase64url(authenticatorData),
    signature: toBase64url(signature),
    userHandle: userHandle && toBase64url(userHandle),
  };
  await ask("POST", "console/sessions", { passkey: { ...common(credential), response } });
}

/** Makes a passkey of an owner on this device. Throws Refusal, TypeError without a connection. */
export async function makePasskey(owner: string, name: string): Promise<void> {
  const path = `console/owners/${part(owner)}/passkeys`;
  const { publicKey } = await ask<Asked<MakeOptions>>("POST", `${path}/challenge`);
  const { challenge, user, excludeCredentials, ...rest } = publicKey;
  const credential = await answerOf(
    navigator.credentials.create({
      publicKey: {
        ...rest,
        challenge: fromBase64url(challenge),
        user: { ...user, id: fromBase64url(user.id) },
        excludeCredentials: excludeCredentials.map((each) => ({ ...each, id: fromBase64url(each.id) })),
      },
    }),
  );
  const attestation = credential.response as AuthenticatorAttestationResponse;
  const response = {
    clientDataJSON: toBase64url(attestation.clientDataJSON),
    attestationObject: toBase64url(attestation.attestationObject),
    transports: attestation.getTransports?.() ?? [],
  };
  await ask("POST", path, { name, credential: { ...common(credential), response } });
}
