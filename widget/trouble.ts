/**
 * Loaded when something is wrong, not before: finds out why the very first connection failed, and tells the site's
 * owner in the console what to change. Not translated; visitors read the sentences in strings.ts.
 */
import type { Refusal } from "./state.ts";

/** Tells the page and its owner. */
export function report(
  code: string,
  message: string,
  server: string,
  emit: (name: string, detail: object) => void,
): void {
  const hint = hintFor(code, server, location.origin);
  console.warn(`kabar: ${code}. ${message} ${hint}`);
  emit("kabar-error", { code, message, hint });
}

/** What to do about an error code, for a server and a page. */
export function hintFor(code: string, server: string, page: string): string {
  switch (code) {
    case "origin-denied":
      return `Add "${page}" to allowed_origins of the server at ${server}.`;
    case "topic-unknown":
      return `Create the topic at ${server}, or correct the attribute topic (data-topic on the script).`;
    case "bad-topic":
      return "A topic is 1 to 64 of A–Z a–z 0–9 . _ : - and begins with a letter or digit.";
    case "csp-connect":
      return `Add ${server} ${server.replace(/^http/, "ws")} to connect-src of the page's Content-Security-Policy.`;
    case "insecure":
      return `Serve ${server} over https, or the page without it.`;
    case "token-failed":
      return 'Answer token-url with the token as text or {"token": …}; with 401 when nobody is signed in.';
    case "token-expired":
      return "Give a fresh token: the attribute token, token-url, or identify() with a function.";
    case "bad-token":
      return `Compare what signs the token with token_secret or token_keys of the server at ${server}.`;
    default:
      return `docs/PROTOCOL.md lists what the server may answer.`;
  }
}

/**
 * A browser does not say why a WebSocket was refused. The same question over HTTP has an answer to read, and a second
 * attempt shows whether it is the page's own policy. Resolves to nothing when it seems to be the network: then
 * trying again is right.
 */
export async function diagnose(server: string, topic: string): Promise<Refusal | undefined> {
  let isForbidden = false;
  const onViolation = ({ effectiveDirective, disposition, blockedURI }: SecurityPolicyViolationEvent) => {
    const isOurs = blockedURI.replace(/^ws/, "http").startsWith(new URL(server).origin);
    isForbidden ||= isOurs && effectiveDirective === "connect-src" && disposition === "enforce";
  };
  document.addEventListener("securitypolicyviolation", onViolation);
  try {
    await tryWebSocket(`${server.replace(/^http/, "ws")}/websocket`);
    const { isReached, refusal } = await ask(server, topic);
    // A policy that names the server's https address only lets a streamed session through (transport.ts).
    if (isForbidden && !isReached)
      return { code: "csp-connect", message: "The page's policy does not let it connect to the chat." };
    return refusal;
  } finally {
    document.removeEventListener("securitypolicyviolation", onViolation);
  }
}

function tryWebSocket(url: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, "kabar.v1");
    socket.onopen = socket.onerror = () => {
      socket.close();
      resolve();
    };
  });
}

/** Whether the server answers over HTTP, and what it has against this page or topic. */
async function ask(
  server: string,
  topic: string,
): Promise<{ isReached: boolean; refusal?: Refusal | undefined }> {
  try {
    const response = await fetch(`${server}/api/topics/${encodeURIComponent(topic)}/messages?limit=1`);
    const { error } = (await response.json()) as { error?: { code?: unknown; message?: unknown } };
    if (error?.code !== "origin-denied" && error?.code !== "topic-unknown") return { isReached: true };
    return { isReached: true, refusal: { code: error.code, message: String(error.message) } };
  } catch {
    return { isReached: false };
  }
}
