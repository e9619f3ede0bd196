/** The sessions of the console: who is signed in, since when and from which browser. Ends them, and makes links for other browsers. */
import { h } from "preact";
import { useState } from "preact/hooks";
import { ask, part } from "./ask.ts";
import { CopyLine, Trouble, When } from "./bits.tsx";
import { useHeldPlaces } from "./held-places.ts";
import { OwnersList } from "./owners-list.tsx";
import { PasskeysList } from "./passkeys-list.tsx";
import { usePolled } from "./polled.ts";
import type { ViewProps } from "./shell.tsx";
import { words } from "./speech.ts";

interface Session {
  id: string;
  how: keyof typeof words.sessions.how;
  owner?: string;
  user?: { name: string };
  browser?: string;
  madeAt: number;
  until: number;
  seenAt?: number;
  own?: boolean;
}

const POLL_MS = 10_000;

/** Draws the view. */
export function SessionsView({ run, onLeave }: ViewProps) {
  const { data, trouble, reload } = usePolled<{ sessions: Session[] }>("console/sessions", POLL_MS);
  const [link, setLink] = useState<string>();
  /** Changes of the owners, which change the passkeys. */
  const [changes, setChanges] = useState(0);
  const { shown, listeners } = useHeldPlaces(data?.sessions.toReversed() ?? [], {
    keyOf: ({ id }) => id,
    news: "last",
  });
  const end = ({ id, own }: Session) =>
    run(own ? words.shell.signedOut : words.sessions.ended, async () => {
      await ask("DELETE", `console/sessions/${part(id)}`);
      if (own) onLeave();
      else await reload();
    });
  const makeLink = () =>
    run(undefined, async () => setLink((await ask<{ link: string }>("POST", "console/links", {})).link));
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>{words.views.sessions}</h1>
        <button class="button" type="button" onClick={() => void makeLink()}>
          {words.sessions.makeLink}
        </button>
      </div>
      <p class="muted">{words.sessions.about}</p>
      {link !== undefined && (
        <div class="card">
          <p>{words.sessions.linkAbout}</p>
          <CopyLine text={link} label={words.sessions.link} />
        </div>
      )}
      <Trouble text={trouble} />
      <ul class="rows" {...listeners}>
        {shown.map(({ user, owner: who = user?.name, ...session }) => (
          <li key={session.id} class="row">
            <div class="grow">
              <strong>
                {who !== undefined && <bdi>{who}</bdi>}
                {who !== undefined && " · "}
                {session.browser ?? words.sessions.program}
              </strong>
              {session.own && <span class="badge">{words.sessions.own}</span>}
              <div class="muted">
                {words.sessions.how[session.how] ?? session.how} · <When at={session.madeAt} />
                {session.seenAt !== undefined && (
                  <span>
                    {" · "}
                    <When at={session.seenAt} say={words.sessions.lastRequest} />
                  </span>
                )}
                {" · "}
                <When at={session.until} say={words.sessions.ends} />
              </div>
            </div>
            <button class="plain danger" type="button" onClick={() => void end(session)}>
              {session.own ? words.shell.signOut : words.sessions.end}
              {!session.own && <span class="unseen"> {words.sessions.session(session.id)}</span>}
            </button>
          </li>
        ))}
      </ul>
      <PasskeysList key={changes} run={run} browser={data?.sessions.find(({ own }) => own)?.browser} />
      <OwnersList run={run} onChange={() => setChanges(changes + 1)} />
    </section>
  );
}
