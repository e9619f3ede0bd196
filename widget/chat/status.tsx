/**
 * Status line above the composer: the connection's state, otherwise the user's name and the button that changes it. Screen
 * readers receive each state once, not the countdown.
 */
import { Component, type ComponentChildren, createRef, h } from "preact";
import type { User } from "../../src/model.ts";
import type { Connection } from "../client/state.ts";
import type { Strings } from "../words/list-words.ts";
import type { ConnectionLine } from "./connection-line.ts";

export interface StatusProps extends Omit<ConnectionLine, "wasOnline_"> {
  strings_: Strings;
  connection: Connection;
  /** Seconds until the next attempt. */
  retryIn_: number | undefined;
  me: User | undefined;
  /** A notice about the user's last action. */
  notice_: string | undefined;
  canWrite_: boolean;
  onTryNow_: () => void;
  /** Sets the name; resolves to the refusal's text, if there is one. */
  onRename_: (name: string) => Promise<string | undefined>;
  onNamed_: () => void;
}

export class Status extends Component<StatusProps, { isNaming_: boolean }> {
  override state = { isNaming_: false };
  #place = createRef<HTMLDivElement>();
  #change = createRef<HTMLButtonElement>();

  #ask = async (): Promise<void> => {
    const { me, strings_: strings, onRename_: onRename, onNamed_: onNamed } = this.props;
    const { askName } = await import("./name-form.ts");
    if (!this.#place.current || this.state.isNaming_) return;
    this.setState({ isNaming_: true });
    askName(this.#place.current, me?.name ?? "", strings, onRename, (named) => {
      this.setState({ isNaming_: false }, () => {
        if (named) onNamed();
        else this.#change.current?.focus({ preventScroll: true });
      });
    });
  };

  #words(): string | undefined {
    const { strings_: strings, connection, isLate_: isLate, isBack_: isBack } = this.props;
    if (connection === "offline") return strings.offline;
    if (isLate && connection === "connecting") return strings.connecting;
    if (isLate && connection === "reconnecting") return strings.retrying;
    return isBack ? strings.online : undefined;
  }

  override render(): ComponentChildren {
    const {
      strings_: strings,
      connection,
      retryIn_: retryIn,
      me,
      notice_: notice,
      canWrite_: canWrite,
      onTryNow_: onTryNow,
    } = this.props;
    const words = this.#words();
    const isTrying = words === strings.retrying;
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
            <span aria-hidden="true">{isTrying && retryIn ? strings.retryIn(retryIn) : words}</span>
            {isTrying && (
              <button type="button" onClick={onTryNow}>
                {strings.tryNow}
              </button>
            )}
          </p>
        )}
        <div ref={this.#place} />
        {!words && !this.state.isNaming_ && canWrite && me && connection !== "idle" && (
          <p>
            <span>
              {strings.writeAs}
              <bdi>{me.name}</bdi>
            </span>
            {me.role === "guest" && (
              <button type="button" ref={this.#change} aria-label={strings.rename} onClick={this.#ask}>
                {strings.change}
              </button>
            )}
          </p>
        )}
      </div>
    );
  }
}
