/**
 * Button and icon of the chunk `extras`. The core and the chunk `moderation` have their own two, because chunks share no
 * code.
 */
import type { ButtonHTMLAttributes, ComponentChildren, SVGAttributes } from "preact";
import { h } from "./extras-jsx.ts";

/** A button that does not submit the form around it. */
export const Button = (attributes: ButtonHTMLAttributes<HTMLButtonElement>): ComponentChildren => (
  <button type="button" {...attributes} />
);

/** The three dots of buttons with more behind them. */
export const DOTS = {
  d: "M5 12h.01M12 12h.01M19 12h.01",
  "stroke-width": 3,
  "stroke-linecap": "round",
} as const;

/** A line drawing in a square of 24 units, `size` pixels wide; assistive technology does not see it. */
export const Icon = ({
  size,
  ...line
}: { size: number } & SVGAttributes<SVGPathElement>): ComponentChildren => (
  <svg aria-hidden viewBox="0 0 24 24" width={size}>
    <path {...line} />
  </svg>
);
