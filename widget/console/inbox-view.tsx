/**
 * The inbox: held, reported and first messages of all topics, oldest first, each decided by one key. Nothing jumps: what is decided stays in
 * its place, and new cases come at the end.
 */
import { h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { InboxCase } from "../../src/model.ts";
import { moderateAll } from "./act.ts";
import { ask, part } from "./ask.ts";
import { Trouble } from "./bits.tsx";
import { CaseCard } from "./case-card.tsx";
import { type Decision, DECISIONS, doneOf, TAKE_KEY } from "./decisions.ts";
import { useHotkeys } from "./hotkeys.ts";
import { type Entry, merge } from "./inbox-cases.ts";
import { usePolled } from "./polled.ts";
import type { ViewProps } from "./shell.tsx";
import { words } from "./speech.ts";

const POLL_MS = 3000;
/** This tab, for moderators elsewhere. */
const DESK = deskOfTab();

/** The id of this tab, which a reload keeps: what was taken stays taken. */
function deskOfTab(): string {
  try {
    const desk = sessionStorage.getItem("kabar-desk") ?? crypto.randomUUID();
    sessionStorage.setItem("kabar-desk", desk);
    return desk;
  } catch {
    return crypto.randomUUID();
  }
}

/** The kinds of cases that the list can be cut down to. */
const FILTERS = ["all", "held", "reported", "first"] as const;
type Filter = (typeof FILTERS)[number];

interface Inbox {
  cases: InboxCase[];
  count: number;
  looking: { case: string; by: string }[];
  taken: { case: string; by: string; own: boolean }[];
}

/** Draws the view. */
export function InboxView({ run }: ViewProps) {
  const [current, setCurrent] = useState<string>();
  const [filter, setFilter] = useState<Filter>("all");
  const path = `inbox?desk=${DESK}${filter === "all" ? "" : `&kind=${filter}`}`;
  const { data, trouble, reload } = usePolled<Inbox>(path, POLL_MS, () =>
    current === undefined ? "" : `&case=${part(current)}`,
  );
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (data) setEntries((before) => merge(before, data.cases, data.count > data.cases.length));
  }, [data]);

  const at = Math.max(
    0,
    entries.findIndex(({ key }) => key === current),
  );
  const chosen = entries[at];
  function choose(index: number): void {
    const entry = entries[Math.max(0, Math.min(entries.length - 1, index))];
    if (!entry) return;
    setCurrent(entry.key);
    list.current?.querySelectorAll<HTMLElement>(":scope > li > article")[entries.indexOf(entry)]?.focus();
  }
  function narrow(to: Filter): void {
    setFilter(to);
    setEntries([]);
    setPicked(new Set());
    setCurrent(undefined);
  }
  const mark = (keys: readonly string[], state: Entry["state"], word?: string) =>
    setEntries((before) =>
      before.map((entry) => (keys.includes(entry.key) ? { ...entry, state, word } : entry)),
    );

  /** Performs a decision about some cases, as one outcome with one undo. */
  async function decide(decision: Decision, about: readonly Entry[]): Promise<void> {
    const wanted = about.flatMap((entry) => {
      const act = decision.act(entry.one);
      return !act || (decision.decides && entry.state !== "open") ? [] : [{ entry, act }];
    });
    if (wanted.length === 0) return;
    const note = (keys: readonly string[], state: Entry["state"], word?: string) => {
      if (decision.decides) mark(keys, state, word);
    };
    note(
      wanted.map(({ entry }) => entry.key),
      "busy",
    );
    await run(undefined, () =>
      moderateAll(
        wanted.map(({ entry, act }) => ({ topic: entry.one.topic, act, of: entry })),
        ({ of }, isDone) =>
          note([of.key], isDone ? "done" : "open", isDone ? doneOf(decision, of.one) : undefined),
        (count) =>
          `${count > 1 ? `${words.inbox.selected(count)} ` : ""}${doneOf(decision, (wanted[0] as { entry: Entry }).entry.one)}`,
        reload,
      ),
    );
  }
  async function decideAll(decision: Decision): Promise<void> {
    const wanted = picked.size > 0 ? entries.filter(({ key }) => picked.has(key)) : chosen ? [chosen] : [];
    setPicked(new Set());
    await decide(decision, wanted);
    const next = entries.findIndex(
      ({ state, key }, i) => i > at && state === "open" && !wanted.some((one) => one.key === key),
    );
    if (decision.decides && next >= 0) choose(next);
  }
  const takeOf = (key: string) => data?.taken.find((take) => take.case === key);
  /** Takes a case, or gives it back. */
  const take = (key: string) =>
    run(undefined, async () => {
      const on = !takeOf(key)?.own;
      const { by, own } = await ask<{ by?: string; own?: boolean }>("POST", "inbox/take", {
        desk: DESK,
        case: key,
        on,
      });
      await reload();
      return by === undefined || own ? undefined : { text: words.inbox.taken(by) };
    });
  const pick = (key: string) =>
    setPicked((before) => {
      const after = new Set(before);
      if (!after.delete(key)) after.add(key);
      return after;
    });
  useHotkeys({
    j: () => choose(current === undefined ? 0 : at + 1),
    k: () => choose(at - 1),
    x: () => chosen && pick(chosen.key),
    [TAKE_KEY]: () => chosen && void take(chosen.key),
    ...Object.fromEntries(DECISIONS.map((decision) => [decision.key, () => void decideAll(decision)])),
  });

  const open = entries.filter(({ state }) => state === "open").length;
  const settled = entries.length - open;
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>{words.views.inbox}</h1>
        <select
          aria-label={words.inbox.filter.label}
          value={filter}
          onChange={({ currentTarget }) =>
            narrow(FILTERS.find((one) => one === currentTarget.value) ?? "all")
          }
        >
          {FILTERS.map((one) => (
            <option key={one} value={one}>
              {words.inbox.filter[one]}
            </option>
          ))}
        </select>
        {settled > 0 && (
          <button
            class="plain outlined"
            type="button"
            onClick={() => setEntries(entries.filter(({ state }) => state === "open" || state === "busy"))}
          >
            {words.inbox.clear(settled)}
          </button>
        )}
      </div>
      <p class="muted" role="status">
        {data === undefined
          ? words.common.loading
          : open === 0
            ? words.inbox.nothing
            : words.inbox.waiting(open)}{" "}
        {data && data.count > data.cases.length && words.inbox.more(data.count - data.cases.length)}{" "}
        {picked.size > 0 && words.inbox.selected(picked.size)}
      </p>
      <Trouble text={trouble} />
      <ul class="cases" ref={list}>
        {entries.map((entry) => (
          <CaseCard
            key={entry.key}
            entry={entry}
            isCurrent={chosen?.key === entry.key}
            isPicked={picked.has(entry.key)}
            lookers={(data?.looking ?? []).flatMap((one) => (one.case === entry.key ? one.by : []))}
            take={takeOf(entry.key)}
            onTake={() => void take(entry.key)}
            onChoose={() => setCurrent(entry.key)}
            onPick={() => pick(entry.key)}
            onDecide={(decision) => void decide(decision, [entry])}
          />
        ))}
      </ul>
    </section>
  );
}
