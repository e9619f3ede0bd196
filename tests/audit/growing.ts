/**
 * Growing messages in an audit: a writer who lets a few grow at a time and sends again what has no reply, and readers who
 * keep each text by the rule of docs/PROTOCOL.md (*append*). All come through the bad network.
 */
import type { Cursor } from "../../src/model.ts";
import type { AppendEvent, MessagesEvent } from "../../src/protocol.ts";
import { OPERATOR_KEY } from "../support/server.ts";
import type { Writing } from "./growing-book.ts";
import { createTexts, finishTexts } from "./growing-texts.ts";
import { type Frame, greet, type Link, type Way } from "./link.ts";
import type { Random } from "./random.ts";
import { type Actor, GROWING_TOPIC, type MakeActor } from "./world.ts";

const COME_BACK_MS = [5, 150] as const;
const TRY_AGAIN_MS = [50, 300] as const;
/** Messages that grow at a time, and the appends that each has. */
const AT_ONCE = 3;
const APPENDS = [5, 60] as const;
/** The time between two rounds of appends; appends without a reply that a message has at most. */
const ROUND_MS = [1, 60] as const;
const MAX_UNDER_WAY = 16;
/** Of each message the first append, and one in this many, is sent twice although nothing was lost. */
const TWICE_EVERY = 15;
/** How long a reader stays, and how long it is away then. */
const STAY_MS = [200, 2500] as const;
const AWAY_MS = [5, 1500] as const;

/** A part of a text, with something in it that takes more than one byte. */
const partOf = (sequence: number, isLast: boolean, random: Random): string =>
  `${sequence}${random.pick(["", "é", "漢", "🙂", "\n"])}${isLast ? "." : " "}`;

/** The writer. Its name begins with `p-`: the last round waits for its last acknowledgement. */
export const growingWriter: MakeActor = (world, name, random): Actor => {
  const open = new Map<string, Writing>();
  const book = world.growing;
  let number = 0;
  let link: Link | undefined;
  /** Messages of which something is about to be sent again. */
  const again = new Set<Writing>();

  /** In the last round it ends what it has begun; it has ended at least one message. */
  const isEnough = (): boolean => world.isEnding && book.hasComplete();
  const isLost = (writing: Writing): boolean => writing.era !== world.ledger.era();

  /** Sends everything of a message again that has no reply, after a moment. */
  function sendAgain(from: Link, writing: Writing): void {
    if (again.has(writing)) return;
    again.add(writing);
    setTimeout(
      () => {
        again.delete(writing);
        if (from.isOpen() && from === link) resume(from, writing);
      },
      random.int(...TRY_AGAIN_MS),
    );
  }

  /** A refusal that is neither for the moment nor explained by an append that has no reply. */
  function refused(from: Link, writing: Writing, what: string, reply: Frame): void {
    const { code, retry, message } = reply as unknown as { code: string; retry: boolean; message: string };
    if (isLost(writing)) return;
    if (retry) {
      sendAgain(from, writing);
      return;
    }
    open.delete(writing.id);
    world.findings.violate("growing", `${writing.id}: ${what} was refused: ${code}: ${message}`, "lost");
  }

  function publish(from: Link, writing: Writing): void {
    const { id, head } = writing;
    from.ask("publish", { topic: GROWING_TOPIC, messageId: id, text: head, growing: true }, (reply) => {
      if (reply.type === "ok") writing.offset = Number(reply.offset);
      else refused(from, writing, "its publish", reply);
    });
  }

  function append(from: Link, writing: Writing, sequence: number): void {
    const done = sequence === writing.length;
    const fields = {
      topic: GROWING_TOPIC,
      target: writing.offset,
      sequence,
      text: writing.parts[sequence - 1],
    };
    from.ask("append", { ...fields, ...(done ? { done } : {}) }, (reply) => {
      if (reply.type === "ok") {
        book.acked(writing, sequence, Boolean(reply.repeated));
        if (done) open.delete(writing.id);
        return;
      }
      const isExplained = Reflect.get(reply, "code") === "sequence-gap" && sequence > writing.acked + 1;
      if (isExplained) sendAgain(from, writing);
      else refused(from, writing, `append ${sequence} after ${writing.acked}`, reply);
    });
  }

  function resume(from: Link, writing: Writing): void {
    if (!open.has(writing.id)) return;
    if (writing.offset === undefined) publish(from, writing);
    for (let sequence = writing.acked + 1; sequence <= writing.parts.length; sequence++) {
      world.findings.add("appends sent again");
      append(from, writing, sequence);
    }
  }

  function grow(from: Link, writing: Writing): void {
    const { offset, parts, length, acked } = writing;
    const isFull = parts.length - acked >= MAX_UNDER_WAY || parts.length === length;
    if (offset === undefined || isFull || again.has(writing)) return;
    if (world.isEnding) writing.length = parts.length + 1;
    const sequence = parts.length + 1;
    parts.push(partOf(sequence, sequence === writing.length, random));
    world.findings.add("appends");
    append(from, writing, sequence);
    if (sequence === 1 || random.int(1, TWICE_EVERY) === 1) append(from, writing, sequence);
  }

  async function write(from: Link): Promise<void> {
    // What grew before a restore is left to end by itself.
    for (const [id, writing] of open) if (isLost(writing)) open.delete(id);
    for (const writing of open.values()) resume(from, writing);
    while (from.isOpen() && !world.isOver) {
      await Promise.race([from.closed, Bun.sleep(random.int(...ROUND_MS))]);
      if (!from.isOpen()) return;
      for (const writing of open.values()) grow(from, writing);
      if (isEnough() || open.size >= AT_ONCE) continue;
      const writing = book.begin(`${name}-${++number}`, random.int(...APPENDS));
      open.set(writing.id, writing);
      world.findings.add("growing messages");
      publish(from, writing);
    }
  }

  return {
    name,
    async run() {
      while (!world.isOver) {
        const hello = () => ({ key: OPERATOR_KEY, name });
        const greeted = await greet(world, hello, () => random.int(...COME_BACK_MS));
        if (!greeted) return;
        link = greeted.link;
        await write(greeted.link);
        await Bun.sleep(random.int(...COME_BACK_MS));
      }
    },
    isDone: () => open.size === 0 && isEnough(),
    finish() {
      if (open.size > 0)
        world.findings.violate("growing", `${name}: ${open.size} messages never ended`, "lost");
    },
    describe: () =>
      `${name}, ${[...open.values()].map(({ id, acked, length }) => `${id} at ${acked} of ${length}`).join(", ")}`,
    stop: () => link?.close(),
  };
};

/** A reader of growing messages, who leaves and comes back with a cursor. */
export function growingReader(way: Way = "websocket"): MakeActor {
  return (world, name, random): Actor => {
    const texts = createTexts(world, name);
    let held: { cursor: Cursor; era: number } | undefined;
    let link: Link | undefined;
    let guest: string | undefined;

    function subscribe(to: Link): void {
      if (held && held.era !== to.era) {
        held = undefined;
        texts.forget();
      }
      to.ask("subscribe", { topic: GROWING_TOPIC, cursor: held?.cursor, last: 200 }, (reply) => {
        if (reply.type === "ok")
          held = { cursor: (reply as unknown as { cursor: Cursor }).cursor, era: to.era };
        else setTimeout(() => to.isOpen() && subscribe(to), random.int(...TRY_AGAIN_MS));
      });
    }

    function hear(from: Link, event: Frame): void {
      if (event.type === "append") texts.append(event as unknown as AppendEvent);
      if (event.type !== "messages" || !held) return;
      const { messages, tag } = event as unknown as MessagesEvent;
      for (const entry of messages) texts.take(entry);
      const { offset } = messages.at(-1) ?? held.cursor;
      held = { cursor: { ...held.cursor, offset, tag }, era: from.era };
    }

    return {
      name,
      async run() {
        while (!world.isOver) {
          const hello = () => (guest ? { guest } : { name });
          const greeted = await greet(world, hello, () => random.int(...COME_BACK_MS), way);
          if (!greeted) return;
          guest = greeted.guest;
          const here = greeted.link;
          link = here;
          here.onEvent = (event) => hear(here, event);
          subscribe(here);
          const leave = setTimeout(() => !world.isEnding && here.close(), random.int(...STAY_MS));
          await here.closed;
          clearTimeout(leave);
          await Bun.sleep(world.isEnding ? 10 : random.int(...AWAY_MS));
        }
      },
      ...finishTexts(world, name, texts),
      stop: () => link?.close(),
    };
  };
}
