/**
 * Addressing somebody: `@` and a letter in the composer open a list of who is here and who wrote in the list; arrow keys, Enter
 * or Tab take one, Esc closes only the list. The focus stays in the field, which points at the chosen line. What is sent along are ids:
 * those taken from the list, and those whose whole name was written by hand.
 */
import type { ComponentChildren } from "preact";
import type { User } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import { idsNamedIn } from "../text/names-in.ts";
import type { TopicState } from "../../client/state.ts";
import { h } from "../extras-jsx.ts";

/** As MAX_MENTIONS of names.ts, which is in the core: a chunk that both share would be one more request. */
const MAX_MENTIONS = 20;
/** More lines than this would be read, not chosen from. */
const MAX_SHOWN = 8;
/** An `@` at the start of a word, and what follows it up to the caret. No name is longer. */
const ASKING = /(?:^|[^\p{L}\p{N}@])@([^\s@][^\n@]{0,39})$/u;

/** A name as it is compared: Ána is found by "ana". */
const fold = (name: string): string => name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export type Mentions = ReturnType<typeof createMentions>;

/** Makes the part of one chat. */
export function createMentions({ root, state, topic: now, redraw_: redraw, words, insert }: Kit) {
  /** Where the `@` stands that is being answered, what follows it, whom one can take, and which of them Enter takes. */
  let list: { at: number; query: string; found: User[]; chosen: number } | undefined;
  /** The `@` whose list was closed, or is answered: it stays closed. */
  let done: number | undefined;
  const taken = new Map<string, string>();

  const field = () => root.querySelector<HTMLTextAreaElement>("[part=input]");

  /** Everybody whose name we know, the latest first, each once. */
  function known(t: TopicState): User[] {
    const users = new Map<string, User>();
    for (const { user, kind } of t.messages) {
      if (kind) continue;
      users.delete(user.id);
      users.set(user.id, user);
    }
    const here = t.heard.people?.users?.filter(({ id }) => !users.has(id)) ?? [];
    return [...[...users.values()].reverse(), ...here];
  }
  function candidates(query: string, t: TopicState): User[] {
    const asked = fold(query);
    const me = state().me?.id;
    const begins = (name: string) => name.startsWith(asked);
    const ranked = known(t).flatMap((user) => {
      const name = fold(user.name);
      const isFound = begins(name) || name.split(/[^\p{L}\p{N}]+/u).some(begins);
      return user.id !== me && isFound ? [{ user, rank: begins(name) ? 0 : 1 }] : [];
    });
    return ranked
      .sort((a, b) => a.rank - b.rank)
      .slice(0, MAX_SHOWN)
      .map(({ user }) => user);
  }

  function show(next: typeof list): void {
    if (!list && !next) return;
    list = next;
    const input = field();
    const chosen = next && `kabar-name-${next.chosen}`;
    // A textarea may have no other role than its own, so it is no combobox; it may point at an option of a list.
    for (const [name, value] of Object.entries({
      "aria-autocomplete": next && "list",
      "aria-haspopup": next && "listbox",
      "aria-controls": next && "kabar-names",
      "aria-activedescendant": chosen,
    })) {
      if (value) input?.setAttribute(name, value);
      else input?.removeAttribute(name);
    }
    redraw();
  }
  /** The text changed, or the caret went elsewhere. */
  function look(): void {
    const input = field();
    const t = now();
    const before = input?.value.slice(0, input.selectionStart) ?? "";
    const query = ASKING.exec(before)?.[1];
    const at = query === undefined ? -1 : before.length - query.length - 1;
    if (at !== done) done = undefined;
    // An arrow key was let go.
    if (list && list.at === at && list.query === query) return;
    const isAsked = query && t && done === undefined && input?.selectionStart === input?.selectionEnd;
    const found = isAsked ? candidates(query, t) : [];
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

  /** Keys go to the list while it is open. */
  function onKey(event: KeyboardEvent): boolean {
    const { key, isComposing, keyCode, shiftKey, ctrlKey, metaKey, altKey } = event;
    // 229: an input method is at work, and its Enter is its own.
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
    else look();
  };
  const heard = ["keyup", "click", "focusout"];
  for (const type of heard) root.addEventListener(type, onCaret);

  return {
    onKey,
    typed_: look,
    /** The list, while it is open. */
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
              <bdi>{user.name}</bdi>
            </li>
          ))}
        </ul>
      );
    },
    /** Ids of those whom a text names with an @ before it. */
    mentionsIn: (text: string, t: TopicState): string[] =>
      text.includes("@") ? idsNamedIn(text, known(t), taken).slice(0, MAX_MENTIONS) : [],
    /** The names that a message's mentions stand for, as far as we know them. */
    namesOf(ids: readonly string[] = []): string[] {
      const t = now();
      if (!ids[0] || !t) return [];
      const { me } = state();
      const users = me ? [...known(t), me] : known(t);
      return users.filter(({ id }) => ids.includes(id)).map(({ name }) => name);
    },
    stop_(): void {
      for (const type of heard) root.removeEventListener(type, onCaret);
    },
  };
}
