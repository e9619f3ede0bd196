/** People: finds users by name or id, among those who are here, have a sanction or have written. */
import { h } from "preact";
import { part } from "./ask.ts";
import { Trouble } from "./bits.tsx";
import { type Person, PersonRow } from "./person-row.tsx";
import { useHeldPlaces } from "./held-places.ts";
import { useModerateMenu } from "./moderate-menu.tsx";
import { usePolled } from "./polled.ts";
import { SearchField, useSearch } from "./search-field.tsx";
import type { ViewProps } from "./shell.tsx";
import { words } from "./speech.ts";

interface Found {
  people: Person[];
  more: boolean;
  incomplete?: true;
  /** The moderator has more topics than are searched. */
  topicsLeftOut?: true;
  /** Nobody is found by messages. */
  searchOff?: true;
}

const POLL_MS = 10_000;
const ID = /^(?:u:|g-|a-|key:)\S+$/;

/** Draws the view. */
export function PeopleView({ run, isOperator }: ViewProps) {
  const { search, setSearch, wanted } = useSearch();
  const { open, menu } = useModerateMenu(run);
  const path = `people${wanted === "" ? "" : `?search=${part(wanted)}`}`;
  const { data, trouble, reload } = usePolled<Found>(path, POLL_MS);
  const byId =
    data && ID.test(wanted) && !data.people.some(({ id }) => id === wanted)
      ? [{ id: wanted, here: [], wrote: [], sanctions: [] }]
      : [];
  const { shown, listeners } = useHeldPlaces<Person>(
    [...byId, ...(data?.people ?? [])],
    { keyOf: ({ id }) => id, news: "last" },
    path,
  );
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>{words.views.people}</h1>
      </div>
      <SearchField label={words.people.search} value={search} onChange={setSearch} />
      {data?.searchOff ? (
        <p class="warning">{words.people.searchOff}</p>
      ) : (
        <p class="muted">{words.people.about}</p>
      )}
      <Trouble text={trouble} />
      <ul class="rows" {...listeners}>
        {shown.map((person) => (
          <PersonRow
            key={person.id}
            person={person}
            run={run}
            reload={reload}
            isOperator={isOperator}
            onMore={open}
          />
        ))}
      </ul>
      {menu}
      {data && shown.length === 0 && <p class="muted">{words.people.nobody}</p>}
      {data?.more && <p class="muted">{words.people.more}</p>}
      {data?.topicsLeftOut && (
        <p class="warning">
          <a href="#/search">{words.views.search}</a> · {words.people.leftOut}
        </p>
      )}
      {data?.incomplete && <p class="muted">{words.people.partial}</p>}
    </section>
  );
}
