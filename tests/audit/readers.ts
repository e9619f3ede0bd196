/**
 * Readers over bare `kabar.v1`: those that stay, those that leave and come back now and then, those that sleep past the
 * ring, and those that open the next socket while the one before is still there. Each resumes with its cursor.
 */
import type { GapEvent, MessagesEvent } from "../../src/protocol.ts";
import { type Frame, greet, type Link, type Way } from "./link.ts";
import { createStream, type Held, type Stream, type SubscribeReply } from "./stream.ts";
import type { Random } from "./random.ts";
import type { Actor, MakeActor, TopicName, World } from "./world.ts";

/** What kind of reader it is; times in milliseconds. */
export interface Habits {
  topics: readonly TopicName[];
  /** How long it stays before it leaves by itself. */
  stays: readonly [min: number, max: number];
  /** How long it is away then. */
  sleeps: readonly [min: number, max: number];
  /** Opens the next connection this long before it closes the one it has. */
  overlaps?: readonly [min: number, max: number];
  /** Unsubscribes and subscribes again on one connection, instead of leaving, this often. */
  rejoins?: number;
}

/** How long a reader whose connection was lost waits before the next. */
const COME_BACK_MS = [5, 150] as const;
/** How long a reader waits before it subscribes again where the server could not. */
const TRY_AGAIN_MS = [50, 300] as const;
/** One live event in this many is followed by a question: is what was shown stored? */
const PROBE_EVERY = 150;

interface Session {
  link: Link;
  streams: Map<string, Stream>;
  /** Topics whose unsubscribe is not answered yet. */
  leaving: Set<string>;
}

/** Makes readers with these habits. */
export function reader(habits: Habits, way: Way = "websocket"): MakeActor {
  return (world: World, name: string, random: Random): Actor => {
    const held = new Map<string, Held>();
    let current: Session | undefined;
    let guest: string | undefined;
    const sessions = new Set<Session>();
    const between = ([min, max]: readonly [number, number]) => random.int(min, max);

    function subscribe(session: Session, topic: string): void {
      const asked = held.get(topic);
      const { link } = session;
      link.ask(
        "subscribe",
        { topic, cursor: asked?.cursor, last: random.pick([0, 0, 20, 200]) },
        (reply: Frame) => {
          if (world.mayRefuse && Reflect.get(reply, "code") === "log-unavailable") {
            world.findings.add("refused for the moment");
            setTimeout(() => link.isOpen() && subscribe(session, topic), between(TRY_AGAIN_MS));
            return;
          }
          if (reply.type !== "ok") {
            const answer = JSON.stringify(reply);
            world.findings.violate("process", `${name}: subscribe was answered with ${answer}`);
            return;
          }
          const stream = createStream(world.ledger, world.findings, name, topic, asked);
          session.streams.set(topic, stream);
          world.streams.add(stream);
          stream.begin(link.era, asked);
          stream.replied(reply as unknown as SubscribeReply);
          keep(session, topic, stream);
        },
      );
    }

    /** Only the newest connection says where the reader stands. */
    function keep(session: Session, topic: string, stream: Stream): void {
      if (session === current && stream.held) held.set(topic, stream.held);
    }

    function rejoin(session: Session, topic: string): void {
      // Over a stalled line the answer to an earlier one may still be out.
      if (session.leaving.has(topic)) return;
      session.leaving.add(topic);
      session.link.ask("unsubscribe", { topic }, () => {
        session.leaving.delete(topic);
        session.streams.delete(topic);
        world.findings.add("unsubscribed and back");
        subscribe(session, topic);
      });
    }

    function hear(session: Session, event: Frame): void {
      if (event.type === "goodbye") world.findings.add("goodbyes");
      // Events that this reader did not ask for and does not know are to be ignored.
      if (event.type !== "messages" && event.type !== "gap") return;
      const topic = String(event.topic);
      const stream = session.streams.get(topic);
      if (!stream) world.findings.violate("handed", `${name}: ${topic} came, not subscribed`, "doubled");
      else if (event.type === "gap") stream.gap(event as unknown as GapEvent);
      else take(session, topic, stream, event as unknown as MessagesEvent);
    }

    function take(session: Session, topic: string, stream: Stream, { messages, tag }: MessagesEvent): void {
      stream.messages(messages);
      const last = messages.at(-1);
      const epoch = stream.held?.cursor.epoch;
      if (!last || epoch === undefined) return;
      stream.hold({ epoch, offset: last.offset, tag });
      keep(session, topic, stream);
      if (random.int(1, PROBE_EVERY) === 1) void probe(world, topic, last.offset);
    }

    async function connect(): Promise<Session | undefined> {
      const greeted = await greet(
        world,
        () => (guest ? { guest } : { name }),
        () => between(COME_BACK_MS),
        way,
      );
      if (!greeted) return undefined;
      guest = greeted.guest;
      const session: Session = { link: greeted.link, streams: new Map(), leaving: new Set() };
      greeted.link.onEvent = (event) => hear(session, event);
      current = session;
      sessions.add(session);
      void greeted.link.closed.then(() => sessions.delete(session));
      for (const topic of habits.topics) subscribe(session, topic);
      return session;
    }

    /** Waits for the connection's end or for `ms`; in the last round for the end only. */
    async function stay(session: Session, ms: number): Promise<void> {
      const until = performance.now() + ms;
      while (session.link.isOpen() && (performance.now() < until || world.isEnding) && !world.isOver) {
        await Promise.race([session.link.closed, Bun.sleep(20)]);
      }
    }

    async function sleep(ms: number): Promise<void> {
      const until = performance.now() + ms;
      while (performance.now() < until && !world.isEnding) await Bun.sleep(20);
    }

    async function run(): Promise<void> {
      let session = await connect();
      while (session && !world.isOver) {
        await stay(session, between(habits.stays));
        if (!session.link.isOpen()) {
          await Bun.sleep(between(COME_BACK_MS));
        } else if (habits.overlaps) {
          const before: Session = session;
          world.findings.add("sockets overlapped");
          setTimeout(() => before.link.close(), between(habits.overlaps));
        } else if (random.chance(habits.rejoins ?? 0)) {
          for (const topic of session.streams.keys()) rejoin(session, topic);
          continue;
        } else {
          session.link.close();
          await session.link.closed;
          await sleep(between(habits.sleeps));
        }
        session = await connect();
      }
    }

    return {
      name,
      run,
      isDone: (tops) =>
        habits.topics.every((topic) => current?.streams.get(topic)?.position === (tops.get(topic) ?? 0)),
      finish(tops) {
        for (const topic of habits.topics) {
          const stream = current?.streams.get(topic);
          if (stream) stream.finish(tops.get(topic) ?? 0);
          else world.findings.violate("handed", `${name}: never came back to ${topic}`, "lost");
        }
      },
      describe: () =>
        `${name} at ${habits.topics.map((topic) => current?.streams.get(topic)?.position).join(", ")}`,
      stop() {
        for (const { link } of sessions) link.close();
      },
    };
  };
}

/** Asks the history for an entry that was just shown. No answer is no finding: the network is bad here. */
async function probe(world: World, topic: string, offset: number): Promise<void> {
  const era = world.ledger.era();
  try {
    const response = await fetch(`${world.url}/api/topics/${topic}/messages?after=${offset - 1}&limit=1`, {
      keepalive: false,
      signal: AbortSignal.timeout(5000),
    });
    const page = (await response.json()) as { first: number; messages: { offset: number }[] };
    if (world.ledger.era() !== era) return;
    world.findings.add("shown looked up at once");
    if (page.messages[0]?.offset === offset || page.first > offset) return;
    world.findings.violate("stored-first", `${topic} ${offset}: was shown, and history did not have it`);
  } catch {
    // Cut, stalled or between two servers.
  }
}
