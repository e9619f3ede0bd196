/**
 * The program that Kabar is measured against: a hub in a few lines over Bun's native publish. It also sends a loop of
 * messages to whoever asks with `resume`, streams server-sent events, and serves pages of a database, each in the
 * shortest way there is.
 */
import { Database } from "bun:sqlite";
import { markedText } from "../marker.ts";
import { TEXT_BYTES } from "../scenarios.ts";

interface Peer {
  topic: string;
}

const streams = new Set<ReadableStreamDefaultController<string>>();
/** What `resume` sends: messages with all the fields that Kabar's have, or a reader could not go on from them. */
const missed = Array.from({ length: 100 }, (_, i) =>
  JSON.stringify({
    topic: "bench",
    offset: i + 1,
    id: `abcdef-0-${i}`,
    at: 1_700_000_000_000 + i,
    user: { id: "g-abcdefghijkl", name: "Guest-heron", role: "guest" },
    text: markedText(0, i, 0, TEXT_BYTES),
  }),
);
const db = process.env.DATABASE ? new Database(process.env.DATABASE, { readonly: true }) : undefined;
const page = db?.prepare<{ offset: number; body: string }, [number]>(
  "SELECT * FROM entry WHERE topic = 1 AND offset < ? ORDER BY offset DESC LIMIT 50",
);

const server = Bun.serve<Peer, string>({
  port: 0,
  hostname: "127.0.0.1",
  routes: {
    "/events": (request, server) => {
      server.timeout(request, 0);
      let mine: ReadableStreamDefaultController<string>;
      const stream = new ReadableStream<string>({
        start(controller) {
          mine = controller;
          streams.add(controller);
          controller.enqueue(": hello\n\n"); // Bun answers with the first bytes of the body
        },
        cancel: () => void streams.delete(mine),
      });
      return new Response(stream, { headers: { "Content-Type": "text/event-stream" } });
    },
    "/page": (request) => Response.json(page?.all(Number(new URL(request.url).searchParams.get("before")))),
  },
  fetch(request, server) {
    const topic = new URL(request.url).searchParams.get("topic") ?? "bench";
    return server.upgrade(request, { data: { topic } }) ? undefined : new Response("hub");
  },
  websocket: {
    data: {} as Peer,
    open: (socket) => void socket.subscribe(socket.data.topic),
    message(socket, text) {
      if (text === "resume") {
        for (const message of missed) socket.send(message);
        return;
      }
      server.publish(socket.data.topic, text);
      for (const stream of streams) stream.enqueue(`data: ${text}\n\n`);
    },
    backpressureLimit: 64 * 1024 * 1024,
    perMessageDeflate: false,
  },
});
console.log(`listening ${server.port}`);
