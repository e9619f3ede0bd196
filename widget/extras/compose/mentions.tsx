/**
 * Mentions: `@` and a letter in the composer open a list of matching users. Arrow keys move, Enter or Tab choose, Escape
 * closes the list only. The focus stays in the field, which points at the chosen line. A message is sent with the ids of its
 * mentions: those chosen from the list, and those whose whole name was typed.
 */
import type { ComponentChildren } from "preact";
import type { User } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import { drawGlyph } from "./face.tsx";
import { findCandidates, knownUsers, queryIn } from "./mention-candidates.ts";
import { idsNamedIn } from "../text/names-in.ts";
import type { TopicState } from "../../client/state.ts";
import { h } from "../extras-jsx.ts";

/** As `MAX_MENTIONS` of src/formats, which a chunk cannot import without one more request. */
const MAX_MENTIONS = 20;
export type Mentions = ReturnType<typeof createMentions>;

/** Points a field at an option of the open list, or at none while the list is closed. */
function pointAtOption(field: HTMLElement, index: number | undefined): void {
  const isOpen = index !== undefined;
  // A textarea cannot take the role `combobox`, but it may point at an option of a list.
  for (const [name, value] of Object.entries({
    "aria-autocomplete": "list",
    "aria-haspopup": "listbox",
    "aria-controls": "kabar-names",
    "aria-activedescendant": `kabar-name-${index}`,
  })) {
    if (isOpen) field.setAttribute(name, value);
    else field.removeAttribute(name);
  }
}

/** Creates the mentions of one chat. */
export function createMentions(kit: Kit) {
  const { root, state, topic: now, redraw_: redraw, words, insert, initials_: initials, hueOf_: hueOf } = kit;

  /** The open list: the position of its `@`, the text after it, the users found, and the index of the chosen one. */
  let list: { at: number; query: string; found: User[]; chosen: number } | undefined;
  /** The position of an `@` whose list was closed or answered, and does not open again. */
  let done: number | undefined;
  const taken = new Map<string, string>();

  const field = () => root.querySelector<HTMLTextAreaElement>("[part=input]");

  function show(next: typeof list): void {
    if (!list && !next) return;
    list = next;
    const input = field();
    if (input) pointAtOption(input, next?.chosen);
    redraw();
  }
  /** Opens, updates or closes the list after the text or the caret has changed. */
  function update(): void {
    const input = field();
    const t = now();
    const before = input?.value.slice(0, input.selectionStart) ?? "";
    const query = queryIn(before);
    const at = query === undefined ? -1 : before.length - query.length - 1;
    if (at !== done) done = undefined;
    // Nothing has changed since the key went down.
    if (list && list.at === at && list.query === query) return;
    const isAsked = query && t && done === undefined && input?.selectionStart === input?.selectionEnd;
    const found = isAsked ? findCandidates(query, t, state().me?.id) : [];
    show(query === undefined || !found[0] ? undefined : { at, query, found, chosen: 0 });
  }
  function take(user: User): void {
    const input = field();
    if (!input || !list) return;
    taken.set(user.name.toLowerCase(), user.id);
    const { at } = list;
    const isSpaced = /^\s/.test(input.value.slice(input.selectionStart));
    done = at;
    show(undefined);
    insert(`@${user.name}${isSpaced ? "" : " "}`, at, input.selectionStart);
  }

  /** Handles a key while the list is open; returns whether the list used it. */
  function onKey(event: KeyboardEvent): boolean {
    const { key, isComposing, keyCode, shiftKey, ctrlKey, metaKey, altKey } = event;
    // 229: the key belongs to an input method.
    if (!list || isComposing || keyCode === 229 || shiftKey || ctrlKey || metaKey || altKey) return false;
    const { at, found, chosen } = list;
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    const user = found[chosen];
    if (step) show({ ...list, chosen: (chosen + step + found.length) % found.length });
    else if ((key === "Enter" || key === "Tab") && user) take(user);
    else if (key === "Escape") {
      done = at;
      show(undefined);
    } else return false;
    event.preventDefault();
    return true;
  }

  const onCaret = ({ type, target }: Event): void => {
    if (target !== field()) return;
    if (type === "focusout") show(undefined);
    else update();
  };
  const types = ["keyup", "click", "focusout"];
  for (const type of types) root.addEventListener(type, onCaret);

  return {
    onKey,
    update_: update,
    /** Draws the list while it is open. */
    draw(): ComponentChildren {
      if (!list) return undefined;
      const { found, chosen } = list;
      return (
        <ul class="popup names" id="kabar-names" role="listbox" aria-label={words.mention}>
          {found.map((user, i) => (
            <li
              role="option"
              id={`kabar-name-${i}`}
              key={user.id}
              aria-selected={i === chosen}
              onPointerDown={(event: Event) => event.preventDefault()}
              onClick={() => take(user)}
            >
              <span class="mark" aria-hidden="true" style={{ "--_hue": hueOf(user.id) }}>
                {(user.role === "guest" && drawGlyph(user.name)) || initials(user.name)}
              </span>
              <bdi>{user.name}</bdi>
            </li>
          ))}
        </ul>
      );
    },
    /** Returns the ids of the users whom a text mentions. */
    mentionsIn: (text: string, t: TopicState): string[] =>
      text.includes("@") ? idsNamedIn(text, knownUsers(t), taken).slice(0, MAX_MENTIONS) : [],
    /** Returns the names of a message's mentions, as far as they are known. */
    namesOf(ids: readonly string[] = []): string[] {
      const t = now();
      if (!ids[0] || !t) return [];
      const { me } = state();
      const users = me ? [...knownUsers(t), me] : knownUsers(t);
      return users.filter(({ id }) => ids.includes(id)).map(({ name }) => name);
    },
    stop_(): void {
      for (const type of types) root.removeEventListener(type, onCaret);
    },
  };
}
