/**
 * Line above the composer: a notice about the user's last action, and the connection's state. It lies in the room under the
 * list, so that nothing moves when it comes. Screen readers receive each state once, not the countdown.
 */
import { type ComponentChildren, h } from "preact";
import type { Connection } from "../client/client-events.ts";
import type { Strings } from "../words/list-words.ts";
import type { ConnectionLine } from "./connection-line.ts";

export interface StatusProps extends Omit<ConnectionLine, "wasOnline_"> {
  strings_: Strings;
  connection: Connection;
  /** Seconds until the next attempt. */
  retryIn_: number | undefined;
  /** A notice about the user's last action. */
  notice_: string | undefined;
  onTryNow_: () => void;
}

export function Status({
  strings_: strings,
  connection,
  isLate_: isLate,
  isBack_: isBack,
  retryIn_: retryIn,
  notice_: notice,
  onTryNow_: onTryNow,
}: StatusProps): ComponentChildren {
  const isTrying = isLate && connection === "reconnecting";
  const words =
    connection === "offline"
      ? strings.offline
      : isTrying
        ? strings.retrying
        : isLate && connection === "connecting"
          ? strings.connecting
          : isBack && strings.online;
  return (
    <div class="meta">
      <span class="sr" role="status">
        {notice ?? words}
      </span>
      {/* The message itself says that it was not sent. */}
      {notice && notice !== strings.notSent && (
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
    </div>
  );
}
