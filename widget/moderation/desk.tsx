/**
 * Desk of the moderators: a button in the header that counts the open cases, and a layer with held messages, reports,
 * sanctions and the topic's settings. While it is open, the list and the composer under it are inert; Escape closes it and
 * returns the focus.
 */
import type { ComponentChildren } from "preact";
import type { Queue } from "../../src/model.ts";
import type { Kit } from "../chat/kit.ts";
import type { TopicFacts } from "../client/topic-facts.ts";
import type { TopicState } from "../client/state.ts";
import type { Acts, DeskAct } from "./acts.tsx";
import { createCases, keyOfHeld, keyOfReport, keyOfSanction } from "./cases.tsx";
import { h } from "./moderation-jsx.ts";
import { drawTopicSettings } from "./topic-settings.tsx";
import type { UserMenu } from "./user-menu.tsx";

const SHIELD = "M12 3l7 3v6q0 6-7 9-7-3-7-9V6z";

/** Returns the offsets of reported messages, each once: several reports of one message are one case. */
const reportedOffsets = (reports: Queue["reports"]): number[] => [
  ...new Set(reports.map(({ offset }) => offset)),
];

const EMPTY: Queue = { held: [], reports: [], sentences: [] };

/** Returns a queue without the case that has the key. */
const withoutCase = ({ held, reports, sentences }: Queue, key: string): Queue => ({
  held: held.filter((each) => keyOfHeld(each) !== key),
  reports: reports.filter((each) => keyOfReport(each) !== key),
  sentences: sentences.filter((each) => keyOfSanction(each) !== key),
});

const drawDeskButton = (label: string, count: number, isOpen: boolean, toggle: () => void) => (
  <button
    type="button"
    part="moderate-button"
    aria-label={label}
    aria-haspopup="dialog"
    aria-expanded={isOpen}
    onClick={toggle}
  >
    <svg aria-hidden viewBox="0 0 24 24" width={20}>
      <path d={SHIELD} />
    </svg>
    {count > 0 && (
      <span class="count" aria-hidden>
        {count > 99 ? "99+" : count}
      </span>
    )}
  </button>
);
const drawSection = (label: string, content: ComponentChildren) =>
  content && (
    <section aria-label={label}>
      <h3>{label}</h3>
      {content}
    </section>
  );
const drawList = (cases: ComponentChildren[]) => cases.length > 0 && <ul>{cases}</ul>;

/** Creates the desk of one chat. */
export function createDesk(kit: Kit, acts: Acts, drawUserMenu: UserMenu["drawUserMenu_"]) {
  const { command_: command, refresh_: refresh, root, state, times_, topic: now } = kit;
  const { words, find, focusLater_: focusLater, undoLine_: undoLine } = acts;
  let queue = EMPTY;
  let isOpen = false;
  /** The case whose menu is open. */
  let expanded: string | undefined;
  /** The circumstances of the last request for the queue. */
  let fetchedFor: { topic: string; heldQueue_: TopicFacts["queue"]; connection: string } | undefined;
  let count = 0;
  let announcement = "";

  async function fetchQueue(topic: string): Promise<void> {
    const reply = await command("queue", { topic }).catch(() => undefined);
    if (!reply || now()?.topic !== topic) return;
    queue = reply;
    const cases = reply.held.length + reportedOffsets(reply.reports).length;
    // Announced when there are more cases than before, not when one is decided.
    if (cases > count) announcement = words.arrived(cases);
    count = cases;
    refresh();
  }
  /** Fetches the queue of a new topic, after a reconnect, and when the server reports a change. */
  function update({ topic, facts }: TopicState): void {
    const { connection } = state();
    const isSame =
      fetchedFor?.topic === topic &&
      fetchedFor.heldQueue_ === facts.queue &&
      fetchedFor.connection === connection;
    if (isSame) return;
    if (fetchedFor?.topic !== topic) {
      queue = EMPTY;
      count = 0;
      if (fetchedFor) close();
    }
    fetchedFor = { topic, heldQueue_: facts.queue, connection };
    if (connection === "online") void fetchQueue(topic);
  }

  /** Makes the parts under the desk inert, or usable again. */
  function setInert(isInert: boolean): void {
    for (const under of root.querySelectorAll(".chat > :not(.sr, [part=header])"))
      under.toggleAttribute("inert", isInert);
  }
  function open(): void {
    isOpen = true;
    acts.reset();
    refresh();
    focusLater(() => find(".desk"));
  }
  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    expanded = undefined;
    setInert(false);
    if (find(".desk:focus-within")) find("[part=moderate-button]")?.focus({ preventScroll: true });
    refresh();
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !isOpen) return;
    event.preventDefault();
    event.stopPropagation();
    if (expanded) toggleMenu(expanded);
    else close();
  }
  /** Focuses the first match of a selector in a case after the next drawing. */
  const focusCase = (key: string, inside: string) =>
    focusLater(() => find(`[data-case="${CSS.escape(key)}"]${inside}`));
  /** Opens or closes the menu of a case and moves the focus. */
  function toggleMenu(key: string): void {
    const isNew = expanded !== key;
    acts.reset();
    expanded = isNew ? key : undefined;
    refresh();
    const inside = isNew ? " .layer input" : " [aria-expanded]";
    focusCase(key, inside);
  }
  /** Runs the action that decides a case. The case disappears at once, the focus moves on; the server's answer corrects the queue. */
  function decide(key: string, fields: DeskAct, name?: string): void {
    const cases = [...root.querySelectorAll<HTMLElement>(".desk [data-case]")];
    const at = cases.findIndex((each) => each.dataset.case === key);
    const next = (cases[at + 1] ?? cases[at - 1])?.dataset.case;
    find(".desk")?.focus({ preventScroll: true });
    expanded = undefined;
    acts.act(fields, name).finally(() => {
      const { topic } = now() ?? {};
      if (topic) void fetchQueue(topic);
    });
    queue = withoutCase(queue, key);
    refresh();
    if (next) focusCase(next, " button");
  }

  /** Returns the sanctions of a user: `mute`, `ban`, `shadow`. */
  const sanctionsOn = (id: string): string[] =>
    queue.sentences.filter(({ user }) => user === id).map(({ kind }) => kind);
  const {
    drawHeld_: drawHeld,
    drawReports_: drawReports,
    drawSanction_: drawSanction,
  } = createCases({
    words,
    times_,
    drawUserMenu_: drawUserMenu,
    sanctionsOn_: sanctionsOn,
    decide,
    isExpanded_: (key) => expanded === key,
    toggleMenu_: toggleMenu,
  });

  function drawDesk({ facts: { mode } }: TopicState): ComponentChildren {
    const { held, reports, sentences } = queue;
    return (
      <div class="desk" role="dialog" aria-label={words.title} tabIndex={-1}>
        {undoLine.draw()}
        {!held.length && !reports.length && <p class="hint">{words.nothing}</p>}
        {drawSection(words.held, drawList(held.map(drawHeld)))}
        {drawSection(
          words.reports,
          drawList(
            reportedOffsets(reports).map((at) => drawReports(reports.filter(({ offset }) => offset === at))),
          ),
        )}
        {drawSection(words.sentences, drawList(sentences.map(drawSanction)))}
        {drawSection(words.topic, drawTopicSettings(acts, mode))}
      </div>
    );
  }

  return {
    sanctionsOn_: sanctionsOn,
    close,
    isOpen: (): boolean => isOpen,
    /** Draws the button, and the desk while it is open. */
    draw(t: TopicState): ComponentChildren {
      update(t);
      // Parts that are drawn meanwhile, such as a pinned message, are inert, too.
      if (isOpen) queueMicrotask(() => setInert(isOpen));
      return (
        <div class="staff" onKeyDown={onKeyDown}>
          {drawDeskButton(words.waiting(count), count, isOpen, () => (isOpen ? close() : open()))}
          <span class="sr" role="status">
            {undoLine.text() || announcement}
          </span>
          {isOpen && drawDesk(t)}
        </div>
      );
    },
  };
}
