/** Support for passkeys: tells whether this browser has any on this page, and why not. */
import { words } from "./speech.ts";

/** A host that is an address of numbers: the relying party of a passkey must be a name (WebAuthn Level 2 section 5.1.2). */
const ADDRESS = /^(?:\d+(?:\.\d+){3}|\[.*\])$/;

/** Why there are no passkeys here, in words; undefined where there are. */
export function whyNoPasskeys(): string | undefined {
  const { insecure, address, unsupported } = words.passkeys;
  if (!isSecureContext) return insecure;
  if (ADDRESS.test(location.hostname)) return address;
  return typeof PublicKeyCredential === "undefined" ? unsupported : undefined;
}
