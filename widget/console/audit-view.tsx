/** The audit log, newest first: who changed what, when and why; filtered by the server over the whole log, and exported as it is filtered. */
import { h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, inWords, send } from "./ask.ts";
import { saveAs, Trouble, When } from "./bits.tsx";
import { SearchField, useSearch } from "./search-field.tsx";
import type { ViewProps } from "./shell.tsx";
import { words } from "./speech.ts";

interface AuditEntry {
  offset: number;
  at: number;
  key: string;
  value: unknown;
  by: string;
  why?: string;
}
interface Page {
  entries: AuditEntry[];
  more: boolean;
  before?: number;
}
type Filter = Readonly<Record<string, string>>;

const PAGE = 100;
/** Characters of a value that a row shows. */
const MAX_SHOWN = 400;
/** The file of an export, without its ending. */
const FILE = "audit";

const inJson = (value: unknown): string => {
  const text = value === null ? words.audit.removed : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
};

/** The time at which a day of this browser begins, `days` later. */
function startOf(day: string, days: number): string {
  const date = new Date(`${day}T00:00`);
  date.setDate(date.getDate() + days);
  return String(date.getTime());
}

/** The filter as the server takes it. */
function queryOf({ from = "", until = "", ...texts }: Filter, more: Filter): URLSearchParams {
  const query = new URLSearchParams(more);
  for (const [name, text] of Object.entries(texts)) if (text !== "") query.set(name, text);
  if (from !== "") query.set("from", startOf(from, 0));
  if (until !== "") query.set("until", startOf(until, 1));
  return query;
}

/** Loads pages of what matches a filter; an answer to an older filter is dropped. */
function useEntries(filter: Filter) {
  const [page, setPage] = useState<Page>();
  const [trouble, setTrouble] = useState("");
  const turns = useRef(0);
  async function load(earlier: readonly AuditEntry[], before?: number): Promise<void> {
    const turn = ++turns.current;
    try {
      const place = before === undefined ? {} : { before: String(before) };
      const query = queryOf(filter, { limit: String(PAGE), ...place });
      const next = await ask<Page>("GET", `audit?${query}`);
      if (turn !== turns.current) return;
      setPage({ ...next, entries: [...earlier, ...next.entries] });
      setTrouble("");
    } catch (error) {
      if (turn === turns.current) setTrouble(inWords(error));
    }
  }
  useEffect(() => void load([]), [JSON.stringify(filter)]);
  return { page, trouble, next: () => load(page?.entries ?? [], page?.before) };
}

/** Draws the view. */
export function AuditView({ run }: ViewProps) {
  const { search, setSearch, wanted } = useSearch();
  const [fields, setFields] = useState<Filter>({});
  const filter = { ...fields, q: wanted };
  const { page, trouble, next } = useEntries(filter);
  const exportAs = (format: string) =>
    run(words.common.exported, async () =>
      saveAs(`${FILE}.${format}`, await send("GET", `audit/export?${queryOf(filter, { format })}`)),
    );
  const set = (name: string) => (event: { currentTarget: HTMLInputElement }) =>
    setFields({ ...fields, [name]: event.currentTarget.value.trim() });
  const textField = (name: string, label: string) => (
    <label class="grow">
      {label}
      <input class="wide" maxLength={200} autocomplete="off" onChange={set(name)} />
    </label>
  );
  const dayField = (name: string, label: string) => (
    <label>
      {label}
      <input class="wide" type="date" onChange={set(name)} />
    </label>
  );
  const shown = page?.entries ?? [];
  const exportButton = (format: string, name: string) => (
    <button
      class="plain outlined"
      type="button"
      disabled={shown.length === 0}
      onClick={() => void exportAs(format)}
    >
      {name}
    </button>
  );
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>{words.views.audit}</h1>
        <div class="acts">
          {exportButton("jsonl", words.common.export)}
          {exportButton("csv", words.common.exportAs("CSV"))}
        </div>
      </div>
      <SearchField label={words.audit.filter} value={search} onChange={setSearch} />
      <div class="finder">
        <div class="line">
          {textField("by", words.audit.by)}
          {textField("action", words.audit.action)}
          {textField("about", words.audit.about)}
        </div>
        <div class="line">
          {dayField("from", words.audit.from)}
          {dayField("until", words.audit.until)}
        </div>
      </div>
      <Trouble text={trouble} />
      <ul class="rows">
        {shown.map(({ offset, at, key, value, by, why }) => (
          <li key={offset} class="row">
            <div class="grow">
              <code>{key}</code>{" "}
              <bdi class="muted" dir="ltr">
                {inJson(value)}
              </bdi>
              {why !== undefined && (
                <div class="muted" dir="auto">
                  {words.audit.reason(why)}
                </div>
              )}
            </div>
            <span class="muted">
              {by} · <When at={at} />
            </span>
          </li>
        ))}
      </ul>
      {page && shown.length === 0 && (
        <p class="muted" role="status">
          {page.more ? words.audit.soFar : words.audit.notFound}
        </p>
      )}
      {page?.more && (
        <button class="plain outlined" type="button" onClick={() => void next()}>
          {words.audit.more(PAGE)}
        </button>
      )}
    </section>
  );
}
