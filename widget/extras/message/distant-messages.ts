/**
 * Messages that the list does not hold: quoted and pinned ones. Each is fetched once, when a row in sight quotes it or the
 * strip of pins shows it, and again after a change. Requests are spread over time (`request-spread`), because all readers of
 * a topic receive the same quote at the same moment.
 */
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { Clock } from "../../client/clock.ts";
import type { CommandError } from "../../client/requests.ts";
import type { TopicState } from "../../client/state.ts";
import { createRequestSpread } from "./request-spread.ts";

/** Fetched messages that are kept: more than the quotes and pins of a screen. */
const MAX_KEPT = 200;
/** The pause before a failed request may be repeated. */
const RETRY_MS = 3_000;
/** The random delay grows with the readers, one millisecond for each: at most about 1,000 requests a second for a quote. */
const MIN_DELAY_MS = 200;
const MAX_DELAY_MS = 10_000;
/** The delay of a topic that does not tell its number of readers. */
const UNKNOWN_DELAY_MS = 1_000;

export type DistantMessages = ReturnType<typeof createDistantMessages>;

/** Creates the fetched messages of one chat. */
export function createDistantMessages(
  { command_: command, topic: now, state, refresh_: refresh }: Kit,
  clock: Clock,
) {
  /** By topic, epoch and offset; `undefined` for a message that is gone. */
  const kept = new Map<string, Message | undefined>();
  const inFlight = new Set<string>();
  /** The newest offset whose change is taken over, by topic. */
  const checkedUpTo = new Map<string, number>();
  /** Elements of quotes that the reader can see. */
  const inSight = new Set<HTMLElement>();
  const spread = createRequestSpread({ clock_: clock, random: Math.random });
  /** A request failed or found no connection: the next drawing repeats it. */
  let isRetryDue = false;

  const keyOf = (t: TopicState, offset: number) => `${t.topic} ${t.cursor?.epoch} ${offset}`;
  const quotedBy = (element: HTMLElement) => Number(element.dataset.quotes);
  const isNeeded = (t: TopicState, offset: number): boolean =>
    t.facts.pins?.includes(offset) || [...inSight].some((element) => quotedBy(element) === offset);
  const maxDelayMs = ({ facts: { people } }: TopicState): number =>
    Math.min(MAX_DELAY_MS, Math.max(MIN_DELAY_MS, people?.count ?? UNKNOWN_DELAY_MS));

  async function fetchMessage({ topic }: TopicState, offset: number, key: string): Promise<void> {
    inFlight.add(key);
    try {
      const { messages } = await command("history", { topic, before: offset + 1, limit: 1 });
      kept.set(
        key,
        messages.find((m) => m.offset === offset),
      );
      for (const oldest of [...kept.keys()].slice(0, -MAX_KEPT)) kept.delete(oldest);
      refresh();
    } catch (cause) {
      // A busy topic draws at once again: without the pause it would repeat the request as often.
      if (!(cause as CommandError).retry) kept.set(key, undefined);
      else await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      isRetryDue = true;
    } finally {
      inFlight.delete(key);
    }
  }
  function request(t: TopicState, offset: number): void {
    const key = keyOf(t, offset);
    if (inFlight.has(key) || !isNeeded(t, offset)) return;
    if (state().connection !== "online") {
      isRetryDue = true;
      return;
    }
    spread.add_(key, maxDelayMs(t), () => {
      // The reader may have scrolled on, or chosen another topic.
      const current = now();
      if (current?.topic !== t.topic || !isNeeded(current, offset)) return false;
      void fetchMessage(t, offset, key);
      return true;
    });
  }

  /** Returns a message from the list, or as fetched; `undefined` while it is on its way and when it is gone. */
  function find(offset: number): Message | undefined {
    const t = now();
    if (!t || offset < t.first) return undefined;
    const held = t.messages.find((m) => m.offset === offset);
    if (held) return held;
    const key = keyOf(t, offset);
    if (!kept.has(key)) request(t, offset);
    return kept.get(key);
  }

  /** Fetches changed messages again: the server has them in their present form. */
  function refetchChanged(t: TopicState): void {
    if (isRetryDue && state().connection === "online") {
      isRetryDue = false;
      refresh();
    }
    const from = checkedUpTo.get(t.topic) ?? t.last;
    checkedUpTo.set(t.topic, t.last);
    for (let i = t.messages.length - 1; (t.messages[i]?.offset ?? 0) > from; i--) {
      const { kind, target = 0 } = t.messages[i] ?? {};
      const key = keyOf(t, target);
      if (!target || kind === "react" || !kept.has(key)) continue;
      if (isNeeded(t, target)) request(t, target);
      else if (kept.delete(key)) refresh();
    }
  }

  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const element = target as HTMLElement;
      if (!isIntersecting) inSight.delete(element);
      else {
        inSight.add(element);
        find(quotedBy(element));
      }
    }
  });

  return {
    find,
    refetchChanged,
    /** Preact's `ref` of an element with `data-quotes`, the offset of the message it quotes. */
    watchQuote(element: HTMLElement | null): void {
      if (element) sight.observe(element);
    },
    stop_(): void {
      sight.disconnect();
      spread.stop_();
    },
  };
}
