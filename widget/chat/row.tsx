/**
 * One row of the list: a message, an unsent message, or a divider. Text reaches the page as text nodes and checked addresses
 * only. A row that fails to draw shows an error and leaves the others alone.
 */
import { Component, type ComponentChildren, createRef, h, hydrate, render } from "preact";
import type { Extras } from "./kit.ts";
import type { LineRow, MessageRow, Row } from "./rows.ts";
import type { Strings } from "../words/list-words.ts";
import { hueOf, initials } from "./author.ts";
import { copyOf, kindOf } from "./message-copy.ts";
import { dayOf, type Times } from "./dates.ts";

/** The rows' surroundings; the same object in every drawing until something changes. */
export interface RowContext {
  strings_: Strings;
  times_: Times;
  now: () => number;
  onLink_: (href: string, event: Event) => void;
  /** A message of each kind that was drawn, to be copied (message-copy.ts). */
  originals_: Record<string, Element>;
  /** The chunk `extras`, once it is loaded; until then texts are plain. */
  extras_?: Extras;
}

interface RowProps {
  row_: Row;
  context: RowContext;
  /** Whether the pointer or the focus is on this row; with the focus, Tab reaches its links. */
  active_: boolean;
}

/**
 * A row that draws again only when its contents have changed. The message in it is drawn apart from the list, because most of
 * them begin as a copy of one that is like them; Preact takes the elements of a copy over when the message changes.
 */
export class RowView extends Component<RowProps> {
  #li = createRef<HTMLLIElement>();
  /** With which properties the message was copied; undefined once Preact has drawn it. */
  #copied: RowProps | undefined;

  override shouldComponentUpdate(next: RowProps): boolean {
    const { row_: row, context, active_: active } = this.props;
    const [was, is] = [row, next.row_] as Record<string, unknown>[];
    // The label of a day changes at midnight. A changed message is a new object.
    if (active !== next.active_ || is?.type === "day") return true;
    for (const name in { ...was, ...is }) if (was?.[name] !== is?.[name]) return true;
    if (context === next.context) return false;
    if (context.extras_) return true;
    // Most rows look the same with `extras`. Each of the others is drawn in a task of its own, so that the page stays responsive.
    if (active || next.context.extras_?.changes_(next.row_)) setTimeout(() => this.forceUpdate());
    return false;
  }
  override componentDidUpdate(): void {
    const { row_: row, context, active_: active } = this.props;
    const { extras_: extras, originals_: originals } = context;
    const { current: li } = this.#li;
    const copied = this.#copied;
    if (!li || !("text" in row)) return;
    try {
      // Only a message that looks the same without `extras` is copied, or a model for copies.
      const kind = !li.firstChild && !active && !row.state && !extras?.changes_(row) && kindOf(row);
      const original = kind && originals[kind];
      this.#copied = original ? this.props : undefined;
      if (original) li.append(copyOf(original, row, ...wordsOf(row, context)));
      else {
        // First as it was copied, so that no element of the message is taken for another.
        if (copied) hydrate(drawArticle(copied.row_ as MessageRow, copied.context), li);
        render(drawArticle(row, context, kind ? undefined : extras, active), li);
        if (kind) originals[kind] = li.firstElementChild?.cloneNode(true) as Element;
      }
    } catch {
      li.className = "line";
      li.textContent = context.strings_.broken;
    }
  }
  override componentDidMount = this.componentDidUpdate;
  override componentWillUnmount(): void {
    const { current: li } = this.#li;
    // For what its elements hold.
    if (li) render(null, li);
  }

  override render({ row_: row, context }: RowProps): ComponentChildren {
    return "text" in row ? (
      <li class={marksOf(row, context.extras_).join(" ")} ref={this.#li} />
    ) : (
      drawLine(row, context)
    );
  }
}

function drawLine(row: LineRow, { strings_: strings, times_: times, now }: RowContext) {
  const { type } = row;
  if (type === "gap")
    return (
      <li class="line gap">
        <span>{strings.gap(row.count)}</span>
      </li>
    );
  if (type === "day") {
    const today = dayOf(now());
    // Noon of the day after is its day too, when clocks are set forward or back.
    const isYesterday = dayOf(row.at + 36 * 3_600_000) === today;
    const words = row.at === today ? strings.today : isYesterday ? strings.yesterday : times.day(row.at);
    return (
      <li class="line" part="day-divider">
        <span>{words}</span>
      </li>
    );
  }
  return (
    <li class="line new" part="unread-divider">
      <span>{row.count ? strings.away(row.count) : strings.unread}</span>
    </li>
  );
}

/** What a message is beside its text: additions to its class and its part. */
const marksOf = (row: MessageRow, extras: Extras | undefined) =>
  [row.mine && "own", row.state, extras?.rowClass_(row), row.head && "head"].filter(Boolean);

/** A message's author and time, in words. */
const wordsOf = (
  { name, mine, at }: MessageRow,
  { strings_: strings, times_: times }: RowContext,
): [author: string, clock: string] => [mine ? strings.you : name, times.clock_(at)];

function drawArticle(row: MessageRow, context: RowContext, extras?: Extras, active?: boolean) {
  const { name, text, at, head, role } = row;
  const { strings_: strings, times_: times } = context;
  const [author, clock] = wordsOf(row, context);
  const time = (
    <time part="time" dateTime={new Date(at).toISOString()} title={active ? times.full_(at) : undefined}>
      {clock}
    </time>
  );
  return (
    <article
      part={["message", ...marksOf(row, extras)].join(" message-")}
      tabIndex={-1}
      aria-label={`${author}, ${clock}`}
      style={{ "--_hue": hueOf(row.userId_) }}
    >
      {head ? (
        <span part="avatar" aria-hidden="true">
          {extras?.glyph_(row) || initials(name)}
        </span>
      ) : (
        time
      )}
      <div>
        {head && (
          <div class="by">
            <bdi part="author">{author}</bdi>
            {role === "operator" && <span class="tag">{strings.operator}</span>}
            {time}
          </div>
        )}
        {extras?.drawBody_(row, !!active) ?? [
          undefined,
          <div part="text" dir="auto" lang="" data-offset={row.message?.offset}>
            {text}
          </div>,
        ]}
      </div>
    </article>
  );
}
