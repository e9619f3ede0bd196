/**
 * The response headers and the heartbeat of server-sent events, for event streams and streamed sessions. Each of
 * them decides what its events contain.
 */

/** A comment this often keeps proxies from closing a quiet stream; most allow 30 seconds or more. */
export const HEARTBEAT_MS = 15_000;
export const HEARTBEAT = ": still here\n\n";

export const STREAM_HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  // A proxy that compresses would delay events; `no-transform` forbids it.
  "Cache-Control": "no-store, no-transform",
  // Without it, nginx delays events until its buffer is full.
  "X-Accel-Buffering": "no",
} as const;
