/**
 * Menu of the actions on a user: reason, mute, ban, shadow ban, lifting sanctions, deleting all messages. The menus of
 * messages and members and the desk show it.
 */
import type { ComponentChildren } from "preact";
import type { User } from "../../src/model.ts";
import type { Acts, DeskAct } from "./acts.tsx";
import { drawButton, drawCheckbox } from "./moderation-controls.tsx";
import { h } from "./moderation-jsx.ts";

/** The action that a menu was opened for; Enter in the reason's field runs it. */
export interface FirstAction {
  label: string;
  run: () => void;
}

export type UserMenu = ReturnType<typeof createUserMenu>;

/** Creates the menu of one chat. */
export function createUserMenu({ words, input, act, drawConfirm_: drawConfirm }: Acts) {
  const drawReason = (onEnter?: () => void) => (
    <input
      class="why"
      aria-label={words.why}
      placeholder={words.why}
      maxLength={500}
      value={input.why}
      onInput={({ currentTarget }: Event) => {
        input.why = (currentTarget as HTMLInputElement).value;
      }}
      onKeyDown={({ key, isComposing }: KeyboardEvent) => key === "Enter" && !isComposing && onEnter?.()}
    />
  );
  const drawSpans = (
    label: string,
    spans: [seconds: string, name: string][],
    run: (seconds: number) => void,
  ) => (
    <div class="spans" role="group" aria-label={label}>
      <span aria-hidden>{label}</span>
      {spans.map(([seconds, name]) => drawButton(name, () => run(Number(seconds)), `${label} ${name}`))}
    </div>
  );

  return {
    /** Draws the menu of a user with their sanctions (`mute`, `ban`, `shadow`); `done` is called after an action. */
    drawUserMenu_(
      { id, name }: Pick<User, "id" | "name">,
      sanctions: readonly string[],
      done: () => void,
      first?: FirstAction,
    ): ComponentChildren {
      const run = (fields: DeskAct) => {
        void act(fields, name);
        done();
      };
      const ban = (seconds: number) =>
        run({
          action: "ban",
          user: id,
          ...(seconds && { seconds }),
          ...(input.address && { address: true }),
        });
      const isShadowed = sanctions.includes("shadow");
      return [
        drawReason(first?.run),
        first && drawButton(first.label, first.run),
        drawSpans(words.mute, Object.entries(words.mutes), (seconds) =>
          run({ action: "timeout", user: id, seconds }),
        ),
        drawSpans(words.ban, [...Object.entries(words.bans), ["0", words.forever]], ban),
        drawCheckbox(words.address, input.address, (on) => {
          input.address = on;
        }),
        drawButton(isShadowed ? words.unhide : words.hide, () =>
          run({ action: "shadow", user: id, on: !isShadowed }),
        ),
        sanctions.some((kind) => kind !== "shadow") &&
          drawButton(words.lift, () => run({ action: "unban", user: id })),
        drawConfirm(
          words.removeAll,
          words.removeAllAsk(name),
          () => run({ action: "remove-all", user: id }),
          `all ${id}`,
        ),
      ];
    },
  };
}
