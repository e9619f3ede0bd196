/** The sessions of the console: who is signed in, since when and from which browser. Ends them, and makes links for other browsers. */
import { h } from "preact";
import { useState } from "preact/hooks";
import { ask, part } from "./ask.ts";
import { CopyLine, When } from "./bits.tsx";
import { usePolled } from "./polled.ts";
import type { ViewProps } from "./shell.tsx";

interface Session {
  id: string;
  how: "link" | "key";
  browser?: string;
  madeAt: number;
  until: number;
  seenAt?: number;
  own?: boolean;
}

const POLL_MS = 10_000;
const WAYS = { link: "a link", key: "the operator’s key" } as const;

/** Draws the view. */
export function SessionsView({ run, onLeave }: ViewProps) {
  const { data, trouble, reload } = usePolled<{ sessions: Session[] }>("console/sessions", POLL_MS);
  const [link, setLink] = useState<string>();
  const end = ({ id, own }: Session) =>
    run(own ? "Signed out." : "Session ended.", async () => {
      await ask("DELETE", `console/sessions/${part(id)}`);
      if (own) onLeave();
      else await reload();
    });
  const makeLink = () =>
    run(undefined, async () => setLink((await ask<{ link: string }>("POST", "console/links", {})).link));
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>Sessions</h1>
        <button class="button" type="button" onClick={() => void makeLink()}>
          Link for another browser
        </button>
      </div>
      <p class="muted">Browsers that are signed in to this console. Each has all rights of the operator.</p>
      {link !== undefined && (
        <div class="card">
          <p>Signs one browser in as the operator. It works once, within ten minutes.</p>
          <CopyLine text={link} label="Link" />
        </div>
      )}
      {trouble && <p class="trouble">{trouble}</p>}
      <ul class="rows">
        {data?.sessions.toReversed().map((session) => (
          <li key={session.id} class="row">
            <div class="grow">
              <strong>{session.browser ?? "A program"}</strong>
              {session.own && <span class="badge">this browser</span>}
              <div class="muted">
                by {WAYS[session.how] ?? session.how}, <When at={session.madeAt} />
                {session.seenAt !== undefined && (
                  <span>
                    {" · last request "}
                    <When at={session.seenAt} />
                  </span>
                )}
                {" · ends "}
                <When at={session.until} />
              </div>
            </div>
            <button class="plain danger" type="button" onClick={() => void end(session)}>
              {session.own ? "Sign out" : "End"}
              <span class="unseen">
                {" "}
                {session.own ? "" : `${session.browser ?? "session"} of ${session.id}`}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
