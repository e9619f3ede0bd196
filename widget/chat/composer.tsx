/**
 * Composer: the field and the send button. Enter sends, Shift+Enter adds a line, an input method's Enter does neither. The
 * field keeps its text and its focus through failures, and takes the focus only when the user or the page asks for it.
 */
import { Component, type ComponentChildren, createRef, type RefObject, h } from "preact";
import type { User } from "../../src/model.ts";
import type { Strings } from "../words/list-words.ts";
import { byteLength } from "./author.ts";

export interface ComposerProps {
  strings_: Strings;
  me: User | undefined;
  maxBytes_: number;
  draft_: string;
  /** The user's avatar before the field, and the buttons and lists behind it: of the chunk `extras`. */
  face_: ComponentChildren;
  tools_: ComponentChildren;
  /** Holds this component once it is drawn (Preact's `ref` is for elements). */
  composer_: RefObject<Composer | null>;
  /** Returns false if the text was refused; it then stays in the field. */
  onSend_: (text: string) => boolean;
  onDraft_: (text: string) => void;
  /** Returns whether the extras have handled the key. */
  onKey_: (event: KeyboardEvent) => boolean | undefined;
}

interface ComposerState {
  isEmpty_: boolean;
  over: number;
}

export class Composer extends Component<ComposerProps, ComposerState> {
  #field = createRef<HTMLTextAreaElement>();
  override state: ComposerState = { isEmpty_: true, over: 0 };

  override componentDidMount(): void {
    this.props.composer_.current = this;
    this.setDraft(this.props.draft_);
  }

  get draft_(): string {
    return this.#field.current?.value ?? "";
  }
  /** Replaces the text and clears the undo history. */
  setDraft(text: string): void {
    if (this.#field.current) this.#field.current.value = text;
    this.#changed();
  }
  focus(): void {
    this.#field.current?.focus({ preventScroll: true });
  }

  #changed = (): void => {
    const field = this.#field.current;
    if (!field) return;
    field.style.height = "auto";
    // A closed panel gives the field no height, and measuring an empty field would force a layout for nothing.
    if (field.value && field.scrollHeight) field.style.height = `${field.scrollHeight}px`;
    const { length } = field.value;
    const bytes = byteLength(field.value);
    // The limit is in bytes, so the number of characters over it is an estimate, rounded to two digits.
    const part = bytes && Math.max(0, 1 - this.props.maxBytes_ / bytes);
    const over = Number(Math.ceil(part * length).toPrecision(2));
    this.setState({ isEmpty_: !field.value.trim(), over });
    this.props.onDraft_(field.value);
  };

  #send = (event?: Event): void => {
    event?.preventDefault();
    if (this.state.isEmpty_ || this.state.over || !this.props.onSend_(this.draft_)) return;
    // Ctrl+Z must not bring a sent text back.
    this.setDraft("");
  };

  #onKeyDown = (event: KeyboardEvent): void => {
    if (this.props.onKey_(event)) return;
    // 229: Safari reports the Enter that ends a composition after the composition has ended.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#send();
  };

  override render(
    { strings_: strings, me, face_: face, tools_: tools }: ComposerProps,
    { isEmpty_: isEmpty, over }: ComposerState,
  ): ComponentChildren {
    return (
      <form part="composer" onSubmit={this.#send}>
        {face}
        <textarea
          ref={this.#field}
          part="input"
          rows={1}
          dir="auto"
          aria-label={strings.composer}
          // Isolated, because the name may be written in the other direction.
          placeholder={me && strings.hint(`\u2068${me.name}\u2069`)}
          enterkeyhint="send"
          autoComplete="off"
          onInput={this.#changed}
          onKeyDown={this.#onKeyDown}
        />
        {tools}
        {over > 0 && (
          <span part="counter" role="status">
            {strings.tooLong(over)}
          </span>
        )}
        <button
          type="submit"
          part="send"
          aria-label={strings.send}
          aria-disabled={isEmpty || over > 0}
          // The field keeps the focus, so that a phone keeps its keyboard open.
          onPointerDown={(event) => event.preventDefault()}
        >
          <svg aria-hidden="true" viewBox="0 0 24 24" width="20">
            <path d="M5 12 20 5l-4 15-4-6.5L5 12Zm7 1.5L20 5" />
          </svg>
        </button>
      </form>
    );
  }
}
