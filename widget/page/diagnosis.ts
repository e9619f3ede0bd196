/**
 * Diagnosis of a failed first connection, loaded only then.
 * Finds the cause and tells the site's owner in the console what to change. Not translated; users read the words of the list.
 */
import type { Refusal } from "../client/state.ts";
import type { Emit } from "../loader/element-events.ts";

/** Tells the page and its owner. */
export function report(code: string, message: string, server: string, emit: Emit, topic = ""): void {
  const hint = hintFor(code, server, location.origin, topic);
  console.warn(`kabar: ${code}. ${message} ${hint}`);
  emit("kabar-error", { code, message, hint });
}

/** What to do about an error code, for a server, a page and its topic. */
export function hintFor(code: string, server: string, page: string, topic = ""): string {
  switch (code) {
    case "origin-denied":
    case "closed-4503":
      return `Add "${page}" to allowed_origins of the server at ${server}.`;
    case "topic-unknown":
      return `Start the server at ${server} with KABAR_TOPICS="${[...new Set(["lobby", topic || "help"])].join(" ")}" (all its topics, with spaces between; topics in kabar.toml), or correct the attribute topic (data-topic on the script).`;
    case "bad-topic":
      return "A topic's name must be 1 to 64 characters of A–Z a–z 0–9 . _ : -, the first a letter or digit.";
    case "csp-connect":
      return `Add ${server} ${server.replace(/^http/, "ws")} to connect-src of the page's Content-Security-Policy.`;
    case "insecure":
      return `A page served over https can only connect to a server with https: put ${server} behind https.`;
    case "token-server":
      return `Write data-token-servers="${server}" on the script tag of widget.js if this server may have the site's tokens.`;
    case "token-failed":
      return 'The address in token-url must answer with the token as text or {"token": "…"}, or with status 401 when nobody is signed in.';
    case "token-expired":
      return "Give the chat a fresh token: set the attribute token, use token-url, or call identify() with a function.";
    case "bad-token":
      return `Sign the token with the key that token_secret or token_keys of the server at ${server} expects.`;
    default:
      return "docs/PROTOCOL.md lists the error codes and what to do about each.";
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
    const { isReached, refusal_: refusal } = await ask(server, topic);
    // A policy that names the server's https address only lets a streamed session through (client/transport.ts).
    if (isForbidden && !isReached)
      return {
        code: "csp-connect",
        message: "The page's Content-Security-Policy blocks the connection to the chat.",
      };
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
): Promise<{ isReached: boolean; refusal_?: Refusal | undefined }> {
  try {
    const response = await fetch(`${server}/api/topics/${encodeURIComponent(topic)}/messages?limit=1`);
    const { error } = (await response.json()) as { error?: { code?: unknown; message?: unknown } };
    if (error?.code !== "origin-denied" && error?.code !== "topic-unknown") return { isReached: true };
    return { isReached: true, refusal_: { code: error.code, message: String(error.message) } };
  } catch {
    return { isReached: false };
  }
}
