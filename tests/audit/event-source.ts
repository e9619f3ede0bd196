/**
 * `EventSource` as browsers have it (WHATWG HTML section 9.2), written from the specification: a stream that ends or breaks
 * is asked for again after the reconnection time, with `Last-Event-ID`; a status other than 200 or another content type
 * ends it for good; a block without data dispatches nothing and keeps its id; a block that is cut off is discarded.
 * Bun has none of its own.
 */

/** An event as it is dispatched. */
export interface StreamEvent {
  type: string;
  data: string;
  lastEventId: string;
}

export interface ParserHooks {
  onEvent(event: StreamEvent): void;
  /** A block without data: the id stands, nothing is dispatched. */
  onSilence?(lastEventId: string): void;
  onRetry?(ms: number): void;
}

/** Parses a stream's decoded text, however it is cut into pieces (section 9.2.6). */
export function createEventParser({ onEvent, onSilence, onRetry }: ParserHooks) {
  let data = "";
  let type = "";
  let id = "";
  let rest = "";
  let endedWithReturn = false;

  function dispatch(): void {
    const isSilent = data === "";
    const event = { type: type || "message", data: data.slice(0, -1), lastEventId: id };
    data = "";
    type = "";
    if (isSilent) onSilence?.(id);
    else onEvent(event);
  }
  function takeField(name: string, value: string): void {
    if (name === "data") data += `${value}\n`;
    else if (name === "event") type = value;
    else if (name === "id" && !value.includes("\0")) id = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) onRetry?.(Number(value));
  }
  function takeLine(line: string): void {
    const colon = line.indexOf(":");
    if (line === "") dispatch();
    else if (colon < 0) takeField(line, "");
    else if (colon > 0) takeField(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ""));
  }

  return {
    /** The next piece of the text. What the last line feed has not ended waits for more. */
    take(piece: string): void {
      // A line feed after a return that ended the piece before belongs to it.
      const text = rest + (endedWithReturn && piece.startsWith("\n") ? piece.slice(1) : piece);
      if (piece !== "") endedWithReturn = piece.endsWith("\r");
      const lines = text.split(/\r\n|\n|\r/);
      rest = lines.pop() ?? "";
      for (const line of lines) takeLine(line);
    },
  };
}

/** Until a server says otherwise; browsers wait a few seconds. */
const RECONNECTION_MS = 3000;

export interface EventSourceOptions {
  /** How much faster its time goes: pauses must fit between two kills. */
  haste: number;
  /** A response came; `lastEventId` is what was asked with. */
  onOpen(lastEventId: string): void;
  onEvent(event: StreamEvent): void;
  onSilence(lastEventId: string): void;
  /** The connection is over; `isForGood` when the source does not come back. */
  onEnd(isForGood: boolean): void;
}

/** Opens a source; the result closes it. */
export function openEventSource(url: string, options: EventSourceOptions): { close(): void } {
  const closing = new AbortController();
  let connection = new AbortController();
  let lastEventId = "";
  let reconnectionMs = RECONNECTION_MS;

  /** Resolves to true when the source must not come back. */
  async function connect(): Promise<boolean> {
    connection = new AbortController();
    const headers: Record<string, string> = { Accept: "text/event-stream", "Cache-Control": "no-store" };
    if (lastEventId !== "") headers["Last-Event-ID"] = lastEventId;
    const response = await fetch(url, {
      headers,
      keepalive: false,
      signal: AbortSignal.any([closing.signal, connection.signal]),
    });
    const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (response.status !== 200 || type !== "text/event-stream") {
      connection.abort();
      return true;
    }
    options.onOpen(lastEventId);
    const decoder = new TextDecoder();
    const parser = createEventParser({
      onEvent(event) {
        lastEventId = event.lastEventId;
        options.onEvent(event);
      },
      onSilence(id) {
        lastEventId = id;
        options.onSilence(id);
      },
      onRetry: (ms) => (reconnectionMs = ms),
    });
    for await (const bytes of response.body ?? []) {
      if (closing.signal.aborted) break;
      parser.take(decoder.decode(bytes, { stream: true }));
    }
    return false;
  }

  async function run(): Promise<void> {
    for (;;) {
      const isForGood = await connect().catch(() => false);
      const isOver = isForGood || closing.signal.aborted;
      options.onEnd(isOver);
      if (isOver) return;
      await Bun.sleep(reconnectionMs / options.haste);
      if (closing.signal.aborted) return options.onEnd(true);
    }
  }
  void run();
  return { close: () => closing.abort() };
}
