/**
 * Readers that are `EventSource`s, as a page has them. They remember nothing themselves: where a stream resumes is what the
 * source sends as `Last-Event-ID`. A source that ended for good, or whose page was left, is opened anew with the cursor
 * of the last event that its page was handed.
 */
import { parseCursor } from "../../src/formats.ts";
import type { Cursor, Gap, Message } from "../../src/model.ts";
import type { StreamEvent } from "./event-source.ts";
import { visitPage } from "./page-visit.ts";
import { createStream, type Held } from "./stream.ts";
import type { Actor, MakeActor, TopicName } from "./world.ts";

const COME_BACK_MS = [5, 150] as const;
/** A page is left after this long. */
const STAY_MS = [1000, 12_000] as const;

/** An `EventSource` on a topic; `fromStart` asks for everything retained first. */
export function eventSourceReader(topic: TopicName, fromStart: boolean): MakeActor {
  return (world, name, random): Actor => {
    const { findings, ledger } = world;
    const stream = createStream(ledger, findings, name, topic);
    /** What the source would resume with, and the era in which it was told. */
    let held: Held | undefined;
    /** The cursor of the last event that the page was handed. */
    let shown: Held | undefined;
    let source: { close(): void } | undefined;

    function parse(id: string): Cursor | undefined {
      const cursor = parseCursor(id);
      if (!cursor) findings.violate("process", `${name}: an event without a cursor: ${JSON.stringify(id)}`);
      return cursor;
    }
    function hold(cursor: Cursor | undefined): void {
      if (!cursor) return;
      stream.hold(cursor);
      held = stream.held;
    }

    function open(asked: Held | undefined): void {
      world.streams.add(stream);
      findings.add("event sources opened");
      if (asked) findings.add("event sources resumed");
      stream.begin(ledger.era(), asked);
    }
    function take({ type, data, lastEventId }: StreamEvent): void {
      const cursor = parse(lastEventId);
      if (type === "gap") stream.gap(JSON.parse(data) as Gap);
      else stream.messages([JSON.parse(data) as Message]);
      // Within a stream a gap keeps the id of the message before it.
      if (cursor?.offset === stream.position) hold(cursor);
      else if (type !== "gap")
        findings.violate("process", `${name}: ${stream.position} has the id ${lastEventId}`);
      shown = held;
    }

    /** One source from its opening to its end; false when it ended by itself. */
    function follow(start: Held | undefined, query: string): Promise<boolean> {
      held = start;
      const url = `${world.url}/api/topics/${topic}/events${query}`;
      const visit = visitPage(world, name, url, random.int(...STAY_MS), {
        onOpen: (lastEventId) => open(lastEventId === "" ? start : held),
        onEvent: take,
        onSilence(lastEventId) {
          const cursor = lastEventId === "" ? undefined : parse(lastEventId);
          if (!cursor) return;
          stream.stands(cursor);
          held = stream.held;
        },
      });
      source = visit;
      return visit.ended;
    }

    const zero = (): Held => ({ cursor: { epoch: "", offset: 0, tag: "" }, era: ledger.era() });
    const wordOf = ({ offset, epoch, tag }: Cursor): string => `${offset}.${epoch}.${tag}`;

    return {
      name,
      async run() {
        while (!world.isOver) {
          const query = shown ? `?after=${wordOf(shown.cursor)}` : fromStart ? "?after=0" : "";
          const isLeft = await follow(shown ?? (fromStart ? zero() : undefined), query);
          if (!world.isOver) findings.add(isLeft ? "event sources left" : "event sources ended for good");
          await Bun.sleep(random.int(...COME_BACK_MS));
        }
      },
      isDone: (tops) => stream.position === undefined || stream.position === (tops.get(topic) ?? 0),
      finish: (tops) => stream.finish(tops.get(topic) ?? 0),
      describe: () => `${name} at ${stream.position}`,
      stop: () => source?.close(),
    };
  };
}
