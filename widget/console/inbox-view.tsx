/**
 * The inbox: held and reported messages of all topics, oldest first, each decided by one key. Nothing jumps: what is decided stays in
 * its place, and new cases come at the end.
 */
import { h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Message, ModerationAct } from "../../src/model.ts";
import { moderate, MUTE_S } from "./act.ts";
import { part } from "./ask.ts";
import { When } from "./bits.tsx";
import { useHotkeys } from "./hotkeys.ts";
import { type Case, type Entry, merge, userOf } from "./inbox-cases.ts";
import { Author, MessageLine } from "./message-line.tsx";
import { usePolled } from "./polled.ts";
import type { ViewProps } from "./shell.tsx";

const POLL_MS = 3000;
/** Messages around a case. */
const CONTEXT = 8;
const REASONS = {
  review: "held for review",
  words: "held for its words",
  links: "held for its links",
} as const;

/** What a key does with a case. */
interface Decision {
  key: string;
  name: string;
  act: (one: Case) => ModerationAct | undefined;
  done: string;
  /** Whether it decides the case, or only concerns its author. */
  decides: boolean;
  isDanger?: boolean;
}

const DECISIONS: readonly Decision[] = [
  {
    key: "a",
    name: "Approve",
    done: "Approved.",
    decides: true,
    act: (one) =>
      one.kind === "held"
        ? { action: "approve", user: one.held.user.id, messageId: one.held.messageId }
        : { action: "dismiss", target: one.offset },
  },
  {
    key: "r",
    name: "Reject",
    done: "Rejected.",
    decides: true,
    isDanger: true,
    act: (one) =>
      one.kind === "held"
        ? { action: "reject", user: one.held.user.id, messageId: one.held.messageId }
        : { action: "remove", target: one.offset },
  },
  {
    key: "m",
    name: "Mute 10 min",
    done: "Muted for ten minutes.",
    decides: false,
    act: (one) => withUser(one, (user) => ({ action: "timeout", user, seconds: MUTE_S })),
  },
  {
    key: "b",
    name: "Ban",
    done: "Banned.",
    decides: false,
    isDanger: true,
    act: (one) => withUser(one, (user) => ({ action: "ban", user })),
  },
  {
    key: "h",
    name: "Shadow ban",
    done: "Shadow-banned.",
    decides: false,
    isDanger: true,
    act: (one) => withUser(one, (user) => ({ action: "shadow", user, on: true })),
  },
];

function withUser(one: Case, act: (user: string) => ModerationAct): ModerationAct | undefined {
  const user = userOf(one);
  return user && act(user.id);
}

/** The name of a decision for a case: a reported message is kept or removed. */
const nameOf = ({ key, name }: Decision, { kind }: Case): string =>
  kind === "reported" && key === "a" ? "Keep" : kind === "reported" && key === "r" ? "Remove" : name;
const doneOf = ({ key, done }: Decision, { kind }: Case): string =>
  kind === "reported" && key === "a" ? "Kept." : kind === "reported" && key === "r" ? "Removed." : done;

/** Draws the messages around a case. */
function Context({ one }: { one: Case }) {
  const before = one.kind === "reported" ? `&before=${one.offset + CONTEXT / 2}` : "";
  const path = `topics/${part(one.topic)}/messages?limit=${CONTEXT}${before}`;
  const { data, trouble } = usePolled<{ messages: Message[] }>(path, 0);
  if (trouble) return <p class="trouble">{trouble}</p>;
  if (!data) return <p class="muted">Loading the messages around it…</p>;
  if (data.messages.length === 0) return <p class="muted">The topic has no messages yet.</p>;
  return (
    <ul class="context" aria-label="Messages around it">
      {data.messages.map((message) => (
        <MessageLine
          key={message.offset}
          message={message}
          isMarked={one.kind === "reported" && message.offset === one.offset}
        />
      ))}
    </ul>
  );
}

function CaseBody({ one }: { one: Case }) {
  if (one.kind === "held")
    return (
      <div>
        <div class="meta">
          <Author user={one.held.user} />
        </div>
        {one.held.title !== undefined && (
          <p class="title" dir="auto">
            {one.held.title}
          </p>
        )}
        <p class="text" dir="auto">
          {one.held.text}
        </p>
      </div>
    );
  const { message, reports } = one;
  return (
    <div>
      {message ? (
        <div>
          <div class="meta">
            <Author user={message.user} />
          </div>
          <p class="text" dir="auto">
            {message.removed ? "The message is removed." : message.text}
          </p>
        </div>
      ) : (
        <p class="muted">The topic no longer has the message.</p>
      )}
      <ul class="reports">
        {reports.map(({ by, byName, why }) => (
          <li key={by} class="muted">
            reported by <span dir="auto">{byName ?? by}</span>
            {why !== undefined && (
              <span dir="auto">
                {": "}
                {why}
              </span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Draws the view. */
export function InboxView({ run }: ViewProps) {
  const { data, trouble, reload } = usePolled<{ cases: Case[]; count: number }>("inbox", POLL_MS);
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const [current, setCurrent] = useState<string>();
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
  const mark = (key: string, state: Entry["state"], word?: string) =>
    setEntries((before) => before.map((entry) => (entry.key === key ? { ...entry, state, word } : entry)));

  async function decide(decision: Decision, entry: Entry): Promise<void> {
    const act = decision.act(entry.one);
    if (!act || (decision.decides && entry.state !== "open")) return;
    const done = doneOf(decision, entry.one);
    if (decision.decides) mark(entry.key, "busy");
    const isDone = await run(undefined, async () => {
      const outcome = await moderate(entry.one.topic, act, done);
      return outcome.undo ? { ...outcome, undo: () => outcome.undo?.().then(() => reload()) } : outcome;
    });
    if (!decision.decides) return void reload();
    mark(entry.key, isDone ? "done" : "open", isDone ? done : undefined);
  }
  async function decideAll(decision: Decision): Promise<void> {
    const wanted = picked.size > 0 ? entries.filter(({ key }) => picked.has(key)) : chosen ? [chosen] : [];
    setPicked(new Set());
    for (const entry of wanted) await decide(decision, entry);
    const next = entries.findIndex(
      ({ state, key }, i) => i > at && state === "open" && !wanted.some((one) => one.key === key),
    );
    if (decision.decides && next >= 0) choose(next);
  }
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
    ...Object.fromEntries(DECISIONS.map((decision) => [decision.key, () => void decideAll(decision)])),
  });

  const open = entries.filter(({ state }) => state === "open").length;
  const settled = entries.length - open;
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>Inbox</h1>
        {settled > 0 && (
          <button
            class="plain outlined"
            type="button"
            onClick={() => setEntries(entries.filter(({ state }) => state === "open" || state === "busy"))}
          >
            Clear {settled} decided
          </button>
        )}
      </div>
      <p class="muted" role="status">
        {data === undefined
          ? "Looking…"
          : open === 0
            ? "Nothing waits."
            : `${open} ${open === 1 ? "message waits" : "messages wait"}.`}
        {data && data.count > data.cases.length
          ? ` ${data.count - data.cases.length} more come after these.`
          : ""}
        {picked.size > 0 ? ` ${picked.size} selected.` : ""}
      </p>
      {trouble && <p class="trouble">{trouble}</p>}
      <ul class="cases" ref={list}>
        {entries.map((entry) => {
          const { key, one, state, word } = entry;
          const isCurrent = chosen?.key === key && current !== undefined;
          return (
            <li key={key}>
              <article
                tabIndex={-1}
                class={`case${isCurrent ? " is-current" : ""}${state === "open" ? "" : " is-settled"}`}
                aria-label={`${one.kind} in ${one.topic}`}
                onFocusIn={() => setCurrent(key)}
                onClick={() => setCurrent(key)}
              >
                <div class="meta">
                  <input
                    type="checkbox"
                    aria-label={`Select, ${one.topic}`}
                    checked={picked.has(key)}
                    onChange={() => pick(key)}
                  />
                  <a href={`#/topics/${part(one.topic)}`}>{one.topic}</a>
                  <span class="muted">
                    {one.kind === "held" ? REASONS[one.held.heldFor] : `reported ${one.reports.length}×`},{" "}
                    <When at={one.at} />
                  </span>
                  {one.standing !== "ok" && <span class="badge">author {one.standing}</span>}
                  {word !== undefined && <span class="badge">{word}</span>}
                </div>
                <CaseBody one={one} />
                <div class="acts">
                  {DECISIONS.map((decision) => (
                    <button
                      key={decision.key}
                      type="button"
                      class={`plain outlined${decision.isDanger ? " danger" : ""}`}
                      disabled={(decision.decides && state !== "open") || !decision.act(one)}
                      onClick={() => void decide(decision, entry)}
                    >
                      {nameOf(decision, one)} <kbd aria-hidden="true">{decision.key}</kbd>
                    </button>
                  ))}
                </div>
                {isCurrent && <Context key={key} one={one} />}
              </article>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
