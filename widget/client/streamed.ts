/**
 * Connection without WebSocket: frames down as server-sent events, frames up in POST bodies.
 * See docs/PROTOCOL.md, "kabar.v1 without WebSocket". The client uses it like a WebSocket. No DOM: it also runs in Bun.
 */
import type { WebSocketLike } from "./socket.ts";

/** Most characters in one request, unless a single frame has more. Below the server's limit in any encoding. */
const BATCH_CHARACTERS = 20_000;
/** Frames in one request; the server takes 256. */
const MAX_BATCH = 100;
/** The code of a connection that ended without a close frame (RFC 6455 section 7.1.5). */
const LOST = 1006;

/** Opens a session of a server, such as `https://chat.example`. */
export function openStreamed(server: string): WebSocketLike {
  const url = `${server}/api/session`;
  const stop = new AbortController();
  const { signal } = stop;
  const outgoing: string[] = [];
  let secret = "";
  let isSending = false;
  const ws: WebSocketLike = {
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send(text) {
      outgoing.push(text);
      void flush();
    },
    close: () => stop.abort(),
  };

  function end(code: number, reason = ""): void {
    if (signal.aborted) return;
    stop.abort();
    ws.onclose?.({ code, reason });
  }

  /** Takes the oldest frames that fit into one request; at least one. */
  function nextBatch(): string[] {
    let size = 0;
    const end = outgoing.findIndex((frame, i) => {
      size += frame.length;
      return i > 0 && size > BATCH_CHARACTERS;
    });
    return outgoing.splice(0, end < 0 ? MAX_BATCH : Math.min(end, MAX_BATCH));
  }
  /** Sends the waiting frames, one request after the other, to keep their order. */
  async function flush(): Promise<void> {
    if (isSending) return;
    isSending = true;
    while (outgoing.length > 0 && !signal.aborted) {
      const body = [secret, ...nextBatch()].join("\n");
      // A plain text needs no preflight. The server may have run a lost request; the client sends its commands again.
      const isTaken = await fetch(url, { method: "POST", body, signal }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (!isTaken) end(LOST);
    }
    isSending = false;
  }

  function take(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1];
    const data = field("data");
    if (data === undefined || signal.aborted) return;
    const type = field("event");
    if (type === "session") {
      secret = data;
      ws.onopen?.();
    } else if (type === "close") {
      const { code, reason } = JSON.parse(data) as { code: number; reason: string };
      end(code, reason);
    } else ws.onmessage?.({ data });
  }

  async function read(): Promise<void> {
    const { ok, body } = await fetch(url, { signal, cache: "no-store" });
    if (!ok || !body) return;
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) take(block);
    }
  }

  read().then(
    () => end(LOST),
    () => end(LOST),
  );
  return ws;
}
