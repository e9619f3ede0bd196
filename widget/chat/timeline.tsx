/**
 * List of messages. It holds its position: new messages do not move a row while the reader is elsewhere, messages added above
 * are compensated, and only a reader at the end stays at the end. A bounded range is mounted (`mounted-range`). The list is
 * silent for screen readers (`announcer` speaks) and one stop of the Tab key; arrow keys go from message to message.
 */
import { Component, type ComponentChildren, createRef, type RefObject, h } from "preact";
import type { User } from "../../src/model.ts";
import { buildRows } from "./rows.ts";
import { type RowContext, RowView } from "./row.tsx";
import { cut, follow, hold, slideDown, slideUp, type Span } from "./mounted-range.ts";
import { hasOlder, type TopicState } from "../client/state.ts";

export interface TimelineProps {
  topic: TopicState;
  title: string;
  me: User | undefined;
  context: RowContext;
  /** Holds this component once it is drawn (Preact's `ref` is for elements). */
  timeline_: RefObject<Timeline | null>;
  onOlder_: () => void;
  /** Whether the newest messages are what the reader sees. */
  onPinned_: (pinned: boolean) => void;
}

interface TimelineState {
  /** Nothing while the reader is at the end, and is kept there. */
  span_: Span;
  /** The newest offset when the reader left the end. */
  leftAt_: number;
  activeKey_: string | undefined;
  /** The first that is mounted at the end: of a few in the first drawing, which nobody should wait for, then of more. */
  from: number;
  /** All is mounted, for the printer. */
  isPrinted: boolean;
}

/** A row and how far below the upper edge of the list it begins. */
interface Anchor {
  row_: HTMLElement;
  top: number;
}

/** Nearer than this to the end is at the end. */
const END_PX = 32;
/** Nearer than this to an end of what is mounted, more is mounted or asked for. */
const NEAR_PX = 400;

/** Nothing is mounted yet, or nothing of the newest. */
const AT_END = { span_: undefined, from: Number.POSITIVE_INFINITY };

export class Timeline extends Component<TimelineProps, TimelineState> {
  override state: TimelineState = { ...AT_END, leftAt_: 0, activeKey_: undefined, isPrinted: false };
  #scroller = createRef<HTMLElement>();
  #list = createRef<HTMLOListElement>();
  #anchor: Anchor | undefined;
  /** Where the list was scrolled to, to be at the end. */
  #end = 0;
  #sizes: ResizeObserver | undefined;
  /** The topic as it was when an older page was asked for: until the answer is drawn, no other one is. */
  #asked: TopicState | undefined;

  override componentDidMount(): void {
    this.props.timeline_.current = this;
    // The keyboard of a phone, a panel that opens, a window that changes its width, rows that grow.
    this.#sizes = new ResizeObserver(() => this.settle_());
    for (const { current } of [this.#scroller, this.#list]) if (current) this.#sizes.observe(current);
    this.#look();
    addEventListener("beforeprint", this.#onPrint);
    addEventListener("afterprint", this.#onPrint);
  }
  override componentWillUnmount(): void {
    removeEventListener("beforeprint", this.#onPrint);
    removeEventListener("afterprint", this.#onPrint);
    this.#sizes?.disconnect();
  }
  override getSnapshotBeforeUpdate(): Anchor | undefined {
    return this.state.span_ && this.#findAnchor();
  }
  override componentDidUpdate(props: TimelineProps, before: TimelineState, anchor: Anchor | undefined): void {
    const { epoch } = props.topic.cursor ?? {};
    // Another log: the stretch that was being read does not exist in it.
    if (epoch && epoch !== this.props.topic.cursor?.epoch && this.state.span_) this.toLatest_();
    if (anchor) this.#anchor = anchor;
    this.settle_();
    if (!before.span_ !== !this.state.span_) this.props.onPinned_(!this.state.span_);
    this.#look();
    const { span_: span, from } = this.state;
    const next = span ? undefined : follow(this.props.topic.messages, from);
    if (next) requestAnimationFrame(() => this.setState({ from: next }));
  }

  /** Puts the list where the reader had it: after a change, and after the element was moved in the page. */
  settle_(): void {
    const scroller = this.#scroller.current;
    // An empty list is not laid out for this.
    if (!scroller || !this.props.topic.messages[0]) return;
    if (!this.state.span_) {
      scroller.scrollTop = scroller.scrollHeight;
      this.#end = scroller.scrollTop;
    } else if (this.#anchor?.row_.isConnected)
      scroller.scrollTop = this.#anchor.row_.offsetTop - this.#anchor.top;
  }

  /** To the newest message. */
  toLatest_(): void {
    if (this.state.span_) this.setState(AT_END);
    this.settle_();
  }

  /** Stays where it is, whatever comes. */
  hold(): void {
    const { messages, last } = this.props.topic;
    this.setState({ span_: hold(messages, undefined, this.state.from), leftAt_: last });
  }

  /** The first message in sight. A divider is none: the day's stays the first row when a page is put before it. */
  #findAnchor(): Anchor | undefined {
    const scroller = this.#scroller.current;
    const rows = this.#list.current?.children ?? [];
    for (const row of rows) {
      if (!(row instanceof HTMLElement) || !scroller || row.classList.contains("line")) continue;
      if (row.offsetTop + row.offsetHeight > scroller.scrollTop)
        return { row_: row, top: row.offsetTop - scroller.scrollTop };
    }
    return undefined;
  }

  #distance(): number {
    const s = this.#scroller.current;
    return s ? s.scrollHeight - s.scrollTop - s.clientHeight : 0;
  }

  /** On paper stands all that is held, the newest included. */
  #onPrint = ({ type }: Event): void => {
    const isPrinted = type === "beforeprint";
    this.setState(isPrinted ? { span_: undefined, isPrinted } : { isPrinted });
  };

  #onScroll = (): void => {
    if (this.state.isPrinted) return;
    const { messages } = this.props.topic;
    const { span_: span, leftAt_: leftAt } = this.state;
    const isEnd = cut(messages, span).end_ === messages.length && this.#distance() < END_PX;
    // Only a reader scrolls up; a box that became smaller has its end elsewhere, which is seen to by `settle`.
    if (!span && !isEnd && (this.#scroller.current?.scrollTop ?? 0) < this.#end) this.hold();
    else if (span && isEnd && !this.props.context.extras_?.pausedLabel_(0))
      this.setState({ span_: undefined, from: span.from });
    else if (span) {
      this.#anchor = this.#findAnchor();
      if (leftAt < span.to) this.setState({ leftAt_: span.to });
    }
    this.#look();
  };

  /** Mounts, or asks for, what the reader is about to reach. */
  #look(): void {
    const scroller = this.#scroller.current;
    const { topic, onOlder_: onOlder } = this.props;
    const { span_: span, from } = this.state;
    if (topic.phase === "loading" || !scroller?.clientHeight) return;
    const { start_: start, end_: end } = cut(topic.messages, span, from);
    const isShort = scroller.scrollHeight <= scroller.clientHeight;
    const isAtTop = scroller.scrollTop < NEAR_PX && (span || isShort);
    if (isAtTop && start > 0 && span) this.setState({ span_: slideUp(topic.messages, span) });
    // A list that is short because its newest messages are still on their way asks for no older ones.
    else if (
      isAtTop &&
      start === 0 &&
      topic.last >= topic.liveFrom &&
      hasOlder(topic) &&
      !topic.loadingOlder &&
      topic !== this.#asked
    ) {
      this.#asked = topic;
      onOlder();
    } else if (span && end < topic.messages.length && this.#distance() < NEAR_PX) {
      this.setState({ span_: slideDown(topic.messages, span) });
    }
  }

  #onKeyDown = (event: KeyboardEvent): void => {
    const scroller = this.#scroller.current;
    const articles = [...(this.#list.current?.querySelectorAll("article") ?? [])];
    const at = articles.indexOf(event.target as HTMLElement);
    if (!scroller || (at < 0 && event.target !== scroller)) return;
    const next = {
      ArrowUp: at < 0 ? articles.length - 1 : at - 1,
      ArrowDown: at + 1,
      Home: 0,
      End: articles.length - 1,
    }[event.key];
    const article = next === undefined || (at < 0 && event.key === "ArrowDown") ? undefined : articles[next];
    if (!article) return;
    event.preventDefault();
    article.focus({ preventScroll: true });
    // Only our own box is scrolled, never the page around it.
    const { offsetTop, offsetHeight } = article.parentElement ?? article;
    if (offsetTop < scroller.scrollTop) scroller.scrollTop = offsetTop - 8;
    const below = offsetTop + offsetHeight - scroller.clientHeight;
    if (below > scroller.scrollTop) scroller.scrollTop = below + 8;
    // Before the next drawing, which would keep a reader at the end who has just left it.
    this.#onScroll();
  };

  /** Focus comes to a row, goes from one to another, or leaves them all. */
  #onFocus = ({ type, target, relatedTarget }: FocusEvent): void => {
    const at = (type === "focusin" ? target : relatedTarget) as Element | null;
    const rows = [...(this.#list.current?.children ?? [])];
    this.setState({ activeKey_: this.#keys[rows.findIndex((row) => row.contains(at))] });
  };
  #keys: string[] = [];

  override render(
    { topic, title, me, context }: TimelineProps,
    { span_: span, leftAt_: leftAt, activeKey_: activeKey, from, isPrinted }: TimelineState,
  ): ComponentChildren {
    const { strings_: strings, extras_: extras } = context;
    const all = { start_: 0, end_: topic.messages.length };
    const { start_: start, end_: end } = isPrinted ? all : cut(topic.messages, span, from);
    const rows = buildRows(topic, topic.messages.slice(start, end), end === topic.messages.length, me);
    this.#keys = rows.map((row) => row.key);
    const isNews = (m: { offset: number; user: User; kind?: string }) =>
      m.offset > leftAt && m.user.id !== me?.id && !m.kind;
    const news = span ? topic.messages.filter(isNews).length : 0;
    const isEmpty = topic.phase === "ready" && !rows[0] && !hasOlder(topic);
    return (
      <div class="middle">
        <section
          part="log"
          aria-label={strings.transcript(title)}
          tabIndex={0}
          ref={this.#scroller}
          onScroll={this.#onScroll}
          onKeyDown={this.#onKeyDown}
        >
          <div class="top">
            {topic.phase === "loading" && !rows[0] && (
              <div class="hollow" aria-hidden="true">
                <i />
              </div>
            )}
            {topic.loadingOlder && <p class="hint">{strings.loading}</p>}
          </div>
          {isEmpty && (
            <div part="empty">
              <slot name="empty">
                <strong>{title}</strong>
                <span>{strings.empty}</span>
                {topic.can.write && me?.role === "guest" && <span>{strings.public}</span>}
              </slot>
            </div>
          )}
          <ol ref={this.#list} onFocusIn={this.#onFocus} onFocusOut={this.#onFocus}>
            {rows.map((row) => (
              <RowView key={row.key} row_={row} context={context} active_={row.key === activeKey} />
            ))}
          </ol>
        </section>
        {span && (
          <button type="button" part="jump" onClick={() => this.toLatest_()}>
            {extras?.pausedLabel_(news) ?? strings.jump(news)}
          </button>
        )}
      </div>
    );
  }
}
