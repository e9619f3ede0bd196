/**
 * Entry of the chunk `moderation`, loaded for moderators only: the menus of a message and of a member, and the desk. Brings
 * its words and its styles.
 */
import type { ComponentChildren } from "preact";
import type { Message, User } from "../../src/model.ts";
import { createActs, type DeskAct } from "./acts.tsx";
import { createDesk } from "./desk.tsx";
import type { Kit, ModerationParts } from "../chat/kit.ts";
import css from "./moderation.css";
import type { ModWords } from "../words/moderation-words.ts";
import { drawButton } from "./moderation-controls.tsx";
import { h, setModerationFactory } from "./moderation-jsx.ts";
import { createUserMenu } from "./user-menu.tsx";

/** Creates the parts of one moderator's chat; `translate` returns the user's language for the English words. */
export function createModeration(kit: Kit, translate: (words: ModWords) => ModWords): ModerationParts {
  const { state, refresh_: refresh } = kit;
  setModerationFactory(kit.h);
  kit.wear(css);
  const acts = createActs(kit, translate);
  const { words, act, find, reset, undoLine_: undoLine } = acts;
  const { drawUserMenu_: drawUserMenu } = createUserMenu(acts);
  const desk = createDesk(kit, acts, drawUserMenu);
  /** The member whose menu is open. */
  let openMember: string | undefined;

  function drawMemberMenu(user: User, toggle: () => void): ComponentChildren {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      // The innermost layer closes first: the list of members stays open.
      event.stopPropagation();
      event.preventDefault();
      find('[part=member] > [aria-expanded="true"]')?.focus({ preventScroll: true });
      toggle();
    };
    const done = () => {
      openMember = undefined;
      find("[part=members-button]")?.focus({ preventScroll: true });
      refresh();
    };
    return (
      <div class="layer moderate" role="group" aria-label={words.person(user.name)} onKeyDown={onKeyDown}>
        {drawUserMenu(user, desk.sanctionsOn_(user.id), done)}
      </div>
    );
  }

  return {
    drawButton: desk.draw,
    drawUndo: () => !desk.isOpen() && undoLine.draw(),
    drawMenu({ user, offset, pinned, removed }: Message, done: () => void): ComponentChildren {
      const run = (fields: DeskAct) => () => {
        void act(fields, user.name);
        done();
      };
      return [
        !removed && [
          drawButton(words.remove, run({ action: "remove", target: offset })),
          drawButton(pinned ? words.unpin : words.pin, run({ action: "pin", target: offset, on: !pinned })),
        ],
        user.id !== state().me?.id && drawUserMenu(user, desk.sanctionsOn_(user.id), done),
      ];
    },
    drawMember(user: User): ComponentChildren {
      if (user.id === state().me?.id) return undefined;
      const isOpen = openMember === user.id;
      const toggle = (): void => {
        reset();
        openMember = isOpen ? undefined : user.id;
        refresh();
      };
      return [
        drawButton("⋯", toggle, words.person(user.name), isOpen),
        isOpen && drawMemberMenu(user, toggle),
      ];
    },
    reset,
    stop_() {
      desk.close();
      undoLine.stop_();
    },
  };
}
