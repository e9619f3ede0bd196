/**
 * The line above the composer: how the connection is doing, or else as whom one writes and how to change that.
 * The count-down is for eyes only; assistive technology hears each state once.
 */
import { Component, type ComponentChildren, createRef, h } from "preact";
import type { User } from "../../src/model.ts";
import type { Connection } from "../client/state.ts";
import type { Strings } from "../words/list-words.ts";

export interface StatusProps {
  strings: Strings;
  connection: Connection;
  /** Seconds until the next attempt. */
  retryIn: number | undefined;
  /** The connection has been missing for longer than a moment. */
  isLate: boolean;
  /** The connection has just come back. */
  isBack: boolean;
  me: User | undefined;
  /** Something the visitor should know about what they wrote or chose. */
  notice: string | undefined;
  canWrite: boolean;
  onTryNow: () => void;
  /** Takes a name, or says why not. */
  onRename: (name: string) => Promise<string | undefined>;
  onNamed: () => void;
}

export class Status extends Component<StatusProps, { isNaming: boolean }> {
  override state = { isNaming: false };
  #place = createRef<HTMLDivElement>();
  #change = createRef<HTMLButtonElement>();

  #ask = async (): Promise<void> => {
    const { me, strings, onRename, onNamed } = this.props;
    const { askName } = await import("./name-form.ts");
    if (!this.#place.current || this.state.isNaming) return;
    this.setState({ isNaming: true });
    askName(this.#place.current, me?.name ?? "", strings, onRename, (named) => {
      this.setState({ isNaming: false }, () => {
        if (named) onNamed();
        else this.#change.current?.focus({ preventScroll: true });
      });
    });
  };

  #words(): string | undefined {
    const { strings, connection, isLate, isBack } = this.props;
    if (connection === "offline") return strings.offline;
    if (isLate && (connection === "connecting" || connection === "reconnecting")) return strings[connection];
    return isBack ? strings.online : undefined;
  }

  override render(): ComponentChildren {
    const { strings, connection, retryIn, me, notice, canWrite, onTryNow } = this.props;
    const words = this.#words();
    const isTrying = words === strings.reconnecting;
    return (
      <div class="meta">
        <span class="sr" role="status">
          {notice ?? words}
        </span>
        {notice && (
          <p class="notice" aria-hidden="true">
            {notice}
          </p>
        )}
        {words && (
          <p part="status">
            <span aria-hidden="true">{isTrying && retryIn ? strings.reconnectingIn(retryIn) : words}</span>
            {isTrying && (
              <button type="button" onClick={onTryNow}>
                {strings.tryNow}
              </button>
            )}
          </p>
        )}
        <div ref={this.#place} />
        {!words && !this.state.isNaming && canWrite && me && connection !== "idle" && (
          <p>
            <span>
              {strings.writeAs}
              <bdi>{me.name}</bdi>
            </span>
            {me.role === "guest" && (
              <button type="button" ref={this.#change} aria-label={strings.changeName} onClick={this.#ask}>
                {strings.change}
              </button>
            )}
          </p>
        )}
      </div>
    );
  }
}
