/** The open sessions of a user and the devices with push messages, each with a button that ends it. */
import { type ComponentChild, h } from "preact";
import { ask, part } from "./ask.ts";
import { Trouble, When } from "./bits.tsx";
import { usePolled } from "./polled.ts";
import type { ViewProps } from "./shell.tsx";
import { words } from "./speech.ts";

interface Connections {
  sessions: { id: string; since: number; topics: string[]; browser?: string }[];
  devices: { id: string; service: string; topics: string[]; seenAt: number }[];
  silent: number;
}

const POLL_MS = 5000;

/** Draws them. */
export function UserConnections({ id, run }: { id: string; run: ViewProps["run"] }) {
  const path = `users/${part(id)}`;
  const { data, trouble, reload } = usePolled<Connections>(path, POLL_MS);
  const end = (what: string, done: string) =>
    run(done, async () => {
      await ask("DELETE", `${path}/${what}`, {});
      await reload();
    });
  const endAll = () =>
    run(undefined, async () => {
      const { ended } = await ask<{ ended: number }>("DELETE", `${path}/sessions`, {});
      await reload();
      return { text: words.people.endedAll(ended) };
    });
  const line = (
    key: string,
    title: string,
    topics: readonly string[],
    when: ComponentChild,
    act: () => void,
    name: string,
  ) => (
    <li key={key} class="line">
      <span class="grow">
        {title}{" "}
        <span class="muted">
          {topics.map((topic) => `· ${topic} `)}· {when}
        </span>
      </span>
      <button class="plain danger" type="button" onClick={act}>
        {name}
        <span class="unseen"> {key}</span>
      </button>
    </li>
  );
  if (!data) return <Trouble text={trouble ?? ""} />;
  const { sessions, devices, silent } = data;
  return (
    <div>
      <Trouble text={trouble} />
      {sessions.length + devices.length === 0 && <p class="muted">{words.people.noConnections}</p>}
      <ul class="reports">
        {sessions.map((one) =>
          line(
            one.id,
            one.browser ?? words.sessions.program,
            one.topics,
            <When at={one.since} say={words.people.opened} />,
            () => void end(`sessions/${part(one.id)}`, words.sessions.ended),
            words.sessions.end,
          ),
        )}
        {devices.map((one) =>
          line(
            one.id,
            words.people.push(one.service),
            one.topics,
            <When at={one.seenAt} say={words.sessions.lastRequest} />,
            () => void end(`devices/${part(one.id)}`, words.people.deviceRemoved),
            words.people.removeDevice,
          ),
        )}
      </ul>
      {silent > 0 && <p class="muted">{words.people.silent(silent)}</p>}
      {sessions.length > 1 && (
        <button class="plain outlined danger" type="button" onClick={() => void endAll()}>
          {words.people.endAll}
        </button>
      )}
    </div>
  );
}
