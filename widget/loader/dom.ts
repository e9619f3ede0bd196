/**
 * Elements and style sheets made without Preact.
 * Uses `createElementNS` and constructed style sheets only, which Trusted Types and a policy without `style-src` allow.
 */

interface Tags extends HTMLElementTagNameMap {
  svg: SVGSVGElement;
  path: SVGPathElement;
}

/** Creates an element with attributes and children; strings become text nodes. */
export function make<K extends keyof Tags>(
  tag: K,
  attributes?: Record<string, string>,
  ...children: (Node | string)[]
): Tags[K] {
  const space = /svg|path/.test(tag) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml";
  const element = document.createElementNS(space, tag);
  for (const name in attributes) element.setAttribute(name, attributes[name] as string);
  element.append(...children);
  return element as Tags[K];
}

/** Creates a style sheet that any number of shadow roots can share. */
export function sheetOf(css: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}
