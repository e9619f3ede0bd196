/**
 * What moderators get besides, loaded for them alone: what may be done with a message and with a member, and the desk
 * (desk.ts) where they review and set the topic's modes. Its words (modwords.ts) and its style come along.
 */
import type { ComponentChildren } from "preact";
import type { Message, ModerationAct, User } from "../../src/model.ts";
import { createActs } from "./acts.tsx";
import { createDesk } from "./desk.tsx";
import type { Kit, ModerationParts } from "../chat/kit.ts";
import css from "./moderation.css";
import type { ModWords } from "../words/moderation-words.ts";
import { h, setModerationFactory } from "./moderation-jsx.ts";

/** Makes what one moderator's chat gets; `speak` says the English words in their language. */
export function createModeration(kit: Kit, speak: (words: ModWords) => ModWords): ModerationParts {
  const { state } = kit;
  setModerationFactory(kit.h);
  kit.wear(css);

  const acts = createActs(kit, speak);
  const desk = createDesk(kit, acts);
  const { words, act, button, drawPerson } = acts;
  let member: string | undefined;

  return {
    drawButton: desk.draw,
    drawUndo: () => !desk.isOpen() && acts.drawUndo(),
    drawMenu({ user, offset, pinned, removed }: Message, done: () => void): ComponentChildren {
      const run = (deed: ModerationAct) => {
        void act(deed, user.name);
        done();
      };
      return [
        !removed && button(words.remove, () => run({ action: "remove", target: offset })),
        !removed &&
          button(pinned ? words.unpin : words.pin, () => run({ action: "pin", target: offset, on: !pinned })),
        user.id !== state().me?.id && drawPerson(user, desk.laidOn(user.id), done),
      ];
    },
    drawMember(user: User): ComponentChildren {
      if (user.id === state().me?.id) return undefined;
      const isOpen = member === user.id;
      const toggle = (): void => {
        acts.reset();
        member = isOpen ? undefined : user.id;
        kit.refresh_();
      };
      const label = words.person(user.name);
      return [
        button("…", toggle, label, isOpen),
        isOpen && (
          <div
            class="layer moderate"
            role="group"
            aria-label={label}
            onKeyDown={(event: KeyboardEvent) => {
              if (event.key !== "Escape") return;
              // The innermost layer first: the list stays.
              event.stopPropagation();
              event.preventDefault();
              acts.find('[part=member] > [aria-expanded="true"]')?.focus({ preventScroll: true });
              toggle();
            }}
          >
            {drawPerson(user, desk.laidOn(user.id), () => {
              member = undefined;
              acts.find("[part=members-button]")?.focus({ preventScroll: true });
              kit.refresh_();
            })}
          </div>
        ),
      ];
    },
    reset: acts.reset,
    stop_() {
      desk.close();
      acts.stop_();
    },
  };
}
