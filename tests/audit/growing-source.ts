/**
 * A reader of growing messages in an audit that is an `EventSource`: it remembers nothing itself, resumes by what the source sends
 * as `Last-Event-ID`, and keeps each text by the rule of docs/PROTOCOL.md (*append*).
 */
import type { Message } from "../../src/model.ts";
import type { AppendEvent } from "../../src/protocol.ts";
import { createTexts, finishTexts } from "./growing-texts.ts";
import { visitPage } from "./page-visit.ts";
import { type Actor, GROWING_TOPIC, type MakeActor } from "./world.ts";

const COME_BACK_MS = [5, 150] as const;
/** A page is left after this long. */
const STAY_MS = [500, 6000] as const;

/** Makes the reader. */
export const growingSource: MakeActor = (world, name, random): Actor => {
  const texts = createTexts(world, name);
  let era = world.ledger.era();
  /** The id of the newest event that the page was handed. */
  let shown = "";
  let source: { close(): void } | undefined;

  /** One source from its opening to its end. */
  async function follow(): Promise<void> {
    const query = shown === "" ? "?after=0" : `?after=${shown}`;
    const url = `${world.url}/api/topics/${GROWING_TOPIC}/events${query}`;
    const visit = visitPage(world, name, url, random.int(...STAY_MS), {
      onOpen() {
        if (era === world.ledger.era()) return;
        // The log is another one: its texts are read from the start.
        era = world.ledger.era();
        texts.forget();
        shown = "";
        visit.close();
      },
      onEvent({ type, data, lastEventId }) {
        if (era !== world.ledger.era()) return;
        if (type === "append") texts.append(JSON.parse(data) as AppendEvent);
        else if (type === "message") texts.take(JSON.parse(data) as Message);
        shown = lastEventId;
      },
    });
    source = visit;
    await visit.ended;
  }

  return {
    name,
    async run() {
      while (!world.isOver) {
        await follow();
        await Bun.sleep(random.int(...COME_BACK_MS));
      }
    },
    ...finishTexts(world, name, texts),
    stop: () => source?.close(),
  };
};
