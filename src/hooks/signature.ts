/** Signatures of webhooks after the Standard Webhooks specification (standardwebhooks.com), and the secrets that make them. */

/** The secret of a hook, `whsec_` and 32 bytes in base64: derived from the server's own, so that no log and no backup of one has it. */
export const hookSecret = (serverSecret: string, hookId: string): string =>
  `whsec_${new Bun.CryptoHasher("sha256", serverSecret).update(`secret of webhook ${hookId}`).digest("base64")}`;

/** The headers that sign a body: the event's id, the time in seconds since 1970, and HMAC-SHA256 over both and the body. */
export function signedHeaders(
  secret: string,
  id: string,
  seconds: number,
  body: string,
): Record<string, string> {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = new Bun.CryptoHasher("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": `v1,${signature}` };
}
