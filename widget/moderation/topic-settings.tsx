/** Topic settings of the desk: slow mode, review, who may write, emoji only, and deleting all messages. */
import type { ComponentChildren } from "preact";
import type { TopicMode } from "../../src/model.ts";
import type { Acts } from "./acts.tsx";
import { drawCheckbox } from "./moderation-controls.tsx";
import { h } from "./moderation-jsx.ts";

const drawSelect = (
  label: string,
  options: Record<string, string>,
  value: string,
  onChoose: (value: string) => void,
) => (
  <label>
    {label}
    <select
      value={value}
      onChange={({ currentTarget }: Event) => onChoose((currentTarget as HTMLSelectElement).value)}
    >
      {Object.entries({ [value]: value, ...options }).map(([key, name]) => (
        <option key={key} value={key}>
          {name}
        </option>
      ))}
    </select>
  </label>
);

/** Draws the settings of a topic in its current mode. A change applies at once. */
export function drawTopicSettings(
  { words, act, drawConfirm_: drawConfirm }: Acts,
  mode: Partial<TopicMode> = {},
): ComponentChildren {
  const set = (change: Partial<TopicMode>) => void act({ action: "mode", mode: change });
  const { slowS = 0, hold = "none", readOnly = false, emojiOnly = false } = mode;
  return (
    <div class="modes">
      {drawSelect(words.slow, words.slows, `${slowS}`, (value) => set({ slowS: Number(value) }))}
      {drawSelect(words.hold, words.holds, hold, (value) => set({ hold: value as TopicMode["hold"] }))}
      {drawCheckbox(words.readOnly, readOnly, (on) => set({ readOnly: on }))}
      {drawCheckbox(words.emojiOnly, emojiOnly, (on) => set({ emojiOnly: on }))}
      {drawConfirm(words.clear, words.clearAsk, () => void act({ action: "clear" }))}
    </div>
  );
}
