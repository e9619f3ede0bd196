/** One message as the console shows it: author, time and text as it was written, without links or pictures. */
import { type ComponentChildren, h } from "preact";
import type { Message, ModerationAct, User } from "../../src/model.ts";
import { MUTE_S } from "./act.ts";
import { When } from "./bits.tsx";
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

/** Draws a message; `children` stand at its end. */
export function MessageLine({
  message,
  isMarked = false,
  children,
}: {
  message: Message;
  isMarked?: boolean;
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
          {title}
        </p>
      )}
      {removed || isChange ? (
        <p class="muted">
          {isChange ? (words.message.changes[kind] ?? kind) : removed && words.message.removedBy[removed]}
        </p>
      ) : (
        <p class="text" dir="auto">
          {text}
        </p>
      )}
      {children}
    </li>
  );
}

/** Draws what moderators do about a message and its author; `act` performs one of them. */
export function MessageActs({
  message: { offset, removed, user },
  act,
}: {
  message: Message;
  act: (act: ModerationAct, done: string) => Promise<unknown>;
}) {
  const { acts, done } = words.inbox;
  const button = (body: ModerationAct, label: string, text: string, isDanger = false) => (
    <button class={isDanger ? "plain danger" : "plain"} type="button" onClick={() => void act(body, text)}>
      {label}
    </button>
  );
  if (removed) return null;
  return (
    <div class="acts">
      {button({ action: "remove", target: offset }, acts.remove, done.remove)}
      {user.role !== "operator" && (
        <span>
          {button({ action: "timeout", user: user.id, seconds: MUTE_S }, acts.mute, done.mute)}
          {button({ action: "ban", user: user.id }, acts.ban, done.ban, true)}
        </span>
      )}
    </div>
  );
}
