/**
 * List of messages. It holds its position: new messages do not move a row while the reader is elsewhere, messages added above
 * are compensated, and only a reader at the end stays at the end. A bounded range is mounted (`mounted-range`). The list is
 * silent for screen readers (`announcer` speaks) and one stop of the Tab key; extras/message/list-keys has the arrow keys.
 */
import { Component, type ComponentChildren, createRef, type RefObject, h } from "preact";
import type { User } from "../../src/model.ts";
import { whenIdle } from "./idle.ts";
import { buildRows, type Row } from "./rows.ts";
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
  /** Called when the reader has reached the end of the list, or has left it. */
  onPinned_: (pinned: boolean) => void;
}

interface TimelineState {
  /** The mounted range; undefined while the reader is at the end and the list follows new messages. */
  span_: Span;
  /** The newest offset when the reader left the end. */
  leftAt_: number;
  /** The row with the focus, and the one under the pointer (extras/message/pointing). */
  activeKey_: string | undefined;
  nearKey_: string | undefined;
  /** The first offset that is mounted at the end. The first drawing mounts few rows, so that it is fast; later drawings add more. */
  from: number;
  /** Every message is mounted, for printing. */
  isPrinted: boolean;
}

/** A row and how far below the upper edge of the list it begins. */
interface Anchor {
  row_: HTMLElement;
  top: number;
}

/** A reader nearer than this to the end counts as at the end. */
const END_PX = 32;
/** A reader nearer than this to an edge of the mounted range gets more rows, or an older page. */
const NEAR_PX = 400;

/** The reader is at the end. */
const AT_END = { span_: undefined, from: Number.POSITIVE_INFINITY };

export class Timeline extends Component<TimelineProps, TimelineState> {
  override state: TimelineState = {
    ...AT_END,
    leftAt_: 0,
    activeKey_: undefined,
    nearKey_: undefined,
    isPrinted: false,
  };
  #scroller = createRef<HTMLElement>();
  #list = createRef<HTMLOListElement>();
  #anchor: Anchor | undefined;
  /** How far the list could be scrolled when it was last scrolled to its end. */
  #room = 0;
  #sizes: ResizeObserver | undefined;
  /** The topic's state at the last request for an older page: until the answer is drawn, there is no second request. */
  #asked: TopicState | undefined;

  override componentDidMount(): void {
    this.props.timeline_.current = this;
    // An on-screen keyboard, a panel that opens, a narrower window and rows that grow all change the sizes.
    this.#sizes = new ResizeObserver(() => {
      this.settle_();
      this.#look();
    });
    for (const { current } of [this.#scroller, this.#list]) if (current) this.#sizes.observe(current);
    this.#look();
  }
  override componentWillUnmount(): void {
    this.#sizes?.disconnect();
  }
  override getSnapshotBeforeUpdate(): Anchor | undefined {
    return this.state.span_ && this.#findAnchor();
  }
  override componentDidUpdate(props: TimelineProps, before: TimelineState, anchor: Anchor | undefined): void {
    // A reader who scrolls has other rows under the pointer before the scroll event comes: the position is theirs.
    if (props === this.props && before.span_ === this.state.span_ && before.nearKey_ !== this.state.nearKey_)
      return;
    const { epoch } = props.topic.cursor ?? {};
    // Another log does not have the messages that the reader was reading.
    if (epoch && epoch !== this.props.topic.cursor?.epoch && this.state.span_) this.toLatest_();
    if (anchor) this.#anchor = anchor;
    // The first list is laid out in its frame, not here: its size changes there, and the observer of sizes does the same.
    if (props.topic.messages[0] || !this.props.topic.messages[0]) {
      this.settle_();
      this.#look();
    }
    if (!before.span_ !== !this.state.span_) this.props.onPinned_(!this.state.span_);
    const { span_: span, from } = this.state;
    const next = span ? undefined : follow(this.props.topic.messages, from);
    if (next) whenIdle(() => this.setState({ from: next }));
  }

  /** Restores the scroll position after a change, and after the element was moved in the page. */
  settle_(): void {
    const scroller = this.#scroller.current;
    // Measuring an empty list would force a layout for nothing.
    if (!scroller || !this.props.topic.messages[0]) return;
    if (!this.state.span_) {
      scroller.scrollTop = scroller.scrollHeight;
      this.#room = this.#distance(0);
    } else if (this.#anchor?.row_.isConnected)
      scroller.scrollTop = this.#anchor.row_.offsetTop - this.#anchor.top;
  }

  /** Scrolls to the newest message. */
  toLatest_(): void {
    if (this.state.span_) this.setState(AT_END);
    this.settle_();
  }

  /** Holds the position: the list follows new messages no more. */
  hold(): void {
    const { messages, last } = this.props.topic;
    this.setState({ span_: hold(messages, undefined, this.state.from), leftAt_: last });
  }

  /** Returns the first visible message. Skips dividers: the divider of the day stays the first row when older messages are added. */
  #findAnchor(): Anchor | undefined {
    const scroller = this.#scroller.current;
    for (const row of this.#elements()) {
      if (!scroller || row.classList.contains("line")) continue;
      if (row.offsetTop + row.offsetHeight > scroller.scrollTop)
        return { row_: row, top: row.offsetTop - scroller.scrollTop };
    }
    return undefined;
  }

  /** How far the end of the list is from a scroll position. */
  #distance(from = this.#scroller.current?.scrollTop ?? 0): number {
    const s = this.#scroller.current;
    return s ? s.scrollHeight - from - s.clientHeight : 0;
  }

  #onScroll = (): void => {
    if (this.state.isPrinted) return;
    const { messages } = this.props.topic;
    const { span_: span, leftAt_: leftAt } = this.state;
    const isEnd = cut(messages, span).end_ === messages.length && this.#distance() < END_PX;
    // Only a reader scrolls up. Where rows or the box have changed their size the end is elsewhere, and `settle_` scrolls there.
    if (!span && !isEnd) {
      if (this.#distance(0) === this.#room) this.hold();
      else this.settle_();
    }
    if (span && isEnd && !this.props.context.extras_?.pausedLabel_(0))
      this.setState({ span_: undefined, from: span.from });
    else if (span) {
      this.#anchor = this.#findAnchor();
      if (leftAt < span.to) this.setState({ leftAt_: span.to });
    }
    this.#look();
  };

  /** Mounts the rows that the reader is about to reach, or requests an older page. */
  #look(): void {
    const scroller = this.#scroller.current;
    const { topic, onOlder_: onOlder } = this.props;
    const { span_: span, from } = this.state;
    if (topic.phase === "loading" || !scroller?.clientHeight) return;
    const { start_: start, end_: end } = cut(topic.messages, span, from);
    const isShort = scroller.scrollHeight <= scroller.clientHeight;
    const isAtTop = scroller.scrollTop < NEAR_PX && (span || isShort);
    if (isAtTop && start > 0 && span) this.setState({ span_: slideUp(topic.messages, span) });
    // A list that is short because its replay is under way requests no older page.
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

  /** Marks the row that has the focus; none when the focus has left the list. */
  #onFocus = ({ type, target, relatedTarget }: FocusEvent): void => {
    const at = (type === "focusin" ? target : relatedTarget) as Element | null;
    this.setState({ activeKey_: this.rowAt_(at)?.key });
  };
  #rows: Row[] = [];

  /** Returns the row that holds an element. */
  rowAt_(at: Element | null): Row | undefined {
    return this.#rows[this.#elements().findIndex((element) => element.contains(at))];
  }
  #elements = (): HTMLElement[] => [...(this.#list.current?.children ?? [])] as HTMLElement[];

  override render(
    { topic, title, me, context }: TimelineProps,
    {
      span_: span,
      leftAt_: leftAt,
      activeKey_: activeKey,
      nearKey_: nearKey,
      from,
      isPrinted,
    }: TimelineState,
  ): ComponentChildren {
    const { strings_: strings, extras_: extras } = context;
    const all = { start_: 0, end_: topic.messages.length };
    const { start_: start, end_: end } = isPrinted ? all : cut(topic.messages, span, from);
    const built = buildRows(topic, topic.messages.slice(start, end), end === topic.messages.length, me);
    const rows = extras?.weave_(built) ?? built;
    this.#rows = rows;
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
          onKeyDown={extras?.onListKey_}
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
                <strong>{strings.empty}</strong>
                {topic.can.write && me?.role === "guest" && <span>{strings.public}</span>}
              </slot>
            </div>
          )}
          <ol ref={this.#list} onFocusIn={this.#onFocus} onFocusOut={this.#onFocus}>
            {rows.map((row) => (
              <RowView
                key={row.key}
                row_={row}
                context={context}
                active_={row.key === activeKey || row.key === nearKey}
              />
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
