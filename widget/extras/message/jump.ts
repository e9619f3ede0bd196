/**
 * Messages that the list does not hold just now: quoted or pinned ones are asked for once, one by one, so that they can be
 * shown; a jump reads back, page by page, until the message is in the list. Both have a bound.
 */
import type { Message } from "../../../src/model.ts";
import type { CommandError } from "../../client/requests.ts";
import type { Kit } from "../../chat/kit.ts";
import type { TopicState } from "../../client/state.ts";

/** So many are kept; nobody has more quotes and pins before them. */
const MAX_KEPT = 200;
/** A step shows or loads some fifty messages more: further back than this is for the transcript. */
const MAX_STEPS = 80;
/** The pause before a message that could not be had is asked for again. */
const PAUSE_MS = 3_000;
/** How long a page may take. */
const MAX_WAIT_MS = 10_000;

export type Reach = ReturnType<typeof createReach>;

/** Makes the part of one chat. */
export function createReach({
  root,
  host,
  command_: command,
  topic: now,
  state,
  refresh_: refresh,
  tell_: tell,
  words,
}: Kit) {
  /** By epoch and offset; nothing is what is not kept any longer. */
  const kept = new Map<string, Message | undefined>();
  const asked = new Set<string>();
  /** Changes up to here are known, by topic. */
  const seen = new Map<string, number>();
  /** Something was to be asked for without a connection. */
  let isWaiting = false;
  let jumps = 0;

  const keyOf = (t: TopicState, offset: number) => `${t.topic} ${t.cursor?.epoch} ${offset}`;

  async function ask(t: TopicState, offset: number): Promise<void> {
    const key = keyOf(t, offset);
    if (asked.has(key)) return;
    if (state().connection !== "online") {
      isWaiting = true;
      return;
    }
    asked.add(key);
    try {
      const { messages } = await command("history", { topic: t.topic, before: offset + 1, limit: 1 });
      kept.set(
        key,
        messages.find((m) => m.offset === offset),
      );
      for (const old of [...kept.keys()].slice(0, -MAX_KEPT)) kept.delete(old);
      refresh();
    } catch (cause) {
      // It is asked for again when it is drawn again, unless that is no use; in a busy topic that is at once.
      if (!(cause as CommandError).retry) kept.set(key, undefined);
      else await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      isWaiting = true;
    } finally {
      asked.delete(key);
    }
  }
  /** What was changed since it was asked for is asked for again: the server has it in its present form. */
  function follow(t: TopicState): void {
    if (isWaiting && state().connection === "online") {
      isWaiting = false;
      refresh();
    }
    const from = seen.get(t.topic) ?? t.last;
    seen.set(t.topic, t.last);
    for (let i = t.messages.length - 1; (t.messages[i]?.offset ?? 0) > from; i--) {
      const { kind, target } = t.messages[i] ?? {};
      if (target !== undefined && kind !== "react" && kept.has(keyOf(t, target))) void ask(t, target);
    }
  }

  /** A message of the topic: from the list, or as it was fetched. Nothing while it is on its way, and when it is gone. */
  function find(offset: number): Message | undefined {
    const t = now();
    if (!t || offset < t.first) return undefined;
    const held = t.messages.find((m) => m.offset === offset);
    if (held) return held;
    const key = keyOf(t, offset);
    if (!kept.has(key)) void ask(t, offset);
    return kept.get(key);
  }

  const box = () => root.querySelector<HTMLElement>("[part=log]");
  const mounted = () => [...root.querySelectorAll<HTMLElement>("[part=log] [data-offset]")];
  const offsetOf = (element: HTMLElement | undefined) => Number(element?.dataset.offset);

  function show(text: HTMLElement): void {
    const article = text.closest<HTMLElement>("article");
    const [log, row] = [box(), article?.parentElement];
    if (!article || !log || !row) return;
    // Only our own box is scrolled, never the page around it.
    log.scrollTop = row.offsetTop - log.clientHeight / 3;
    const { activeElement } = document;
    // The visitor may have gone elsewhere while it was loading.
    if (activeElement === host || activeElement === document.body || !activeElement)
      article.focus({ preventScroll: true });
    row.classList.remove("flash");
    void row.offsetWidth;
    row.classList.add("flash");
  }
  /** Waits until other messages are in the page than before; not at the beginning of all. */
  async function another(first: number, last: number, isUp: boolean): Promise<boolean> {
    const until = performance.now() + MAX_WAIT_MS;
    while (performance.now() < until) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const all = mounted();
      if (offsetOf(all[0]) !== first || offsetOf(all.at(-1)) !== last) return true;
      const isWhole = isUp && now()?.first === offsetOf(all[0]);
      if (isWhole) break;
    }
    return false;
  }

  return {
    find,
    follow,
    /** Shows a message, wherever it is, and marks it for a moment. */
    async jump(offset: number): Promise<void> {
      const mine = ++jumps;
      const topic = now()?.topic;
      for (let step = 0; step < MAX_STEPS; step++) {
        const all = mounted();
        const text = all.find((element) => offsetOf(element) === offset);
        if (text) return show(text);
        const [first, last] = [offsetOf(all[0]), offsetOf(all.at(-1))];
        const log = box();
        if (!log || !(offset < first || offset > last)) break;
        // The list mounts and loads what is near its edges.
        log.scrollTop = offset < first ? 0 : log.scrollHeight;
        const hasMoved = await another(first, last, offset < first);
        // Another jump, or another topic, whose offsets are others.
        if (mine !== jumps || now()?.topic !== topic) return;
        if (!hasMoved) break;
      }
      tell(words.far);
    },
    stop_(): void {
      jumps++;
    },
  };
}
