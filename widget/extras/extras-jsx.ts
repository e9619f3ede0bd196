/**
 * The JSX factory of the chunk `extras`. The chat passes its own Preact when it creates the chunk, so that the chunk
 * brings no second one.
 */
import type { ComponentChildren, h as PreactFactory } from "preact";

/** Creates an element; every JSX expression of the chunk calls it. The words of `part` become classes, too. */
export let h: typeof PreactFactory;

interface Named {
  part?: string;
  class?: string;
}

/** Sets the factory. `createExtras` calls it before anything is drawn. */
export function setExtrasFactory(factory: typeof PreactFactory): void {
  // Styles name classes (extras.css says why); `part` is for the page.
  const create = (type: string, props: Named | null, ...children: ComponentChildren[]) =>
    factory(
      type,
      props?.part ? { ...props, class: [props.class, props.part].filter(Boolean).join(" ") } : props,
      ...children,
    );
  h = create as typeof PreactFactory;
}
