/** The audit log, newest first: who changed what, when and why. A filter over what is loaded, and an export of it as JSON Lines. */
import { h } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, inWords } from "./ask.ts";
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

const PAGE = 100;
/** Characters of a value that a row shows. */
const MAX_SHOWN = 400;

/** Whether an entry has a text, in any of its parts. */
export const hasText = (entry: AuditEntry, text: string): boolean =>
  JSON.stringify(entry).toLowerCase().includes(text.toLowerCase());

const inJson = (value: unknown): string => {
  const text = value === null ? words.audit.removed : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
};

/** Draws the view. */
export function AuditView({ run }: ViewProps) {
  const [entries, setEntries] = useState<readonly AuditEntry[]>([]);
  const [isEnd, setEnd] = useState(false);
  const [trouble, setTrouble] = useState("");
  const { search, setSearch, wanted } = useSearch();
  async function load(before?: number): Promise<void> {
    try {
      const path = `audit?limit=${PAGE}${before === undefined ? "" : `&before=${before}`}`;
      const page = (await ask<{ entries: AuditEntry[] }>("GET", path)).entries;
      setEntries((shown) => (before === undefined ? page : [...shown, ...page]));
      setEnd(page.length < PAGE);
    } catch (error) {
      setTrouble(inWords(error));
    }
  }
  useEffect(() => void load(), []);
  const shown = wanted === "" ? entries : entries.filter((entry) => hasText(entry, wanted));
  const exportShown = () =>
    run(words.common.exported, () =>
      saveAs("audit.jsonl", new Response(shown.map((entry) => `${JSON.stringify(entry)}\n`).join(""))),
    );
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>{words.views.audit}</h1>
        <button
          class="plain outlined"
          type="button"
          disabled={shown.length === 0}
          onClick={() => void exportShown()}
        >
          {words.audit.export(shown.length)}
        </button>
      </div>
      <SearchField label={words.audit.filter} value={search} onChange={setSearch} />
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
      {entries.length > 0 && shown.length === 0 && <p class="muted">{words.audit.notFound}</p>}
      {!isEnd && entries.length > 0 && (
        <button class="plain outlined" type="button" onClick={() => void load(entries.at(-1)?.offset)}>
          {words.audit.more(PAGE)}
        </button>
      )}
    </section>
  );
}
