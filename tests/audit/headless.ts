/**
 * The headless client that the widget is made of, as a reader and a publisher: what it tells its listeners is held
 * against the promise. Its clock runs faster, so that its pauses fit between two kills.
 */
import { type Clock, systemClock } from "../../widget/client/clock.ts";
import { type Client, createClient } from "../../widget/client/client.ts";
import type { WebSocketLike } from "../../widget/client/socket.ts";
import { type Area, createKeeper } from "../../widget/client/storage.ts";
import { openStreamed } from "../../widget/client/streamed.ts";
import type { Gap } from "../../src/model.ts";
import type { Way } from "./link.ts";
import { createStream, type Stream, type SubscribeReply } from "./stream.ts";
import { writeText } from "./texts.ts";
import { type Actor, type MakeActor, TOPICS, type TopicName, type World } from "./world.ts";

/** How much faster its time goes. */
const HASTE = 10;
const hasty: Clock = { ...systemClock, after: (ms, run) => setTimeout(run, ms / HASTE) };

/** The client's socket: real, counted among the world's connections, and with replies read over its shoulder. */
function connectVia(world: World, way: Way, spy: (frame: Record<string, unknown>) => void) {
  return (url: string, protocol: string): WebSocketLike => {
    const socket = way === "streamed" ? openStreamed(world.url) : new WebSocket(url, protocol);
    const token = {};
    const like: WebSocketLike & { onerror: (() => void) | null } = {
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (data) => socket.send(data),
      close(code) {
        // A session without WebSocket says nothing more once its client has let it go.
        world.connections.delete(token);
        socket.close(code);
      },
    };
    socket.onopen = () => {
      world.connections.set(token, `headless, ${way}`);
      world.findings.add("connections");
      if (way === "streamed") world.findings.add("streamed sessions");
      like.onopen?.();
    };
    socket.onmessage = ({ data }: { data: unknown }) => {
      // A connection that the client let go of speaks to nobody.
      if (like.onmessage) spy(JSON.parse(String(data)) as Record<string, unknown>);
      like.onmessage?.({ data });
    };
    socket.onerror = () => like.onerror?.();
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
      world.connections.delete(token);
      like.onclose?.({ code, reason });
    };
    return like;
  };
}

/** A headless client on these topics; it publishes `perSecond` messages to the first of them. */
export function headless(topics: readonly TopicName[], perSecond: number, way: Way = "websocket"): MakeActor {
  return (world, name, random): Actor => {
    const local: Area = {};
    const session: Area = {};
    const streams = new Map<string, Stream>();
    let sent = 0;
    let unsettled = 0;

    /** A reply to subscribe, before the client sees it: where its next messages must begin. */
    function spy(frame: Record<string, unknown>): void {
      if (frame.type !== "ok" || !("recovered" in frame)) return;
      const topic = String(frame.topic);
      const before = streams.get(topic);
      const stream = createStream(world.ledger, world.findings, name, topic, before?.held);
      streams.set(topic, stream);
      world.streams.add(stream);
      stream.begin(world.ledger.era(), before?.held);
      stream.replied(frame as unknown as SubscribeReply);
    }

    /** What the client keeps of a topic: its cursor, and the gaps it shows. */
    function look(client: Client): void {
      for (const [topic, stream] of streams) {
        const now = client.state.topics[topic];
        const gap: Gap | undefined = now?.gaps.at(-1);
        if (gap && stream.position !== undefined && gap.from === stream.position + 1) stream.gap(gap);
        if (now?.cursor && now.cursor.offset === stream.position) stream.hold(now.cursor);
      }
    }

    const client = createClient({
      server: world.url,
      keeper: createKeeper(world.url, "granted", { local: () => local, session: () => session }),
      name,
      clock: hasty,
      random: random.next,
      connect: connectVia(world, way, spy),
    });
    client.listen((notice) => {
      if (notice.type === "change") look(client);
      else if (notice.type === "message") {
        streams.get(notice.topic)?.messages([notice.message]);
        look(client);
      } else if (notice.type === "send-failed" || notice.type === "error") {
        world.findings.violate("process", `${name}: ${JSON.stringify(notice)}`);
      }
    });

    /** The list it shows has no hole that a gap does not name. */
    function checkShown(topic: string): void {
      const shown = client.state.topics[topic];
      let before = shown?.messages[0]?.offset ?? 0;
      for (const { offset } of shown?.messages.slice(1) ?? []) {
        const from = before + 1;
        const isSaid =
          offset === from || shown?.gaps.some((gap) => gap.from <= from && gap.to === offset - 1);
        if (!isSaid)
          world.findings.violate("handed", `${name}: shows ${offset} after ${before} in ${topic}`, "unsaid");
        before = offset;
      }
      world.findings.add("lists looked through");
    }

    function send(topic: TopicName): void {
      const text = writeText(name, ++sent, random.int(TOPICS[topic].minText, TOPICS[topic].maxText), random);
      unsettled += 1;
      world.findings.add("published");
      client.send(topic, text).then(
        ({ id, offset }) => {
          unsettled -= 1;
          const user = client.state.me?.id ?? "";
          world.ledger.acked(topic, world.ledger.era(), { offset, id, user, text }, false);
        },
        (error: unknown) =>
          world.findings.violate("acked", `${name}: a message was given up: ${String(error)}`, "lost"),
      );
    }

    return {
      name,
      async run() {
        for (const topic of topics) client.open(topic, random.pick([0, 30]));
        while (!world.isOver) {
          await Bun.sleep(random.int(0, 2000 / Math.max(perSecond, 5)));
          const isFull = unsettled >= 20;
          if (perSecond > 0 && !world.isEnding && !isFull) send(topics[0] ?? "lobby");
          if (random.chance(0.002) && !world.isEnding) client.wake();
          if (random.chance(0.01)) for (const topic of topics) checkShown(topic);
        }
      },
      isDone: (tops) =>
        unsettled === 0 && topics.every((topic) => streams.get(topic)?.position === (tops.get(topic) ?? 0)),
      finish(tops) {
        for (const topic of topics) {
          streams.get(topic)?.finish(tops.get(topic) ?? 0);
          checkShown(topic);
          const shown = client.state.topics[topic];
          if (shown?.hole) world.findings.violate("handed", `${name}: shows a hole in ${topic}`, "lost");
          if (shown && shown.pending.length > 0) {
            world.findings.violate(
              "acked",
              `${name}: shows ${shown.pending.length} unsent messages in ${topic}`,
            );
          }
        }
      },
      describe: () =>
        `${name} ${client.state.connection}, ${unsettled} unsent, at ${topics.map((topic) => streams.get(topic)?.position).join(", ")}`,
      stop: () => client.stop(),
    };
  };
}
