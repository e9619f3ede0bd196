/**
 * The JSX factory of the chunk `moderation`. The chat passes its own Preact when it creates the chunk, so that the chunk
 * brings no second one.
 */
import type { h as PreactFactory } from "preact";

/** Creates an element; every JSX expression of the chunk calls it. */
export let h: typeof PreactFactory;

/** Sets the factory. `createModeration` calls it before anything is drawn. */
export function setModerationFactory(factory: typeof PreactFactory): void {
  h = factory;
}
