/** A case of the inbox: the message, who wrote it, why it waits, the buttons that decide it, and the messages around it while it is chosen. */
import { h } from "preact";
import type { InboxCase, Message } from "../../src/model.ts";
import { part } from "./ask.ts";
import { Filled, Trouble, When } from "./bits.tsx";
import { type Decision, DECISIONS, nameOf, TAKE_KEY } from "./decisions.ts";
import type { Entry } from "./inbox-cases.ts";
import { Author, MessageLine } from "./message-line.tsx";
import { usePolled } from "./polled.ts";
import { inList, words } from "./speech.ts";

/** The standing of an author in words. */
const STANDINGS = (): Readonly<Record<string, string>> => words.inbox.author;
/** Messages around a case. */
const CONTEXT = 8;

/** Draws the messages around a case. */
function Context({ one }: { one: InboxCase }) {
  const before = one.kind === "held" ? "" : `&before=${one.offset + CONTEXT / 2}`;
  const path = `topics/${part(one.topic)}/messages?limit=${CONTEXT}${before}`;
  const { data, trouble } = usePolled<{ messages: Message[] }>(path, 0);
  if (trouble) return <Trouble text={trouble} />;
  if (!data) return <p class="muted">{words.inbox.loadingContext}</p>;
  if (data.messages.length === 0) return <p class="muted">{words.inbox.noContext}</p>;
  return (
    <ul class="context" aria-label={words.inbox.context}>
      {data.messages.map((message) => (
        <MessageLine
          key={message.offset}
          message={message}
          isMarked={one.kind !== "held" && message.offset === one.offset}
        />
      ))}
    </ul>
  );
}

function CaseBody({ one }: { one: InboxCase }) {
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
  const { message } = one;
  return (
    <div>
      {message ? (
        <div>
          <div class="meta">
            <Author user={message.user} />
          </div>
          <p class="text" dir="auto">
            {message.removed ? words.inbox.removed : message.text}
          </p>
        </div>
      ) : (
        <p class="muted">{words.inbox.gone}</p>
      )}
      {one.kind === "reported" && (
        <ul class="reports">
          {one.reports.map(({ by, byName, why }) => (
            <li key={by} class="muted">
              <Filled text={words.inbox.reportedBy} parts={{ name: <bdi>{byName ?? by}</bdi> }} />
              {why !== undefined && (
                <span>
                  {" · "}
                  <bdi>{why}</bdi>
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Why a case waits. */
function reasonOf(one: InboxCase): string {
  if (one.kind === "held") return words.inbox.heldFor[one.held.heldFor];
  return one.kind === "reported" ? words.inbox.reported(one.reports.length) : words.inbox.first;
}

export interface CaseCardProps {
  entry: Entry;
  isCurrent: boolean;
  isPicked: boolean;
  /** The names of others who look at the case now. */
  lookers: readonly string[];
  /** Who has taken the case. */
  take: { by: string; own: boolean } | undefined;
  onTake: () => void;
  onChoose: () => void;
  onPick: () => void;
  onDecide: (decision: Decision) => void;
}

/** Draws the case. */
export function CaseCard(props: CaseCardProps) {
  const { entry, isCurrent, isPicked, lookers, take, onTake, onChoose, onPick, onDecide } = props;
  const { one, state, word } = entry;
  return (
    <li>
      <article
        tabIndex={-1}
        class={`case${isCurrent ? " is-current" : ""}${state === "open" ? "" : " is-settled"}`}
        aria-label={words.inbox.label[one.kind](one.topic)}
        onFocusIn={onChoose}
        onClick={onChoose}
      >
        <div class="meta">
          <input
            type="checkbox"
            aria-label={words.inbox.select(one.topic)}
            checked={isPicked}
            onChange={onPick}
          />
          <a href={`#/topics/${part(one.topic)}`}>{one.topic}</a>
          <span class="muted">
            {reasonOf(one)} · <When at={one.at} />
          </span>
          {one.standing !== "ok" && <span class="badge">{STANDINGS()[one.standing] ?? one.standing}</span>}
          {word !== undefined && <span class="badge">{word}</span>}
          {take && state === "open" && (
            <span class={`badge${take.own ? "" : " is-loud"}`} dir="auto">
              {take.own ? words.inbox.own : words.inbox.taken(take.by)}
            </span>
          )}
          {lookers.length > 0 && state === "open" && (
            <span class="badge is-loud" role="status" dir="auto">
              {words.inbox.looking(inList(lookers))}
            </span>
          )}
        </div>
        <CaseBody one={one} />
        <div class="acts">
          {DECISIONS.map((decision) => (
            <button
              key={decision.key}
              type="button"
              class={`plain outlined${decision.isDanger ? " danger" : ""}`}
              disabled={(decision.decides && state !== "open") || !decision.act(one)}
              onClick={() => onDecide(decision)}
            >
              {nameOf(decision, one)} <kbd aria-hidden="true">{decision.key}</kbd>
            </button>
          ))}
          {(!take || take.own) && (
            <button class="plain outlined" type="button" disabled={state !== "open"} onClick={onTake}>
              {take ? words.inbox.release : words.inbox.take} <kbd aria-hidden="true">{TAKE_KEY}</kbd>
            </button>
          )}
        </div>
        {isCurrent && <Context one={one} />}
      </article>
    </li>
  );
}
