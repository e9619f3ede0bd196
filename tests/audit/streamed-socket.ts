/**
 * `kabar.v1` without WebSocket, written from docs/PROTOCOL.md and sharing nothing with the widget's client: frames come as
 * server-sent events, commands go in request bodies, one request after the other.
 */
import { createEventParser } from "./event-source.ts";
import type { BareSocket } from "./link.ts";

/** Frames in one request, and characters after which the next frame waits for the next request. */
const MAX_FRAMES = 20;
const MAX_CHARACTERS = 20_000;

/** Opens a streamed session of the server at `url`. */
export function openStreamedSocket(url: string): BareSocket {
  const address = `${url}/api/session`;
  const ending = new AbortController();
  const { signal } = ending;
  const waiting: string[] = [];
  let secret = "";
  let isSending = false;
  const socket: BareSocket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send(frame) {
      waiting.push(frame);
      void flush();
    },
    close: () => end(),
  };

  function end(): void {
    if (signal.aborted) return;
    ending.abort();
    socket.onclose?.();
  }

  async function flush(): Promise<void> {
    if (isSending) return;
    isSending = true;
    while (waiting.length > 0 && !signal.aborted) {
      const batch: string[] = [];
      let characters = 0;
      while (waiting.length > 0 && batch.length < MAX_FRAMES && characters < MAX_CHARACTERS) {
        const frame = waiting.shift() ?? "";
        characters += frame.length;
        batch.push(frame);
      }
      const isTaken = await fetch(address, {
        method: "POST",
        body: [secret, ...batch].join("\n"),
        keepalive: false,
        signal,
      }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (!isTaken) end();
    }
    isSending = false;
  }

  async function read(): Promise<void> {
    const { ok, body } = await fetch(address, { keepalive: false, signal });
    if (!ok || !body) return;
    const parser = createEventParser({
      onEvent({ type, data }) {
        if (signal.aborted) return;
        if (type === "close") end();
        else if (type !== "session") socket.onmessage?.({ data });
        else {
          secret = data;
          socket.onopen?.();
        }
      },
    });
    const decoder = new TextDecoder();
    for await (const bytes of body) parser.take(decoder.decode(bytes, { stream: true }));
  }

  read().then(end, end);
  return socket;
}
