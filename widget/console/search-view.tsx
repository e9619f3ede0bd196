/**
 * The search for messages of all topics by words, author, topic and time. Each match has the moderators' acts, and the way to
 * its place in its topic.
 */
import { h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Message, ModerationAct } from "../../src/model.ts";
import { moderate } from "./act.ts";
import { ask, inWords, part } from "./ask.ts";
import { Trouble } from "./bits.tsx";
import { useHotkeys } from "./hotkeys.ts";
import { MessageActs, MessageLine } from "./message-line.tsx";
import { useModerateMenu } from "./moderate-menu.tsx";
import type { ViewProps } from "./shell.tsx";
import { words } from "./speech.ts";

interface Page {
  /** The words that were searched for. */
  query: string;
  messages: Message[];
  more: boolean;
  before?: number;
  incomplete?: boolean;
}
/** What is searched for, as the parameters of the request. */
type Filters = Record<string, string>;

const PAGE = 30;

/** The filters of the form that are filled in; a day is searched to its end. */
function filtersOf(form: HTMLFormElement): Filters {
  const filters: Filters = {};
  for (const [name, value] of new FormData(form)) {
    const text = String(value).trim();
    if (text !== "") filters[name] = text;
  }
  if (filters.before !== undefined) {
    const day = new Date(`${filters.before}T00:00`);
    filters.before = String(day.setDate(day.getDate() + 1));
  }
  return filters;
}

/** The pages of one search: the messages so far, and what loads the first page, the next one, or all of them again. */
function useFinds() {
  const [page, setPage] = useState<Page>();
  const [trouble, setTrouble] = useState("");
  const asked = useRef({ filters: {} as Filters, turn: 0 });

  async function load(filters: Filters, earlier: readonly Message[], before?: string): Promise<void> {
    const turn = ++asked.current.turn;
    asked.current.filters = filters;
    const query = new URLSearchParams({ ...filters, limit: String(PAGE), ...(before ? { before } : {}) });
    try {
      const found = await ask<Omit<Page, "query">>("GET", `search?${query}`);
      if (turn !== asked.current.turn) return;
      setTrouble("");
      setPage({ ...found, query: filters.q ?? "", messages: [...earlier, ...found.messages] });
    } catch (error) {
      if (turn !== asked.current.turn) return;
      setTrouble(inWords(error));
      if (earlier.length === 0) setPage(undefined);
    }
  }
  return {
    page,
    trouble,
    find: (filters: Filters) => load(filters, []),
    next() {
      const last = page?.messages.at(-1);
      const place = page?.before ?? (last && `${last.topic}/${last.offset}`);
      return load(
        asked.current.filters,
        page?.messages ?? [],
        place === undefined ? undefined : String(place),
      );
    },
    /** Takes a removed message out of the list. */
    drop: ({ topic, offset }: Message) =>
      setPage(
        (now) =>
          now && { ...now, messages: now.messages.filter((m) => m.topic !== topic || m.offset !== offset) },
      ),
    again: () => load(asked.current.filters, []),
  };
}

/** Draws the view. */
export function SearchView({ run, rest }: ViewProps) {
  const { page, trouble, find, next, drop, again } = useFinds();
  const { open, menu } = useModerateMenu(run);
  const form = useRef<HTMLFormElement>(null);
  const list = useRef<HTMLUListElement>(null);
  // The address may name an author: then the author's messages are shown.
  useEffect(() => {
    if (rest !== "") void find({ user: rest });
  }, [rest]);
  const move = (step: number) => {
    const links = [...(list.current?.querySelectorAll<HTMLElement>("a") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
  };
  useHotkeys({
    "/": () => form.current?.querySelector("input")?.focus(),
    j: () => move(1),
    k: () => move(-1),
  });
  const act = (message: Message) => (body: ModerationAct, done: string) =>
    run(undefined, async () => {
      const outcome = await moderate(message.topic, body, done);
      if (body.action === "remove") drop(message);
      const { undo } = outcome;
      return { ...outcome, undo: undo && (() => undo().then(again)) };
    });
  const count = page?.messages.length ?? 0;
  const field = (name: string, label: string, value?: string) => (
    <label class="grow">
      {label}
      <input
        class="wide"
        name={name}
        type="search"
        maxLength={200}
        autocomplete="off"
        dir="auto"
        defaultValue={value}
      />
    </label>
  );
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>{words.views.search}</h1>
      </div>
      <form
        ref={form}
        key={rest}
        class="finder"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          void find(filtersOf(event.currentTarget));
        }}
      >
        {field("q", words.search.words)}
        <div class="line">
          {field("user", words.search.author, rest)}
          {field("topic", words.search.topic)}
          <label>
            {words.search.before}
            <input class="wide" name="before" type="date" />
          </label>
          <button class="button" type="submit">
            {words.search.find}
          </button>
        </div>
      </form>
      <p class="muted">{words.search.about}</p>
      <Trouble text={trouble === "" ? undefined : trouble} />
      <p role="status">
        {page &&
          (count > 0
            ? words.search.found(count, page.more)
            : page.more
              ? words.search.soFar
              : words.search.none)}{" "}
        {page?.incomplete && words.search.partial}
      </p>
      <ul class={count > 0 ? "card context" : "rows"} ref={list}>
        {page?.messages.map((message) => (
          <MessageLine key={`${message.topic}/${message.offset}`} message={message} query={page.query}>
            <div class="line">
              <a href={`#/topics/${part(message.topic)}/${message.offset}`}>
                {message.topic}
                <span class="unseen"> · {words.search.around}</span>
              </a>
              <MessageActs message={message} act={act(message)} onMore={open} />
            </div>
          </MessageLine>
        ))}
      </ul>
      {menu}
      {page?.more && (
        <button class="plain outlined" type="button" onClick={() => void next()}>
          {words.search.more}
        </button>
      )}
    </section>
  );
}
