/**
 * Publishers: over `kabar.v1`, over HTTP and in plain mode. Every message has an id of its own and is sent again under
 * that id until it is acknowledged; some are sent twice on purpose, and now and then an id is used for another text.
 */
import { type Frame, greet, type Link, type Way } from "./link.ts";
import type { Random } from "./random.ts";
import { writeText } from "./texts.ts";
import { type Actor, type MakeActor, TOPICS, type TopicName, type World } from "./world.ts";

const COME_BACK_MS = [5, 150] as const;
/** How long a publisher waits before it sends again what was refused for the moment. */
const TRY_AGAIN_MS = [50, 300] as const;
/** Unacknowledged messages a publisher has under way at most: what it retries after a kill. */
const MAX_UNDER_WAY = 16;
/** One message in this many is sent a second time although nothing was lost. */
const TWICE_EVERY = 15;
/** One message in this many is followed by its id with another text. */
const CONFLICT_EVERY = 60;

interface Draft {
  id: string;
  topic: TopicName;
  text: string;
}

/** What a refusal says of itself. */
interface Refusal {
  type?: unknown;
  code?: unknown;
  retry?: unknown;
}

/** A publisher's messages: the next one, and those under way. */
function createDesk(world: World, name: string, topics: readonly TopicName[], random: Random) {
  let number = 0;
  const underWay = new Map<string, Draft>();
  return {
    underWay,
    write(): Draft {
      const topic = random.pick(topics);
      const { minText, maxText } = TOPICS[topic];
      const text = writeText(name, ++number, random.int(minText, maxText), random);
      const draft = { id: `${name}-${number}`, topic, text };
      underWay.set(draft.id, draft);
      world.findings.add("published");
      return draft;
    },
    acked(draft: Draft, era: number, user: string, offset: number, repeated: boolean): void {
      underWay.delete(draft.id);
      world.ledger.acked(draft.topic, era, { offset, id: draft.id, user, text: draft.text }, repeated);
    },
    /** A refusal that a retry can't change is a message that its publisher loses. */
    refused(draft: Draft, error: Refusal): void {
      if (error.retry === true) return void world.findings.add("refused for the moment");
      underWay.delete(draft.id);
      world.findings.violate("one-offset", `${name}: ${draft.id} was refused: ${String(error.code)}`, "lost");
    },
    /** What came of an id used for another text. */
    conflicted(draft: Draft, answer: Refusal): void {
      if (answer.retry === true) return;
      world.findings.add("ids with another text");
      if (answer.code === "message-id-conflict") return;
      world.findings.violate(
        "one-offset",
        `${name}: ${draft.id} with another text was answered ${JSON.stringify(answer)}`,
      );
    },
  };
}

/** Publishes over `kabar.v1`, several messages at a time, about `perSecond`. */
export function jsonPublisher(
  topics: readonly TopicName[],
  perSecond: number,
  way: Way = "websocket",
): MakeActor {
  return (world, name, random): Actor => {
    const desk = createDesk(world, name, topics, random);
    let guest: string | undefined;
    let link: Link | undefined;

    function send(from: Link, user: string, draft: Draft): void {
      const fields = { topic: draft.topic, messageId: draft.id, text: draft.text };
      from.ask("publish", fields, (reply: Frame) => {
        const { offset, repeated } = reply as unknown as { offset: number; repeated: boolean };
        if (reply.type === "ok") return desk.acked(draft, from.era, user, offset, repeated);
        desk.refused(draft, reply as Refusal);
        setTimeout(() => sendAgain(from, user, draft), random.int(...TRY_AGAIN_MS));
      });
    }
    function sendAgain(from: Link, user: string, draft: Draft): void {
      if (from.isOpen() && desk.underWay.has(draft.id)) send(from, user, draft);
    }
    function sendConflict(from: Link, draft: Draft): void {
      const fields = { topic: draft.topic, messageId: draft.id, text: `${draft.text}!` };
      from.ask("publish", fields, (reply: Frame) => desk.conflicted(draft, reply as Refusal));
    }

    async function speak(from: Link, user: string): Promise<void> {
      for (const draft of desk.underWay.values()) {
        world.findings.add("sent again after a loss");
        send(from, user, draft);
      }
      while (from.isOpen() && !world.isOver) {
        await Promise.race([from.closed, Bun.sleep(random.int(1, 2000 / perSecond))]);
        if (world.isEnding || !from.isOpen() || desk.underWay.size >= MAX_UNDER_WAY) continue;
        const draft = desk.write();
        send(from, user, draft);
        // Retention may free an id, so only where nothing is trimmed is a conflict sure to be one.
        if (TOPICS[draft.topic].retain === 0 && random.int(1, CONFLICT_EVERY) === 1)
          sendConflict(from, draft);
        if (random.int(1, TWICE_EVERY) !== 1) continue;
        world.findings.add("sent twice on purpose");
        send(from, user, draft);
      }
    }

    return {
      name,
      async run() {
        while (!world.isOver) {
          const greeted = await greet(
            world,
            () => (guest ? { guest } : { name }),
            () => random.int(...COME_BACK_MS),
            way,
          );
          if (!greeted) return;
          guest = greeted.guest;
          link = greeted.link;
          await speak(greeted.link, greeted.user);
          await Bun.sleep(random.int(...COME_BACK_MS));
        }
      },
      isDone: () => desk.underWay.size === 0,
      finish() {
        if (desk.underWay.size === 0) return;
        world.findings.violate(
          "acked",
          `${name}: ${desk.underWay.size} messages were never acknowledged`,
          "lost",
        );
      },
      describe: () => `${name}, ${desk.underWay.size} under way`,
      stop: () => link?.close(),
    };
  };
}

interface PublishAnswer {
  offset: number;
  repeated: boolean;
  error?: Refusal;
}

/** Publishes over HTTP, one request at a time, as a guest with a credential of its own. */
export function httpPublisher(topics: readonly TopicName[], perSecond: number): MakeActor {
  return (world, name, random): Actor => {
    const desk = createDesk(world, name, topics, random);

    /** The request, in one of the ways to write it; undefined when no answer came. */
    async function post(guest: string, { id, topic, text }: Draft): Promise<PublishAnswer | undefined> {
      const token = {};
      const asJson = random.chance(0.5);
      const body = asJson ? JSON.stringify({ text, id }) : text;
      const headers: Record<string, string> = {
        Authorization: `Bearer ${guest}`,
        "Content-Type": "text/plain",
      };
      if (asJson) headers["Content-Type"] = "application/json";
      else headers["Idempotency-Key"] = id;
      world.connections.set(token, name);
      try {
        const response = await fetch(`${world.url}/api/topics/${topic}/messages`, {
          method: "POST",
          body,
          headers,
          keepalive: false,
          signal: AbortSignal.timeout(5000),
        });
        return (await response.json()) as PublishAnswer;
      } catch {
        return undefined;
      } finally {
        world.connections.delete(token);
      }
    }

    async function deliver(guest: string, user: string, draft: Draft): Promise<void> {
      while (!world.isOver && desk.underWay.has(draft.id)) {
        const answer = await post(guest, draft);
        if (!answer) {
          world.findings.add("sent again after a loss");
          await Bun.sleep(random.int(...COME_BACK_MS));
        } else if (answer.error) {
          desk.refused(draft, answer.error);
          await Bun.sleep(random.int(...TRY_AGAIN_MS));
        } else desk.acked(draft, world.ledger.era(), user, answer.offset, answer.repeated);
      }
    }

    return {
      name,
      async run() {
        const greeted = await greet(
          world,
          () => ({ name }),
          () => random.int(...COME_BACK_MS),
        );
        if (!greeted) return;
        const { guest, user } = greeted;
        greeted.link.close();
        while (!world.isOver) {
          await Bun.sleep(random.int(1, 2000 / perSecond));
          if (world.isEnding) continue;
          const draft = desk.write();
          await deliver(guest, user, draft);
          if (random.int(1, TWICE_EVERY) !== 1) continue;
          world.findings.add("sent twice on purpose");
          desk.underWay.set(draft.id, draft);
          await deliver(guest, user, draft);
        }
      },
      isDone: () => desk.underWay.size === 0,
      finish() {
        if (desk.underWay.size > 0)
          world.findings.violate("acked", `${name}: a message was never acknowledged`, "lost");
      },
      describe: () => `${name}, ${desk.underWay.size} under way`,
      stop: () => {},
    };
  };
}

/** Publishes lines in plain mode: no ids, no acks, and no retries either. */
export function plainPublisher(topic: TopicName, perSecond: number): MakeActor {
  return (world, name, random): Actor => {
    let socket: WebSocket | undefined;
    let number = 0;
    return {
      name,
      async run() {
        while (!world.isOver) {
          const fresh = new WebSocket(
            `${world.url.replace("http", "ws")}/websocket?topic=${topic}&name=${name}`,
          );
          socket = fresh;
          const ended = new Promise<void>((resolve) => {
            fresh.onclose = () => {
              world.connections.delete(fresh);
              resolve();
            };
          });
          fresh.onopen = () => void world.connections.set(fresh, name);
          while (fresh.readyState <= WebSocket.OPEN) {
            await Promise.race([ended, Bun.sleep(random.int(1, 2000 / perSecond))]);
            if (world.isEnding || fresh.readyState !== WebSocket.OPEN) continue;
            const { minText, maxText } = TOPICS[topic];
            fresh.send(writeText(name, ++number, random.int(minText, maxText), random));
            world.findings.add("published");
          }
          await ended;
          await Bun.sleep(random.int(...COME_BACK_MS));
        }
      },
      isDone: () => true,
      finish: () => {},
      describe: () => name,
      stop: () => socket?.close(),
    };
  };
}
