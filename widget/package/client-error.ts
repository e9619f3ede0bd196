/**
 * Errors of the package's client: one class, with the code of docs/PROTOCOL.md or one of the client's own.
 * Gives the client's own codes their sentences; the server's errors bring theirs.
 */

/** An error of the client or the server. `code` is a row of docs/PROTOCOL.md, "Errors", or of docs/CLIENT.md, "Errors". */
export class ClientError extends Error {
  readonly code: string;
  /** Whether the same call can succeed later. */
  readonly retry: boolean;
  /** When a retry can succeed, in milliseconds; absent when the server did not say. */
  readonly retryAfterMs: number | undefined;
  /** The topic that the error is about, if it is about one. */
  readonly topic: string | undefined;

  constructor(
    code: string,
    message?: string,
    more: {
      retry?: boolean | undefined;
      retryAfterMs?: number | undefined;
      topic?: string | undefined;
    } = {},
  ) {
    super(message || SENTENCES[code] || `The request failed with the code ${code}.`);
    this.name = "ClientError";
    this.code = code;
    this.retry = more.retry ?? false;
    this.retryAfterMs = more.retryAfterMs;
    this.topic = more.topic;
  }
}

/** The client's own codes. */
const SENTENCES: Readonly<Record<string, string>> = {
  closed: "The client was closed.",
  "connection-lost": "The connection was lost before the reply came.",
  "text-empty": "The text is empty. Send at least one visible character.",
  "too-many-unsent": "Too many messages wait to be sent. Wait for some of them.",
  "signed-out": "The message belongs to another user than the present one.",
  discarded: "The message was discarded before it was sent.",
  insecure: "The connection could not be opened: the runtime refused it.",
};

/** Turns a failure of the client's parts, or an error frame of the server, into a ClientError. */
export function toClientError(thrown: unknown, topic?: string): ClientError {
  if (thrown instanceof ClientError) return thrown;
  const { code, message, retry, retryAfterMs } = Object(thrown) as Partial<ClientError>;
  if (typeof code !== "string") return new ClientError("internal", String(message ?? thrown), { topic });
  // An error that the client made by itself has its code as its message.
  return new ClientError(code, message === code ? undefined : message, { retry, retryAfterMs, topic });
}
