/**
 * Readers without `kabar.v1`: server-sent events, which resume by `Last-Event-ID`, and plain mode, which has no cursor and
 * promises only that one connection's lines have no hole.
 */
import type { Gap, Message } from "../../src/model.ts";
import { parseCursor } from "../../src/formats.ts";
import { createPlainStream, type PlainStream } from "./plain-stream.ts";
import { createStream, type Held, type Stream } from "./stream.ts";
import type { Actor, MakeActor, TopicName } from "./world.ts";

const COME_BACK_MS = [5, 150] as const;
/** A reader leaves by itself after this long, when nothing else ended the connection. */
const STAY_MS = [500, 8000] as const;

/** One event of a stream: its lines by field. */
function parseEvent(block: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, "");
  }
  return fields;
}

/** A reader of server-sent events; `fromStart` asks for everything retained first. */
export function eventReader(topic: TopicName, fromStart: boolean): MakeActor {
  return (world, name, random): Actor => {
    const stream: Stream = createStream(world.ledger, world.findings, name, topic);
    let held: Held | undefined;
    let ending = new AbortController();

    function take(block: string): void {
      const { event, data, id } = parseEvent(block);
      if (data === undefined) return;
      if (event === "gap") {
        stream.gap(JSON.parse(data) as Gap);
        return;
      }
      stream.messages([JSON.parse(data) as Message]);
      const cursor = parseCursor(id ?? "");
      if (cursor) stream.hold(cursor);
      else world.findings.violate("process", `${name}: an event without a cursor: ${id}`);
      held = stream.held;
    }

    async function follow(): Promise<void> {
      ending = new AbortController();
      const start = held === undefined && fromStart ? "?after=0" : "";
      const response = await fetch(`${world.url}/api/topics/${topic}/events${start}`, {
        headers: held
          ? { "Last-Event-ID": `${held.cursor.offset}.${held.cursor.epoch}.${held.cursor.tag}` }
          : {},
        signal: ending.signal,
        keepalive: false,
      });
      const token = {};
      world.connections.set(token, name);
      world.findings.add("connections");
      const leave = setTimeout(() => !world.isEnding && ending.abort(), random.int(...STAY_MS));
      try {
        if (!response.ok || !response.body) return;
        const era = world.ledger.era();
        world.streams.add(stream);
        const zero = { cursor: { epoch: "", offset: 0, tag: "" }, era };
        stream.begin(era, held ?? (fromStart ? zero : undefined));
        const decoder = new TextDecoder();
        let rest = "";
        for await (const bytes of response.body) {
          const blocks = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
          rest = blocks.pop() ?? "";
          for (const block of blocks) take(block);
        }
      } finally {
        clearTimeout(leave);
        world.connections.delete(token);
      }
    }

    return {
      name,
      async run() {
        while (!world.isOver) {
          // Cut, refused or left: comes back with what it holds.
          await follow().catch(() => undefined);
          await Bun.sleep(random.int(...COME_BACK_MS));
        }
      },
      isDone: (tops) => stream.position === undefined || stream.position === (tops.get(topic) ?? 0),
      finish: (tops) => stream.finish(tops.get(topic) ?? 0),
      describe: () => `${name} at ${stream.position}`,
      stop: () => ending.abort(),
    };
  };
}

/** A reader in plain mode, with the latest `history` lines first. */
export function plainReader(topic: TopicName, history: number): MakeActor {
  return (world, name, random): Actor => {
    let socket: WebSocket | undefined;
    let stream: PlainStream | undefined;

    function follow(): Promise<void> {
      return new Promise((resolve) => {
        const token = {};
        const query = `topic=${topic}&history=${history}&name=${name}`;
        const fresh = new WebSocket(`${world.url.replace("http", "ws")}/websocket?${query}`);
        socket = fresh;
        let leave: ReturnType<typeof setTimeout> | undefined;
        fresh.onopen = () => {
          world.connections.set(token, name);
          world.findings.add("connections");
          stream = createPlainStream(world.ledger, world.findings, name, topic);
          world.streams.add(stream);
          leave = setTimeout(() => !world.isEnding && fresh.close(), random.int(...STAY_MS));
        };
        fresh.onmessage = ({ data }) => stream?.line(String(data));
        fresh.onclose = () => {
          clearTimeout(leave);
          world.connections.delete(token);
          resolve();
        };
      });
    }

    return {
      name,
      async run() {
        while (!world.isOver) {
          await follow();
          await Bun.sleep(random.int(...COME_BACK_MS));
        }
      },
      isDone: (tops) => stream?.isAt(tops.get(topic) ?? 0) ?? false,
      finish: (tops) => stream?.finish(tops.get(topic) ?? 0),
      describe: () => `${name}, not at its last line`,
      stop: () => socket?.close(),
    };
  };
}
