/** People: finds users by name or id, shows where they are and their sanctions, leads to their messages, mutes, bans, lifts, revokes, exports and erases. */
import { h } from "preact";
import { useState } from "preact/hooks";
import type { Sanction } from "../../src/model.ts";
import { moderate } from "./act.ts";
import { ask, part, send } from "./ask.ts";
import { ConfirmDialog, Filled, saveAs, Trouble, When } from "./bits.tsx";
import { UserActs } from "./message-line.tsx";
import { usePolled } from "./polled.ts";
import { SearchField, useSearch } from "./search-field.tsx";
import type { ViewProps } from "./shell.tsx";
import { words } from "./speech.ts";

interface Person {
  id: string;
  name?: string;
  role?: string;
  here: string[];
  sanctions: (Sanction & { topic: string })[];
}

const POLL_MS = 10_000;
/** Ids of guests and signed users, whose credentials can be revoked. */
const REVOCABLE = /^(?:u:|g-)/;
const ID = /^(?:u:|g-|a-|key:)\S+$/;

function SanctionLine({ sanction, onLift }: { sanction: Sanction & { topic: string }; onLift: () => void }) {
  const { topic, kind, until, by, at, why } = sanction;
  return (
    <li class="line">
      <span class="grow">
        <Filled
          text={words.people.sanctionIn[kind]}
          parts={{ topic: <a href={`#/topics/${part(topic)}`}>{topic}</a> }}
        />{" "}
        <span class="muted">
          · {words.people.by(by)} · <When at={at} /> ·{" "}
          {until === undefined ? words.people.endless : <When at={until} say={words.people.ends} />}
          {why !== undefined && (
            <span>
              {" · "}
              <bdi>{why}</bdi>
            </span>
          )}
        </span>
      </span>
      <button class="plain" type="button" onClick={onLift}>
        {words.people.lift}
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
  const roles: Readonly<Record<string, string>> = words.common.roles;
  const path = `users/${part(id)}`;
  const lift = ({ topic, kind }: Sanction & { topic: string }) =>
    run(undefined, () => {
      const act =
        kind === "shadow"
          ? ({ action: "shadow", user: id, on: false } as const)
          : ({ action: "unban", user: id } as const);
      return moderate(topic, act, words.people.lifted, reload);
    });
  const revoke = () =>
    run(words.people.revoked, async () => {
      await ask("POST", `${path}/revoke`, {});
      await reload();
    });
  const exportAll = () =>
    run(words.common.exported, async () =>
      saveAs(`${id.replaceAll(/[^\w-]/g, "_")}.json`, await send("GET", `${path}/export`)),
    );
  const erase = () =>
    run(undefined, async () => {
      const { erased } = await ask<{ erased: number }>("DELETE", path, {});
      await reload();
      return { text: words.people.erased(erased) };
    });
  return (
    <li class="row">
      <div class="grow">
        <strong dir="auto">{name ?? id}</strong>
        <span class="muted"> {name === undefined ? "" : id}</span>
        {role !== undefined && <span class="badge">{roles[role] ?? role}</span>}
        {here.length > 0 && (
          <div class="muted">
            {words.people.here}{" "}
            {here.map((topic, i) => (
              <span key={topic}>
                {i > 0 && ", "}
                <a href={`#/topics/${part(topic)}`}>{topic}</a>
                <UserActs
                  user={person}
                  act={(act, done) => run(undefined, () => moderate(topic, act, done, reload))}
                >
                  <span class="unseen">
                    {" "}
                    {id} {topic}
                  </span>
                </UserActs>
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
        <a class="plain outlined" href={`#/search/${part(id)}`}>
          {words.people.messages}
          <span class="unseen"> {id}</span>
        </a>
        <button class="plain outlined" type="button" onClick={() => void exportAll()}>
          {words.common.export}
          <span class="unseen"> {id}</span>
        </button>
        {REVOCABLE.test(id) && (
          <button class="plain outlined danger" type="button" onClick={() => void revoke()}>
            {words.people.revoke}
            <span class="unseen"> {id}</span>
          </button>
        )}
        <button class="plain outlined danger" type="button" onClick={() => setErasing(true)}>
          {words.people.erase}…<span class="unseen"> {id}</span>
        </button>
      </div>
      {isErasing && (
        <ConfirmDialog
          title={words.people.erase}
          name={id}
          text={words.people.eraseAbout}
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
        <h1 tabIndex={-1}>{words.views.people}</h1>
      </div>
      <SearchField label={words.people.search} value={search} onChange={setSearch} />
      <p class="muted">{words.people.about}</p>
      <Trouble text={trouble} />
      <ul class="rows">
        {shown.map((person) => (
          <PersonRow key={person.id} person={person} run={run} reload={reload} />
        ))}
      </ul>
      {data && shown.length === 0 && <p class="muted">{words.people.nobody}</p>}
      {data && data.count > data.people.length && (
        <p class="muted">{words.people.more(data.count - data.people.length)}</p>
      )}
    </section>
  );
}
