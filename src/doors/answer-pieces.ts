/** Answers that are made piece by piece: a long one is never in memory as a whole. */
import { NO_STORE } from "./request.ts";

/** Characters that are written at a time. */
const PIECE_CHARS = 65_536;

/** An answer from pieces of text; `headers` names at least its type. The reader's pace sets that of the pieces. */
export function streamPieces(pieces: AsyncGenerator<string>, headers: Record<string, string>): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      let text = "";
      while (text.length < PIECE_CHARS) {
        const { value, done } = await pieces.next();
        if (done) break;
        text += value;
      }
      if (text === "") return controller.close();
      controller.enqueue(encoder.encode(text));
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
  return new Response(body, { headers: { ...NO_STORE.headers, ...headers } });
}
