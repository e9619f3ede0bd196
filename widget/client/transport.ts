/**
 * Chooses the connection: WebSocket, or a streamed session where no WebSocket opens.
 * Tries the kind that opened last first; after a failure it tries the other one.
 */
import type { WebSocketLike } from "./socket.ts";

type Connect = (url: string, protocol: string) => WebSocketLike;

export interface TransportOptions {
  openSocket: Connect;
  /** Loads the code of streamed sessions, which few pages need. */
  loadStreamed: () => Promise<(server: string) => WebSocketLike>;
  server: string;
  /** Whether a WebSocket has failed to open already. */
  hasFailed: () => boolean;
  /** Called when a streamed session is open, to inform the site's owner. */
  onStreamed: () => void;
}

/** Passes the events of one connection on to another. */
export function passEvents(from: WebSocketLike, to: WebSocketLike): void {
  from.onopen = () => to.onopen?.();
  from.onmessage = (event) => to.onmessage?.(event);
  from.onclose = (event) => to.onclose?.(event);
  from.onerror = () => to.onerror?.();
}

/** Creates the function that connects. */
export function createTransport(options: TransportOptions): Connect {
  const { openSocket, loadStreamed, server, hasFailed, onStreamed } = options;
  let isStreamed: boolean | undefined;

  /** Passes events on. Unless this connection opens, the next one is of the other kind. */
  function watch(inner: WebSocketLike, outer: WebSocketLike, streamed: boolean): void {
    isStreamed = !streamed;
    passEvents(inner, outer);
    inner.onopen = () => {
      isStreamed = streamed;
      if (streamed) onStreamed();
      outer.onopen?.();
    };
  }

  return (url, protocol) => {
    isStreamed ??= hasFailed();
    let inner: WebSocketLike | undefined;
    let isClosed = false;
    const outer: WebSocketLike = {
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (text) => inner?.send(text),
      close(code) {
        isClosed = true;
        if (inner) inner.onopen = inner.onmessage = inner.onclose = inner.onerror = null;
        inner?.close(code);
      },
    };
    if (!isStreamed) {
      inner = openSocket(url, protocol);
      watch(inner, outer, false);
      return outer;
    }
    loadStreamed().then(
      (openStreamed) => {
        if (isClosed) return;
        inner = openStreamed(server);
        watch(inner, outer, true);
      },
      () => {
        isStreamed = false;
        outer.onclose?.({ code: 1006, reason: "" });
      },
    );
    return outer;
  };
}
