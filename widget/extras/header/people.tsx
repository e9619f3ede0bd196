/** Presence and typing: the count of users in the header, the list of members, the line above the composer. */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { TopicState } from "../../client/state.ts";
import { drawGlyph } from "../compose/face.tsx";
import { Button } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";

/** From this width on the members stand beside the messages; header.css has the same number. */
const COLUMN_PX = 720;
/** The shortest time between two `typing` commands. */
const TYPING_MS = 3_000;
/** A loss shorter than this is not mentioned, as in the line above the composer. */
const LATE_MS = 1_000;

/** Creates presence and typing of one chat. */
export function createPeople({
  redraw_: redraw,
  command_: command,
  topic: now,
  state,
  host,
  root,
  words,
  moderation,
  hueOf_: hueOf,
  initials_: initials,
}: Kit) {
  /** The user's choice; without one, the list is open where there is room for it. */
  let isOpen: boolean | undefined;
  let isWide = false;
  /** The topic in which others were here: the column stays when they leave, so that the list does not change its width. */
  let lively: string | undefined;
  /** When the connection was lost. */
  let lostAt: number | undefined;
  const width = new ResizeObserver(([box]) => {
    const wide = (box?.contentRect.width ?? 0) >= COLUMN_PX;
    if (wide === isWide) return;
    isWide = wide;
    isOpen = undefined;
    redraw();
  });
  width.observe(root);
  let sentAt = 0;

  function toggle(): void {
    isOpen = !(isOpen ?? isWide);
    redraw();
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== "Escape" || isWide || !isOpen) return;
    event.preventDefault();
    toggle();
    root.querySelector<HTMLElement>("[part=members-button]")?.focus({ preventScroll: true });
  }

  /** Whether the connection is gone, and with it the number of users. */
  function isLost(): boolean {
    const { connection } = state();
    lostAt = connection === "online" ? undefined : (lostAt ?? Date.now());
    return connection === "offline" || (lostAt !== undefined && Date.now() - lostAt >= LATE_MS);
  }

  return {
    drawPeople({ topic, facts, can }: TopicState): ComponentChildren {
      const people = can.people && !host.hasAttribute("no-presence") ? facts.people : undefined;
      const users = people?.users;
      if (people && people.count > 1) lively = topic;
      const isShown = isOpen ?? (isWide && lively === topic && !!users?.length);
      // Makes room for the column. A class, because WebKit ignores `:has()` inside `@container`.
      root.classList.toggle("beside", isWide && isShown && !!users?.length);
      // Nobody needs to hear that they are alone.
      if (!people || (people.count < 2 && !isShown)) return undefined;
      const label = isLost() ? words.offline : words.people(people.count);
      const list = () =>
        users?.length ? (
          <ul part="members" aria-label={words.members} tabIndex={0}>
            {users.map((user) => (
              <li part="member" key={user.id}>
                <span class="mark" aria-hidden="true" style={{ "--_hue": hueOf(user.id) }}>
                  {(user.role === "guest" && drawGlyph(user.name)) || initials(user.name)}
                </span>
                <bdi>{user.name}</bdi>
                {moderation()?.drawMember(user)}
              </li>
            ))}
          </ul>
        ) : (
          <p part="members">{words.crowded}</p>
        );
      return (
        <div class="people" onKeyDown={onKeyDown}>
          <Button part="members-button" aria-label={label} aria-expanded={isShown} onClick={toggle}>
            <span aria-hidden>{label}</span>
          </Button>
          {isShown && list()}
        </div>
      );
    },
    stop_: () => width.disconnect(),
    drawTyping({ facts: { typing } }: TopicState): ComponentChildren {
      const others = typing?.filter(({ id }) => id !== state().me?.id) ?? [];
      return others[0] && <span part="typing">{words.typing(others.map(({ name }) => name))}</span>;
    },
    /** Tells the server that the user is typing. */
    sendTyping(text: string): void {
      const t = now();
      if (!text.trim() || !t || state().connection !== "online" || Date.now() - sentAt < TYPING_MS) return;
      sentAt = Date.now();
      command("typing", { topic: t.topic }).catch(() => undefined);
    },
  };
}
