/** One person of the view People: where the user is and has written, the sanctions, and everything that can be done about the user. */
import { Fragment, h } from "preact";
import { useState } from "preact/hooks";
import type { ModerationAct, Sanction } from "../../src/model.ts";
import { moderate } from "./act.ts";
import { ask, part, send } from "./ask.ts";
import { ConfirmDialog, Filled, saveAs, When } from "./bits.tsx";
import { UserActs } from "./message-line.tsx";
import type { Moderated } from "./moderate-menu.tsx";
import type { ViewProps } from "./shell.tsx";
import { words } from "./speech.ts";
import { UserConnections } from "./user-connections.tsx";

/** A user as the server found it. */
export interface Person {
  id: string;
  name?: string;
  role?: string;
  here: string[];
  wrote: string[];
  lastAt?: number;
  sanctions: (Sanction & { topic: string })[];
}

/** Ids of guests and signed users, whose credentials can be revoked. */
const REVOCABLE = /^(?:u:|g-)/;

function SanctionLine({
  sanction,
  onLift,
  onBan,
}: {
  sanction: Sanction & { topic: string };
  onLift: () => void;
  /** Absent where the user is banned, or another line has it. */
  onBan: (() => void) | undefined;
}) {
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
      <span class="acts">
        {onBan && (
          <button class="plain danger" type="button" onClick={onBan}>
            {words.inbox.acts.ban}
            <span class="unseen">
              {" "}
              {sanction.user} {topic}
            </span>
          </button>
        )}
        <button class="plain" type="button" onClick={onLift}>
          {words.people.lift}
        </button>
      </span>
    </li>
  );
}

/** Draws the person. */
export function PersonRow({
  person,
  run,
  reload,
  isOperator,
  onMore,
}: {
  person: Person;
  run: ViewProps["run"];
  reload: () => Promise<void>;
  /** Moderators see what concerns their topics; everything else about a user is the operator's. */
  isOperator: boolean;
  /** Opens the moderator's menu. */
  onMore: (moderated: Moderated) => void;
}) {
  const [isErasing, setErasing] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const { id, name, role, here, lastAt, sanctions } = person;
  const wrote = person.wrote.filter((topic) => !here.includes(topic));
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
  /** Whether the line of a sanction has the ban: where the user is not banned, and no line before it has the topic's. */
  const mayBanBeside = (topic: string, i: number): boolean =>
    role !== "operator" &&
    ![...here, ...wrote].includes(topic) &&
    sanctions.findIndex((one) => one.topic === topic) === i &&
    !sanctions.some((one) => one.kind === "ban" && one.topic === topic);
  const ban = (topic: string) =>
    run(undefined, () => moderate(topic, { action: "ban", user: id }, words.inbox.done.ban, reload));
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
  const topicsWith = (label: string, topics: readonly string[]) => (
    <Fragment>
      {label}{" "}
      {topics.map((topic, i) => {
        const act = (body: ModerationAct, done: string) =>
          run(undefined, () => moderate(topic, body, done, reload));
        return (
          <span key={topic}>
            {i > 0 && ", "}
            <a href={`#/topics/${part(topic)}`}>{topic}</a>
            <UserActs user={person} act={act} onMore={() => onMore({ user: person, act })}>
              <span class="unseen">
                {" "}
                {id} {topic}
              </span>
            </UserActs>
          </span>
        );
      })}
    </Fragment>
  );
  return (
    <li class="row">
      <div class="grow">
        <strong dir="auto">{name ?? id}</strong>
        <span class="muted"> {name === undefined ? "" : id}</span>
        {role !== undefined && <span class="badge">{roles[role] ?? role}</span>}
        {here.length > 0 && <div class="muted">{topicsWith(words.people.here, here)}</div>}
        {wrote.length > 0 && (
          <div class="muted">
            {topicsWith(words.people.wrote, wrote)}
            {lastAt !== undefined && (
              <Fragment>
                {" · "}
                <When at={lastAt} say={words.people.lastAt} />
              </Fragment>
            )}
          </div>
        )}
        {sanctions.length > 0 && (
          <ul class="reports">
            {sanctions.map((sanction, i) => (
              <SanctionLine
                key={`${sanction.topic} ${sanction.kind}`}
                sanction={sanction}
                onLift={() => void lift(sanction)}
                onBan={mayBanBeside(sanction.topic, i) ? () => void ban(sanction.topic) : undefined}
              />
            ))}
          </ul>
        )}
        {isOpen && <UserConnections id={id} run={run} />}
      </div>
      <div class="acts">
        <a class="plain outlined" href={`#/search/${part(id)}`}>
          {words.people.messages}
          <span class="unseen"> {id}</span>
        </a>
        {isOperator && (
          <Fragment>
            <button
              class="plain outlined"
              type="button"
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
            >
              {words.people.connections}
              <span class="unseen"> {id}</span>
            </button>
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
          </Fragment>
        )}
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
