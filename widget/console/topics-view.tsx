/** Topics: the list with search, and a button that makes one. A topic of its own address is drawn by topic-page. */
import { h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { keepInAddress } from "./address.ts";
import { ask, inWords, part } from "./ask.ts";
import { Dialog, Trouble, When } from "./bits.tsx";
import { useHeldPlaces } from "./held-places.ts";
import { useHotkeys } from "./hotkeys.ts";
import { usePolled } from "./polled.ts";
import { RulesForm } from "./rules-form.tsx";
import { SearchField, useSearch } from "./search-field.tsx";
import { TopicPage } from "./topic-page.tsx";
import type { Rule } from "./topic-rule.ts";
import type { ViewProps } from "./shell.tsx";
import { inBytes, words } from "./speech.ts";

interface ListedTopic {
  name: string;
  title?: string;
  rule?: string;
  entries: number;
  bytes: number;
  lastAt?: number;
  people: number;
  waiting: number;
  readOnly: boolean;
}

const POLL_MS = 5000;
/** What topics are sorted by; the first needs no word in the address. */
const SORTS = ["name", "people", "messages", "size", "last"] as const;
type Sort = (typeof SORTS)[number];
const sortOf = (text: string | null): Sort => SORTS.find((sort) => sort === text) ?? "name";

function Row({ topic }: { topic: ListedTopic }) {
  const { name, title, rule, entries, bytes, lastAt, people, waiting, readOnly } = topic;
  return (
    <li class="row topic">
      <div class="grow">
        <a href={`#/topics/${part(name)}`}>{name}</a>
        {title !== undefined && (
          <span class="muted" dir="auto">
            {title}
          </span>
        )}
        {readOnly && <span class="badge">{words.topics.readOnly}</span>}
        {rule === undefined && <span class="badge">{words.topics.closed}</span>}
        {waiting > 0 && (
          <a class="badge is-loud" href="#/inbox">
            {words.shell.waiting(waiting)}
          </a>
        )}
      </div>
      <span class="figure">{words.topics.here(people)}</span>
      <span class="figure">{words.topics.messages(entries)}</span>
      <span class="figure muted">{inBytes(bytes)}</span>
      <span class="figure muted">{lastAt === undefined ? words.topics.noneYet : <When at={lastAt} />}</span>
    </li>
  );
}

/** Draws the form that makes a topic. */
function NewTopic({ onClose, go }: { onClose: () => void; go: (to: string) => void }) {
  const [trouble, setTrouble] = useState("");
  const make = async (event: SubmitEvent) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("name") ?? "").trim();
    try {
      await ask("PUT", `topics/${part(name)}`, {});
      onClose();
      go(`topics/${part(name)}`);
    } catch (error) {
      setTrouble(inWords(error));
    }
  };
  return (
    <Dialog title={words.topics.make} onClose={onClose}>
      <form onSubmit={(event) => void make(event)}>
        <label for="new-topic">{words.topics.nameOrPattern}</label>
        <div class="line">
          <input
            id="new-topic"
            name="name"
            required
            maxLength={65}
            spellcheck={false}
            autocomplete="off"
            aria-describedby="new-topic-trouble"
          />
          <button class="button" type="submit">
            {words.common.create}
          </button>
        </div>
        <p id="new-topic-trouble" class="trouble" role="alert" dir="auto">
          {trouble}
        </p>
        <p class="muted">{words.topics.hint}</p>
      </form>
    </Dialog>
  );
}

/** Draws the choice of the order. */
const Order = ({
  sort,
  isReversed,
  onChange,
}: {
  sort: Sort;
  isReversed: boolean;
  onChange: (sort: Sort, isReversed: boolean) => void;
}) => (
  <div class="line order">
    <label>
      {words.topics.sort}{" "}
      <select value={sort} onChange={({ currentTarget }) => onChange(sortOf(currentTarget.value), false)}>
        {SORTS.map((one) => (
          <option key={one} value={one}>
            {words.topics.sorts[one]}
          </option>
        ))}
      </select>
    </label>
    <button
      class="plain outlined"
      type="button"
      aria-pressed={isReversed}
      aria-label={words.topics.reverse}
      title={words.topics.reverse}
      onClick={() => onChange(sort, !isReversed)}
    >
      {/* Names begin with the first letter, numbers with the largest. */}
      {isReversed === (sort === "name") ? "↓" : "↑"}
    </button>
  </div>
);

function List({ go, isOperator, query }: ViewProps) {
  const { search, setSearch, wanted } = useSearch(query.get("search") ?? "");
  const [sort, setSort] = useState(sortOf(query.get("sort")));
  const [isReversed, setReversed] = useState(query.has("reversed"));
  useEffect(
    () =>
      keepInAddress("topics", {
        sort: sort === "name" ? "" : sort,
        reversed: isReversed ? "1" : "",
        search: wanted,
      }),
    [sort, isReversed, wanted],
  );
  const [limit, setLimit] = useState(50);
  const [isMaking, setMaking] = useState(false);
  const order = isReversed ? `&order=${sort === "name" ? "desc" : "asc"}` : "";
  const found = wanted === "" ? "" : `&search=${part(wanted)}`;
  const path = `log/topics?limit=${limit}&sort=${sort}${order}${found}`;
  const { data, trouble } = usePolled<{ topics: ListedTopic[]; more: boolean; incomplete?: true }>(
    path,
    POLL_MS,
  );
  const { data: rules } = usePolled<{ topics: Rule[] }>(isOperator ? "topics" : undefined, 0);
  // The list of before stays until that of another order or search is there.
  const shown = useRef<{ path: string; data: typeof data }>({ path, data });
  if (data) shown.current = { path, data };
  const list = shown.current.data;
  const { shown: topics, listeners } = useHeldPlaces(
    list?.topics ?? [],
    { keyOf: ({ name }) => name, news: "last" },
    shown.current.path,
  );
  useHotkeys(isOperator ? { n: () => setMaking(true) } : {});
  const levels: Readonly<Record<string, string>> = words.rules.levels;
  const patterns = rules?.topics.filter(({ pattern }) => pattern.endsWith("*")) ?? [];
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>{words.views.topics}</h1>
        {isOperator && (
          <button class="button" type="button" onClick={() => setMaking(true)}>
            {words.topics.make}
          </button>
        )}
      </div>
      <SearchField label={words.topics.search} value={search} onChange={setSearch} />
      <Order
        sort={sort}
        isReversed={isReversed}
        onChange={(next, reversed) => {
          setSort(next);
          setReversed(reversed);
        }}
      />
      {list?.incomplete && <p class="warning">{words.topics.someOnly}</p>}
      <Trouble text={trouble} />
      <ul class="rows" {...listeners}>
        {topics.map((topic) => (
          <Row key={topic.name} topic={topic} />
        ))}
      </ul>
      {list?.topics.length === 0 && <p class="muted">{words.topics.notFound}</p>}
      {list?.more && limit < 100 && (
        <button class="plain outlined" type="button" onClick={() => setLimit(100)}>
          {words.topics.showMore(100)}
        </button>
      )}
      {list?.more && limit >= 100 && <p class="muted">{words.topics.more}</p>}
      {patterns.length > 0 && (
        <section aria-labelledby="patterns">
          <h2 id="patterns">{words.topics.patterns}</h2>
          <ul class="rows">
            {patterns.map(({ pattern, guests, users }) => (
              <li key={pattern} class="row">
                <a class="grow" href={`#/topics/${part(pattern)}`}>
                  <bdi dir="ltr">{pattern}</bdi>
                </a>
                <span class="muted">
                  {words.rules.fields.guests.label}: {levels[guests] ?? guests} ·{" "}
                  {words.rules.fields.users.label}: {levels[users] ?? users}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {isMaking && <NewTopic go={go} onClose={() => setMaking(false)} />}
    </section>
  );
}

/** Draws the view. */
export function TopicsView(props: ViewProps) {
  if (props.rest === "") return <List {...props} />;
  return (
    <TopicPage
      key={props.rest}
      {...props}
      drawRules={(rule, save) => <RulesForm rule={rule} save={save} />}
    />
  );
}
