/**
 * One row of the list: a message, an unsent message, or a divider. Text reaches the page as text nodes and checked addresses
 * only. A row that fails to draw shows an error and leaves the others alone.
 */
import { Component, type ComponentChildren, h } from "preact";
import type { Extras } from "./kit.ts";
import type { LineRow, MessageRow, Row } from "./rows.ts";
import type { Strings } from "../words/list-words.ts";
import { hueOf, initials } from "./author.ts";
import { dayOf, type Times } from "./dates.ts";

/** The rows' surroundings; the same object in every drawing until something changes. */
export interface RowContext {
  strings_: Strings;
  times_: Times;
  now: () => number;
  onLink_: (href: string, event: Event) => void;
  /** The chunk `extras`, once it is loaded; until then texts are plain. */
  extras_?: Extras;
}

interface RowProps {
  row_: Row;
  context: RowContext;
  /** Whether the pointer or the focus is on this row; with the focus, Tab reaches its links. */
  active_: boolean;
}

/** A row that draws again only when its contents have changed. */
export class RowView extends Component<RowProps> {
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
  override render({ row_: row, context, active_: active }: RowProps): ComponentChildren {
    try {
      return "text" in row ? drawMessage(row, context, active) : drawLine(row, context);
    } catch {
      return <li class="line">{context.strings_.broken}</li>;
    }
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

function drawMessage(row: MessageRow, context: RowContext, active: boolean) {
  const { name, text, at, head, mine, state } = row;
  const { strings_: strings, times_: times, extras_: extras } = context;
  const marks = [mine && "own", state, extras?.rowClass_(row)].filter(Boolean);
  const clock = times.clock_(at);
  const style = { "--_hue": hueOf(row.userId_) };
  const time = (
    <time part="time" dateTime={new Date(at).toISOString()} title={active ? times.full_(at) : undefined}>
      {clock}
    </time>
  );
  return (
    <li class={[head && "head", ...marks].filter(Boolean).join(" ")}>
      <article
        part={["message", ...marks].join(" message-")}
        tabIndex={-1}
        aria-label={`${mine ? strings.you : name}, ${clock}`}
        style={style}
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
              <bdi part="author">{mine ? strings.you : name}</bdi>
              {row.role === "operator" && <span class="tag">{strings.operator}</span>}
              {time}
            </div>
          )}
          {extras?.drawBody_(row, active) ?? [
            undefined,
            <div part="text" dir="auto" lang="" data-offset={row.message?.offset}>
              {text}
            </div>,
          ]}
        </div>
      </article>
    </li>
  );
}
