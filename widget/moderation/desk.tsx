/**
 * The moderators' desk: a button in the header that counts what waits, and the layer it opens, with held messages,
 * reports, who is muted, banned or hidden, and the topic's modes. It lies over the list and the composer, which are inert meanwhile; Esc
 * closes it and gives the focus back.
 */
import type { ComponentChildren } from "preact";
import type { HeldMessage, ModerationAct, Queue, Report, TopicMode } from "../../src/model.ts";
import type { Kit } from "../chat/kit.ts";
import type { Acts } from "./acts.tsx";
import type { Heard } from "../client/topic-facts.ts";
import type { TopicState } from "../client/state.ts";
import { h } from "./moderation-jsx.ts";

const DAY_MS = 86_400_000;
const SHIELD = "M12 3l7 3v6q0 6-7 9-7-3-7-9V6z";

export function createDesk(kit: Kit, acts: Acts) {
  const { command_: command, refresh_: refresh, root, state, times_: times, topic: now } = kit;
  const { words, button, ask, find, focusLater } = acts;
  let queue: Queue | undefined;
  let isOpen = false;
  /** The case whose further choices are shown. */
  let more: string | undefined;
  /** What the last question to the server was asked for. */
  let asked: { topic: string; heard_: Heard["queue"]; connection: string } | undefined;
  let waiting = 0;
  let said = "";

  async function fetchQueue(topic: string): Promise<void> {
    const reply = await command("queue", { topic }).catch(() => undefined);
    if (!reply || now()?.topic !== topic) return;
    queue = reply;
    const n = reply.held.length + new Set(reply.reports.map(({ offset }) => offset)).size;
    // Said when more waits than before, not when one is done with.
    if (n > waiting) said = words.arrived(n);
    waiting = n;
    refresh();
  }
  /** Asks when the topic is another, when we are back, and when the server says that something changed. */
  function follow({ topic, heard }: TopicState): void {
    const { connection } = state();
    const isSame = asked?.topic === topic && asked.heard_ === heard.queue && asked.connection === connection;
    if (isSame) return;
    if (asked?.topic !== topic) {
      queue = undefined;
      waiting = 0;
      if (asked) close();
    }
    asked = { topic, heard_: heard.queue, connection };
    if (connection === "online") void fetchQueue(topic);
  }

  /** What lies under the layer can't be reached while it is open. */
  function cover(on: boolean): void {
    for (const under of root.querySelectorAll(".chat > :not(.sr, [part=header])"))
      under.toggleAttribute("inert", on);
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
    more = undefined;
    cover(false);
    if (find(".desk:focus-within")) find("[part=moderate-button]")?.focus({ preventScroll: true });
    refresh();
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !isOpen) return;
    event.preventDefault();
    event.stopPropagation();
    if (more) showMore(more);
    else close();
  }

  /** Opens the further choices of a case, or closes them; the keyboard goes along. */
  function showMore(key: string): void {
    const isNew = more !== key;
    acts.reset();
    more = isNew ? key : undefined;
    refresh();
    const inside = isNew ? " .layer input" : " [aria-expanded]";
    focusLater(() => find(`[data-case="${CSS.escape(key)}"]${inside}`));
  }

  /** Does what was decided. The case goes at once and the keyboard on to the next one; the server's answer settles it. */
  function decide(key: string, deed: ModerationAct, name?: string): void {
    const cases = [...root.querySelectorAll<HTMLElement>(".desk [data-case]")];
    const at = cases.findIndex((each) => each.dataset.case === key);
    const next = (cases[at + 1] ?? cases[at - 1])?.dataset.case;
    find(".desk")?.focus({ preventScroll: true });
    more = undefined;
    acts.act(deed, name).finally(() => {
      const { topic } = now() ?? {};
      if (topic) void fetchQueue(topic);
    });
    if (queue) {
      queue = {
        ...queue,
        held: queue.held.filter((held) => keyOf(held) !== key),
        reports: queue.reports.filter(({ offset }) => `report ${offset}` !== key),
        sentences: queue.sentences.filter(({ user, kind }) => `${kind} ${user}` !== key),
      };
    }
    refresh();
    if (next) focusLater(() => find(`[data-case="${CSS.escape(next)}"] button`));
  }

  const keyOf = ({ user, messageId }: HeldMessage) => `held ${user.id} ${messageId}`;
  const time = (at: number) => {
    const isRecent = Date.now() - at < DAY_MS;
    const attributes = { dateTime: new Date(at).toISOString(), title: times.full_(at) };
    return <time {...attributes}>{isRecent ? times.clock_(at) : times.full_(at)}</time>;
  };
  const text = (words: string) => (
    <p class="text" dir="auto" lang="">
      {words}
    </p>
  );
  const moreButton = (key: string, label: string) => button("…", () => showMore(key), label, more === key);
  const layer = (label: string, ...content: ComponentChildren[]) => (
    <div class="layer moderate" role="group" aria-label={label}>
      {content}
    </div>
  );
  /** A case: who, what they wrote, what to do. */
  const drawCase = (key: string, ...content: ComponentChildren[]) => (
    <li key={key} data-case={key}>
      {content}
    </li>
  );
  const by = (name: string, ...more: ComponentChildren[]) => (
    <div class="by">
      <bdi part="author">{name}</bdi>
      {more}
    </div>
  );

  function drawHeld(held: HeldMessage): ComponentChildren {
    const key = keyOf(held);
    const { user, messageId, heldFor } = held;
    const { name } = user;
    const why = heldFor === "review" ? undefined : <span class="tag">{words.heldFor[heldFor]}</span>;
    const deed = (action: "approve" | "reject") => () =>
      decide(key, { action, user: user.id, messageId }, name);
    return drawCase(
      key,
      by(name, why, time(held.at)),
      text(held.text),
      button(words.approve, deed("approve"), `${words.approve}, ${name}`),
      button(`${words.reject}…`, () => showMore(key), `${words.reject}, ${name}`, more === key),
      more === key &&
        layer(
          words.person(name),
          acts.drawPerson(user, laidOn(user.id), () => showMore(key), {
            label: words.reject,
            run: deed("reject"),
          }),
        ),
    );
  }

  function drawReport(reports: readonly Report[]): ComponentChildren {
    const [first] = reports;
    if (!first) return undefined;
    const { offset, message } = first;
    const key = `report ${offset}`;
    const author = message?.user;
    return drawCase(
      key,
      author && by(author.name, time(message.at)),
      message && !message.removed ? (
        text(message.text)
      ) : (
        <p>
          <em>{words.goneMessage}</em>
        </p>
      ),
      <ul class="reporters" aria-label={words.reports}>
        {reports.map(({ by, byName, why }) => (
          <li key={by} dir="auto">
            {words.reported(byName ?? by, why ?? "")}
          </li>
        ))}
      </ul>,
      message &&
        !message.removed &&
        button(words.remove, () => decide(key, { action: "remove", target: offset })),
      button(words.dismiss, () => decide(key, { action: "dismiss", target: offset })),
      author && moreButton(key, words.person(author.name)),
      author &&
        more === key &&
        layer(
          words.person(author.name),
          acts.drawPerson(author, laidOn(author.id), () => showMore(key)),
        ),
    );
  }

  function drawSentence({
    user,
    name = user,
    kind,
    until,
    why,
  }: Queue["sentences"][number]): ComponentChildren {
    const key = `${kind} ${user}`;
    const deed: ModerationAct =
      kind === "shadow" ? { action: "shadow", user, on: false } : { action: "unban", user };
    const label = kind === "shadow" ? words.unhide : words.lift;
    const when = until ? words.until(times.full_(until)) : "";
    return drawCase(
      key,
      by(name, <span>{`${words.kinds[kind]}${when}`}</span>),
      why && text(why),
      button(label, () => decide(key, deed, name), `${label}, ${name}`),
    );
  }

  function drawTopic({ heard: { mode } }: TopicState): ComponentChildren {
    const set = (change: Partial<TopicMode>) => void acts.act({ action: "mode", mode: change });
    const { slowS = 0, hold = "none", readOnly = false, emojiOnly = false } = mode ?? {};
    const choose = (
      label: string,
      all: Record<string, string>,
      value: string,
      run: (value: string) => void,
    ) => (
      <label>
        {label}
        <select
          value={value}
          onChange={({ currentTarget }: Event) => run((currentTarget as HTMLSelectElement).value)}
        >
          {Object.entries({ [value]: value, ...all }).map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
    );
    const check = (label: string, checked: boolean, run: (on: boolean) => void) => (
      <label>
        <input
          type="checkbox"
          checked={checked}
          onChange={({ currentTarget }: Event) => run((currentTarget as HTMLInputElement).checked)}
        />
        {label}
      </label>
    );
    return (
      <div class="modes">
        {choose(words.slow, words.slows, `${slowS}`, (value) => set({ slowS: Number(value) }))}
        {choose(words.hold, words.holds, hold, (value) => set({ hold: value as TopicMode["hold"] }))}
        {check(words.readOnly, readOnly, (on) => set({ readOnly: on }))}
        {check(words.emojiOnly, emojiOnly, (on) => set({ emojiOnly: on }))}
        {ask(words.clear, words.clearAsk, () => void acts.act({ action: "clear" }))}
      </div>
    );
  }

  function drawDesk(t: TopicState): ComponentChildren {
    const { held = [], reports = [], sentences = [] } = queue ?? {};
    const offsets = [...new Set(reports.map(({ offset }) => offset))];
    const section = (label: string, cases: ComponentChildren[]) =>
      cases.length > 0 && (
        <section aria-label={label}>
          <h3>{label}</h3>
          <ul>{cases}</ul>
        </section>
      );
    return (
      <div class="desk" role="dialog" aria-label={words.title} tabIndex={-1}>
        {acts.drawUndo()}
        {!held.length && !reports.length && <p class="hint">{words.nothing}</p>}
        {section(words.held, held.map(drawHeld))}
        {section(
          words.reports,
          offsets.map((offset) => drawReport(reports.filter((report) => report.offset === offset))),
        )}
        {section(words.sentences, sentences.map(drawSentence))}
        <section aria-label={words.topic}>
          <h3>{words.topic}</h3>
          {drawTopic(t)}
        </section>
      </div>
    );
  }

  /** What is laid on a user now: `mute`, `ban`, `shadow`. */
  const laidOn = (id: string): string[] =>
    queue?.sentences.filter(({ user }) => user === id).map(({ kind }) => kind) ?? [];

  return {
    laidOn,
    close,
    isOpen: () => isOpen,
    draw(t: TopicState): ComponentChildren {
      follow(t);
      // What is drawn meanwhile, such as a pinned message, lies under it, too.
      if (isOpen) queueMicrotask(() => cover(isOpen));
      return (
        <div class="staff" onKeyDown={onKeyDown}>
          <button
            type="button"
            part="moderate-button"
            aria-label={words.waiting(waiting)}
            aria-haspopup="dialog"
            aria-expanded={isOpen}
            onClick={() => (isOpen ? close() : open())}
          >
            <svg aria-hidden viewBox="0 0 24 24" width={20}>
              <path d={SHIELD} />
            </svg>
            {waiting > 0 && (
              <span class="count" aria-hidden>
                {waiting > 99 ? "99+" : waiting}
              </span>
            )}
          </button>
          <span class="sr" role="status">
            {acts.said_() || said}
          </span>
          {isOpen && drawDesk(t)}
        </div>
      );
    },
  };
}
