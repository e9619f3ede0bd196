/** Arrow keys, Home and End in the list: the focus goes from message to message, and the list alone scrolls with it. */
import type { Kit } from "../../chat/kit.ts";

/** Space between a focused message and the edge of the list. */
const EDGE_PX = 8;

/** Creates the handler of the list's keys. */
export function createListKeys({ root }: Kit): (event: KeyboardEvent) => void {
  return (event) => {
    const { key, target } = event;
    const log = root.querySelector<HTMLElement>("[part=log]");
    const articles = [...(log?.querySelectorAll("article") ?? [])];
    const at = articles.indexOf(target as HTMLElement);
    if (!log || (at < 0 && target !== log)) return;
    const next = {
      ArrowUp: at < 0 ? articles.length - 1 : at - 1,
      ArrowDown: at + 1,
      Home: 0,
      End: articles.length - 1,
    }[key];
    const article = next === undefined || (at < 0 && key === "ArrowDown") ? undefined : articles[next];
    if (!article) return;
    event.preventDefault();
    article.focus({ preventScroll: true });
    // `scrollIntoView` would scroll the page, too.
    const { offsetTop, offsetHeight } = article.parentElement ?? article;
    if (offsetTop < log.scrollTop) log.scrollTop = offsetTop - EDGE_PX;
    const below = offsetTop + offsetHeight - log.clientHeight;
    if (below > log.scrollTop) log.scrollTop = below + EDGE_PX;
    // The list must know before its next drawing, which would scroll back to the end.
    log.dispatchEvent(new Event("scroll"));
  };
}
