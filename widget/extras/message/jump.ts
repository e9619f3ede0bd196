/**
 * Scrolls to any message and marks it for a moment. A message that is further back is reached page by page, within a bound;
 * beyond the bound the user reads that it is too old to show here.
 */
import type { Kit } from "../../chat/kit.ts";

/** A step mounts or loads about fifty messages. Further back than 80 steps the transcript is the better place to read. */
const MAX_STEPS = 80;
/** The longest wait for a page. */
const MAX_WAIT_MS = 10_000;

/** Creates the jump of one chat. */
export function createJump({ root, host, topic: now, showNotice_: showNotice, words }: Kit) {
  let jumps = 0;

  const box = () => root.querySelector<HTMLElement>("[part=log]");
  const mounted = () => [...root.querySelectorAll<HTMLElement>("[part=log] [data-offset]")];
  const offsetOf = (element: HTMLElement | undefined) => Number(element?.dataset.offset);

  function reveal(text: HTMLElement): void {
    const article = text.closest<HTMLElement>("article");
    const [log, row] = [box(), article?.parentElement];
    if (!article || !log || !row) return;
    // Scrolls our own box only, never the page around it.
    log.scrollTop = row.offsetTop - log.clientHeight / 3;
    const { activeElement } = document;
    // The user may have moved the focus while pages were loading.
    if (activeElement === host || activeElement === document.body || !activeElement)
      article.focus({ preventScroll: true });
    row.classList.remove("flash");
    void row.offsetWidth;
    row.classList.add("flash");
  }
  /** Resolves to true once other messages are mounted than before, to false at the beginning of the topic and after a wait. */
  async function waitForOthers(first: number, last: number, isUp: boolean): Promise<boolean> {
    const until = performance.now() + MAX_WAIT_MS;
    while (performance.now() < until) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const all = mounted();
      if (offsetOf(all[0]) !== first || offsetOf(all.at(-1)) !== last) return true;
      const isAtStart = isUp && now()?.first === offsetOf(all[0]);
      if (isAtStart) break;
    }
    return false;
  }

  return {
    /** Shows the message at an offset. A later jump, or another topic, ends an earlier one. */
    async jump(offset: number): Promise<void> {
      const mine = ++jumps;
      const topic = now()?.topic;
      for (let step = 0; step < MAX_STEPS; step++) {
        const all = mounted();
        const text = all.find((element) => offsetOf(element) === offset);
        if (text) return reveal(text);
        const [first, last] = [offsetOf(all[0]), offsetOf(all.at(-1))];
        const log = box();
        if (!log || !(offset < first || offset > last)) break;
        // The list mounts and loads messages near its edges.
        log.scrollTop = offset < first ? 0 : log.scrollHeight;
        const hasMoved = await waitForOthers(first, last, offset < first);
        if (mine !== jumps || now()?.topic !== topic) return;
        if (!hasMoved) break;
      }
      showNotice(words.far);
    },
    stop_(): void {
      jumps++;
    },
  };
}
