/** People: finds users by name or id, shows where they are and their sanctions, lifts these, revokes, exports and erases. */
import { h } from "preact";
import { useState } from "preact/hooks";
import type { Sanction } from "../../src/model.ts";
import { moderate } from "./act.ts";
import { ask, part, send } from "./ask.ts";
import { ConfirmDialog, saveAs, When } from "./bits.tsx";
import { usePolled } from "./polled.ts";
import { SearchField, useSearch } from "./search-field.tsx";
import type { ViewProps } from "./shell.tsx";

interface Person {
  id: string;
  name?: string;
  role?: string;
  here: string[];
  sanctions: (Sanction & { topic: string })[];
}

const POLL_MS = 10_000;
const KINDS = { mute: "muted", ban: "banned", shadow: "shadow-banned" } as const;
/** Ids of guests and signed users, whose credentials can be revoked. */
const REVOCABLE = /^(?:u:|g-)/;
const ID = /^(?:u:|g-|a-|key:)\S+$/;

function SanctionLine({ sanction, onLift }: { sanction: Sanction & { topic: string }; onLift: () => void }) {
  const { topic, kind, until, by, at, why } = sanction;
  return (
    <li class="line">
      <span class="grow">
        {KINDS[kind]} in <a href={`#/topics/${part(topic)}`}>{topic}</a>{" "}
        <span class="muted">
          by {by}, <When at={at} />
          {until === undefined ? ", without end" : ", ends "}
          {until !== undefined && <When at={until} />}
          {why !== undefined && <span dir="auto">{`: ${why}`}</span>}
        </span>
      </span>
      <button class="plain" type="button" onClick={onLift}>
        Lift
      </button>
    </li>
  );
}

function PersonRow({
  person,
  run,
  reload,
}: {
  person: Person;
  run: ViewProps["run"];
  reload: () => Promise<void>;
}) {
  const [isErasing, setErasing] = useState(false);
  const { id, name, role, here, sanctions } = person;
  const path = `users/${part(id)}`;
  const lift = ({ topic, kind }: Sanction & { topic: string }) =>
    run(undefined, async () => {
      const act =
        kind === "shadow"
          ? ({ action: "shadow", user: id, on: false } as const)
          : ({ action: "unban", user: id } as const);
      const outcome = await moderate(topic, act, "Lifted.");
      await reload();
      return { ...outcome, undo: outcome.undo && (() => outcome.undo?.().then(reload)) };
    });
  const revoke = () =>
    run("Revoked: every sign-in so far is refused.", async () => {
      await ask("POST", `${path}/revoke`, {});
      await reload();
    });
  const exportAll = () =>
    run("Exported.", async () =>
      saveAs(`${id.replaceAll(/[^\w-]/g, "_")}.json`, await send("GET", `${path}/export`)),
    );
  const erase = () =>
    run(undefined, async () => {
      const { erased } = await ask<{ erased: number }>("DELETE", path, {});
      await reload();
      return { text: `Erased from ${erased} entries.` };
    });
  return (
    <li class="row">
      <div class="grow">
        <strong dir="auto">{name ?? id}</strong>
        <span class="muted"> {name === undefined ? "" : id}</span>
        {role !== undefined && <span class="badge">{role}</span>}
        {here.length > 0 && (
          <div class="muted">
            here:{" "}
            {here.map((topic, i) => (
              <span key={topic}>
                {i > 0 && ", "}
                <a href={`#/topics/${part(topic)}`}>{topic}</a>
              </span>
            ))}
          </div>
        )}
        {sanctions.length > 0 && (
          <ul class="reports">
            {sanctions.map((sanction) => (
              <SanctionLine
                key={`${sanction.topic} ${sanction.kind}`}
                sanction={sanction}
                onLift={() => void lift(sanction)}
              />
            ))}
          </ul>
        )}
      </div>
      <div class="acts">
        <button class="plain outlined" type="button" onClick={() => void exportAll()}>
          Export<span class="unseen"> {id}</span>
        </button>
        {REVOCABLE.test(id) && (
          <button class="plain outlined danger" type="button" onClick={() => void revoke()}>
            Revoke<span class="unseen"> {id}</span>
          </button>
        )}
        <button class="plain outlined danger" type="button" onClick={() => setErasing(true)}>
          Erase…<span class="unseen"> {id}</span>
        </button>
      </div>
      {isErasing && (
        <ConfirmDialog
          title="Erase"
          name={id}
          text="Removes the user’s messages, and the id and name from everything else, for good. Others keep their answers."
          onConfirm={() => void erase()}
          onClose={() => setErasing(false)}
        />
      )}
    </li>
  );
}

/** Draws the view. */
export function PeopleView({ run }: ViewProps) {
  const { search, setSearch, wanted } = useSearch();
  const path = `people${wanted === "" ? "" : `?search=${part(wanted)}`}`;
  const { data, trouble, reload } = usePolled<{ people: Person[]; count: number }>(path, POLL_MS);
  const byId =
    data && ID.test(wanted) && !data.people.some(({ id }) => id === wanted)
      ? [{ id: wanted, here: [], sanctions: [] }]
      : [];
  const shown = [...byId, ...(data?.people ?? [])];
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>People</h1>
      </div>
      <SearchField label="Search people by name or id" value={search} onChange={setSearch} />
      <p class="muted">
        Who is here now, and who has a sanction. Anybody else is found by the whole id, which stands beside
        each message.
      </p>
      {trouble && <p class="trouble">{trouble}</p>}
      <ul class="rows">
        {shown.map((person) => (
          <PersonRow key={person.id} person={person} run={run} reload={reload} />
        ))}
      </ul>
      {data && shown.length === 0 && <p class="muted">Nobody.</p>}
      {data && data.count > data.people.length && (
        <p class="muted">{data.count - data.people.length} more: search by name or id.</p>
      )}
    </section>
  );
}
