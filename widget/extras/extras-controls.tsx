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

/** A line drawing in a square of 24 units, `size` pixels wide; assistive technology does not see it. */
export const Icon = ({
  size,
  ...line
}: { size: number } & SVGAttributes<SVGPathElement>): ComponentChildren => (
  <svg aria-hidden viewBox="0 0 24 24" width={size}>
    <path {...line} />
  </svg>
);
