/**
 * What a row has besides its text: the message it answers, reactions, and the actions, which are there while the pointer or
 * the keyboard is on the row. They lie over it, so that nothing moves; what they open stands below the text.
 */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { Mentions } from "../compose/mentions.tsx";
import { drawProse } from "../text/formatted.tsx";
import type { Reach } from "./jump.ts";
import type { MessageRow } from "../../chat/rows.ts";
import type { createTall } from "./tall.tsx";
import type { Tray } from "../compose/emoji-button.tsx";
import { EMOJI } from "../../words/later-words.ts";
import type { Writing } from "../compose/reply-edit.tsx";
import { h } from "../extras-jsx.ts";

type Layer = "react" | "remove" | "moderate" | "report";

const ICONS = {
  reply: "M10 6 4 12l6 6M4 12h10q6 0 6 7",
  react: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 14q3.500 4 7 0M9 9v1M15 9v1",
  edit: "M4 20l1-4L16 5l3 3L8 19l-4 1",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  link: "M10 14 14 10M9 11l-3 3a3.500 3.500 0 0 0 5 5l3-3M15 13l3-3a3.500 3.500 0 0 0-5-5l-3 3",
  remove: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  moderate: "M12 3l7 3v6q0 6-7 9-7-3-7-9V6z",
  report: "M6 21V4h12l-3 4 3 4H6",
};

/** The parts that actions go on to. */
interface Parts {
  writing: Writing;
  mentions: Mentions;
  tray: Tray;
  reach: Reach;
  tall: ReturnType<typeof createTall>;
}

/** Makes the part of one chat. */
export function createActions(tools: Kit, { writing, mentions, tray, reach, tall }: Parts) {
  const { command_: command, makeId, tell_: tell, refresh_: refresh, root, times_: times, words } = tools;
  let open: { key: string; layer: Layer } | undefined;
  let form: typeof import("./report-form.tsx") | undefined;

  const me = () => tools.state().me?.id ?? "";
  const can = () => tools.topic()?.can;
  const fail = (error: Error) => tell(words.failed(error.message === "connection-lost" ? "" : error.message));
  const articleOf = (at?: EventTarget | null) =>
    (at as Element | null | undefined)?.closest<HTMLElement>("article");
  const layerIn = (row: MessageRow) => (open?.key === row.key ? open.layer : undefined);

  /** Brings a layer into sight: never taller than the list, and only our own box is scrolled. */
  function reveal(layer: HTMLElement | null | undefined): void {
    const log = root.querySelector("[part=log]");
    if (!layer || !log) return;
    layer.style.maxHeight = `${log.clientHeight - 16}px`;
    const [box, all] = [layer.getBoundingClientRect(), log.getBoundingClientRect()];
    log.scrollTop += Math.min(box.top - all.top, Math.max(0, box.bottom - all.bottom + 4));
  }
  /** Opens a layer of a row, or closes it; the keyboard goes along. */
  function toggle(row: MessageRow, layer: Layer, from: EventTarget | null): void {
    const article = articleOf(from);
    open = layerIn(row) === layer ? undefined : { key: row.key, layer };
    refresh();
    tools.staff()?.reset();
    const to = open ? ".layer :is(button, input)" : `[data-action=${layer}]`;
    requestAnimationFrame(() => {
      (article?.querySelector<HTMLElement>(to) ?? article)?.focus({ preventScroll: true });
      reveal(article?.querySelector<HTMLElement>(".layer"));
    });
  }
  function close(from?: EventTarget | null): void {
    open = undefined;
    refresh();
    articleOf(from)?.focus({ preventScroll: true });
  }

  function react({ topic, offset, reactions }: Message, emoji: string): void {
    const on = !reactions?.[emoji]?.includes(me());
    command("react", { topic, messageId: makeId(), target: offset, emoji, on }).catch(fail);
  }
  /** Any other emoji. The row has the focus afterwards. */
  function more(message: Message, { currentTarget }: Event): void {
    const article = articleOf(currentTarget);
    const back = () => close(article);
    const take = (emoji: string) => {
      back();
      react(message, emoji);
    };
    tray.show(take, back).catch(fail);
  }
  function remove({ topic, offset }: Message): void {
    command("remove", { topic, messageId: makeId(), target: offset }).catch(fail);
  }
  function report({ topic, offset }: Message, why: string): void {
    const fields = { topic, target: offset, ...(why && { why }) };
    command("report", fields).then(() => tell(words.report.done), fail);
  }
  async function showReport(row: MessageRow, from: EventTarget | null): Promise<void> {
    form ??= await import("./report-form.tsx");
    toggle(row, "report", from);
  }
  function copy(text: string, said: string): void {
    navigator.clipboard.writeText(text).then(() => tell(said), fail);
  }
  /** Where the transcript shows it, among those around it. */
  const linkTo = ({ topic, offset }: Message) =>
    `${tools.server}/t/${encodeURIComponent(topic)}?at=${offset}#m${offset}`;

  function drawQuote({ replyTo }: Message, quoted: Message | undefined, active: boolean): ComponentChildren {
    if (replyTo === undefined) return undefined;
    const found = quoted ?? reach.find(replyTo);
    if (!found) return <div part="quote">{words.earlier}</div>;
    const { user, text, removed } = found;
    return (
      <button type="button" part="quote" tabIndex={active ? 0 : -1} onClick={() => void reach.jump(replyTo)}>
        <span class="sr">{words.quote(user.name)}</span>
        <bdi aria-hidden>{user.name}</bdi>
        <span class="clamp" dir="auto">
          {removed ? words.removed[removed] : text}
        </span>
      </button>
    );
  }

  function drawReactions(message: Message, active: boolean): ComponentChildren {
    const all = Object.entries(message.reactions ?? {}).filter(([, users]) => users.length);
    if (!all.length) return undefined;
    return (
      <div part="reactions">
        {all.map(([emoji, users]) => {
          const mine = users.includes(me());
          const attributes = {
            type: "button" as const,
            key: emoji,
            part: "reaction",
            tabIndex: active ? 0 : -1,
            "aria-pressed": mine,
            "aria-disabled": !can()?.react,
            "aria-label": words.reaction(EMOJI[emoji] ?? emoji, users.length, mine),
            onClick: () => can()?.react && react(message, emoji),
          };
          return <button {...attributes}>{`${emoji} ${users.length}`}</button>;
        })}
      </div>
    );
  }

  const icon = (
    name: keyof typeof ICONS,
    label: string,
    onClick: (event: Event) => void,
    expanded?: boolean,
  ) => (
    <button
      type="button"
      part="action"
      data-action={name}
      aria-label={label}
      title={label}
      {...(expanded !== undefined && { "aria-expanded": expanded })}
      onClick={onClick}
    >
      <svg aria-hidden viewBox="0 0 24 24" width={16}>
        <path d={ICONS[name]} />
      </svg>
    </button>
  );

  function drawBar(row: MessageRow, message: Message): ComponentChildren {
    const rights = can();
    const layer = layerIn(row);
    const mine = writing.isMine(message);
    return (
      <div part="actions" role="toolbar" aria-label={words.actions}>
        {!message.removed && [
          rights?.write && icon("reply", words.reply, () => writing.reply(message)),
          rights?.react &&
            icon("react", words.react, (e) => toggle(row, "react", e.currentTarget), layer === "react"),
          // Missing on pages that are not served over https.
          "clipboard" in navigator && [
            icon("copy", words.copy, () => copy(message.text, words.copied)),
            icon("link", words.link, () => copy(linkTo(message), words.copied)),
          ],
          mine && rights?.write && icon("edit", words.edit, () => writing.edit(message)),
          mine &&
            rights?.write &&
            icon("remove", words.remove, (e) => toggle(row, "remove", e.currentTarget), layer === "remove"),
        ]}
        {!row.mine &&
          !message.removed &&
          !rights?.moderate &&
          icon(
            "report",
            words.report.ask,
            (e) => void showReport(row, e.currentTarget).catch(fail),
            layer === "report",
          )}
        {tools.staff() &&
          rights?.moderate &&
          !(row.mine && message.removed) &&
          icon(
            "moderate",
            words.moderate,
            (e) => toggle(row, "moderate", e.currentTarget),
            layer === "moderate",
          )}
      </div>
    );
  }

  /** Where nothing hovers: the row's actions open with a press on this, or anywhere on the row. */
  const coarse = matchMedia("(pointer: coarse)");
  const drawMore = (): ComponentChildren => (
    <button
      type="button"
      class="more"
      tabIndex={-1}
      aria-label={words.actions}
      onClick={({ currentTarget }: Event) => articleOf(currentTarget)?.focus({ preventScroll: true })}
    >
      ⋮
    </button>
  );
  /** Left and right in the row of actions. */
  function step(event: KeyboardEvent): void {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const bar = (event.target as Element).closest("[part=actions]");
    if (!by || !bar) return;
    const buttons = [...bar.querySelectorAll<HTMLElement>("button")];
    const at = buttons.indexOf(event.target as HTMLElement);
    const to = at + (bar.matches(":dir(rtl)") ? -by : by) + buttons.length;
    event.preventDefault();
    buttons[to % buttons.length]?.focus({ preventScroll: true });
  }

  function drawLayer(row: MessageRow, message: Message): ComponentChildren {
    const layer = layerIn(row);
    if (!layer) return undefined;
    const then = (event: Event, run: () => void) => {
      close(event.currentTarget);
      run();
    };
    const button = (label: string, text: string, run: () => void) => (
      <button type="button" part="action" aria-label={label} onClick={(e: Event) => then(e, run)}>
        {text}
      </button>
    );
    const leave = () => close((root.getRootNode() as ShadowRoot).activeElement);
    const content = {
      react: () => [
        Object.entries(EMOJI).map(([emoji, name]) => button(name, emoji, () => react(message, emoji))),
        <button
          type="button"
          part="action"
          aria-label={words.emoji.more}
          aria-haspopup="dialog"
          onClick={(event: Event) => more(message, event)}
        >
          …
        </button>,
      ],
      remove: () => [
        <span>{words.removeAsk}</span>,
        button(words.remove, words.remove, () => remove(message)),
        button(words.cancel, words.cancel, () => undefined),
      ],
      moderate: () => tools.staff()?.drawMenu(message, leave),
      report: () =>
        form?.drawReport(
          h,
          words,
          (why) => {
            leave();
            report(message, why);
          },
          leave,
        ),
    }[layer]();
    const label = {
      react: words.react,
      remove: words.remove,
      moderate: words.moderate,
      report: words.report.ask,
    }[layer];
    return (
      <div class={`layer ${layer}`} role="group" aria-label={label}>
        {content}
      </div>
    );
  }

  return {
    drawBody_(row: MessageRow, active: boolean): ComponentChildren {
      const { message } = row;
      const { removed, edited } = message ?? {};
      const text = removed ? (
        <em class="gone">{words.removed[removed]}</em>
      ) : (
        drawProse(tools, row.text, { active_: active, names_: mentions.namesOf(message?.mentions) })
      );
      return [
        message && !removed && drawQuote(message, row.quoted_, active),
        tall.drawText(
          row,
          active,
          { part: "text", dir: "auto", lang: "", "data-offset": message?.offset },
          text,
        ),
        message?.hidden && <span class="edited">{words.hidden}</span>,
        !removed && edited !== undefined && (
          <span class="edited" title={times.full_(edited)}>
            {words.edited}
          </span>
        ),
        message && !removed && drawReactions(message, active),
        message && (active || layerIn(row)) && drawBar(row, message),
        message && coarse.matches && drawMore(),
        message && drawLayer(row, message),
      ];
    },
    onRowKey_(event: KeyboardEvent, row: MessageRow): void {
      const { message } = row;
      const { key, target, currentTarget } = event;
      if (!message || event.ctrlKey || event.metaKey || event.altKey) return;
      if (key === "Escape" && (layerIn(row) || target !== currentTarget)) {
        event.preventDefault();
        close(currentTarget);
        return;
      }
      if (target !== currentTarget) {
        step(event);
        return;
      }
      const rights = can();
      const mine = writing.isMine(message) && rights?.write;
      const acts: Record<string, (() => void) | false | undefined> = {
        Enter: () =>
          articleOf(currentTarget)
            ?.querySelector<HTMLElement>("[part=actions] button")
            ?.focus({ preventScroll: true }),
        r: rights?.write && !message.removed && (() => writing.reply(message)),
        e: mine && (() => writing.edit(message)),
        Delete: mine && (() => toggle(row, "remove", currentTarget)),
      };
      const act = acts[key.length > 1 ? key : key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      act();
    },
  };
}
