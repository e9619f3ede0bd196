/**
 * Button and checkbox of the chunk `moderation`. The chunk `extras` has its own button, because chunks share no code.
 */
import type { ComponentChildren } from "preact";
import { h } from "./moderation-jsx.ts";

/**
 * Draws a button with a label, whose user names may be written in either direction. `name` is the accessible name where the
 * label is not enough; `isOpen` tells whether the layer that the button opens is open.
 */
export const drawButton = (
  label: string,
  onClick: (event: Event) => void,
  name: string = label,
  isOpen?: boolean,
): ComponentChildren => (
  <button type="button" part="action" dir="auto" aria-label={name} aria-expanded={isOpen} onClick={onClick}>
    {label}
  </button>
);

/** Draws a checkbox with its label. */
export const drawCheckbox = (label: string, checked: boolean, onToggle: (on: boolean) => void) => (
  <label>
    <input
      type="checkbox"
      checked={checked}
      onChange={({ currentTarget }: Event) => onToggle((currentTarget as HTMLInputElement).checked)}
    />
    {label}
  </label>
);
