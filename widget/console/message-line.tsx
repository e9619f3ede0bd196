/** One message as the console shows it: author, time and text as it was written, without links or pictures. */
import { type ComponentChildren, Fragment, h } from "preact";
import { useMemo } from "preact/hooks";
import type { Message, ModerationAct, User } from "../../src/model.ts";
import { marksIn } from "../search-marks.ts";
import { MUTE_S } from "./act.ts";
import { When } from "./bits.tsx";
import type { Moderated } from "./moderate-menu.tsx";
import { words } from "./speech.ts";

/** Draws an author with the id that the server knows. */
export const Author = ({ user }: { user: User }) => (
  <span class="author">
    <strong dir="auto">{user.name}</strong>
    <span class="muted" title={words.message.id}>
      {words.common.roles[user.role] ?? user.role} · {user.id}
    </span>
  </span>
);

/** Draws a text with the words and phrases of a query in `mark` elements. */
function Marked({ text, query }: { text: string; query: string }) {
  const pieces = useMemo(() => {
    const marks = query === "" ? [] : marksIn(text, query);
    const ends = [0, ...marks.map(([, to]) => to)];
    return marks
      .map(([from, to], i): ComponentChildren => [
        text.slice(ends[i], from),
        <mark>{text.slice(from, to)}</mark>,
      ])
      .concat(text.slice(ends.at(-1)));
  }, [text, query]);
  return <Fragment>{pieces}</Fragment>;
}

/** Draws a message; `children` stand at its end, and the words of `query` are marked in its text. */
export function MessageLine({
  message,
  isMarked = false,
  query = "",
  children,
}: {
  message: Message;
  isMarked?: boolean;
  query?: string;
  children?: ComponentChildren;
}) {
  const { user, text, at, kind, removed, title, hidden } = message;
  const isChange = kind !== undefined && kind !== "hidden";
  return (
    <li class={`message${isMarked ? " is-marked" : ""}`}>
      <div class="meta">
        <Author user={user} />
        <span class="muted">
          <When at={at} />
        </span>
        {hidden && <span class="badge">{words.common.shadow}</span>}
      </div>
      {title !== undefined && (
        <p class="title" dir="auto">
          <Marked text={title} query={query} />
        </p>
      )}
      {removed || isChange ? (
        <p class="muted">
          {isChange ? (words.message.changes[kind] ?? kind) : removed && words.message.removedBy[removed]}
        </p>
      ) : (
        <p class="text" dir="auto">
          <Marked text={text} query={query} />
        </p>
      )}
      {children}
    </li>
  );
}

/** Performs an act; `done` is what to say then. */
export type Act = (act: ModerationAct, done: string) => Promise<unknown>;

/** Draws what moderators do about a user, except the operator; `children` stand at the end of each button, `onMore` opens the whole menu. */
export function UserActs({
  user: { id, role },
  act,
  onMore,
  children,
}: {
  user: { id: string; role?: string };
  act: Act;
  onMore: () => void;
  children?: ComponentChildren;
}) {
  const { acts, done } = words.inbox;
  const button = (name: "mute" | "ban", body: ModerationAct) => (
    <button
      class={name === "ban" ? "plain danger" : "plain"}
      type="button"
      onClick={() => void act(body, done[name])}
    >
      {acts[name]}
      {children}
    </button>
  );
  if (role === "operator") return null;
  return (
    <span class="acts">
      {button("mute", { action: "timeout", user: id, seconds: MUTE_S })}
      {button("ban", { action: "ban", user: id })}
      <button class="plain" type="button" aria-haspopup="dialog" onClick={onMore}>
        {words.message.more}
        {children}
      </button>
    </span>
  );
}

/** Draws what moderators do about a message and its author; `act` performs one of them, `onMore` opens the whole menu. */
export function MessageActs({
  message: { offset, removed, user },
  act,
  onMore,
}: {
  message: Message;
  act: Act;
  onMore: (moderated: Moderated) => void;
}) {
  const { acts, done } = words.inbox;
  if (removed) return null;
  return (
    <div class="acts">
      <button
        class="plain"
        type="button"
        onClick={() => void act({ action: "remove", target: offset }, done.remove)}
      >
        {acts.remove}
      </button>
      <UserActs user={user} act={act} onMore={() => onMore({ user, target: offset, act })} />
    </div>
  );
}
