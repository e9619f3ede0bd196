/**
 * Layout of the chat: header, list, status line, composer; one sentence instead if the topic cannot be shown. Draws its
 * properties and reports the user's input.
 *
 * parts  header title close pinned log day-divider unread-divider message message-head message-own message-pending message-failed avatar
 *        author time text link action actions code quote reactions reaction typing members member mention jump status composer face input emoji-button send counter empty error new-tab
 * slots  header header-actions empty rules footer
 */
import { h, Fragment } from "preact";
import type { ComponentChildren, RefObject } from "preact";
import { Composer, type ComposerProps } from "./composer.tsx";
import type { State } from "../client/state.ts";
import { Status, type StatusProps } from "./status.tsx";
import { Timeline, type TimelineProps } from "./timeline.tsx";

/** The properties of all parts. */
export interface ChatProps
  extends
    Omit<TimelineProps, "me">,
    Omit<StatusProps, "strings_" | "connection">,
    Omit<ComposerProps, "strings_" | "me" | "maxBytes_" | "face_" | "tools_"> {
  state: State;
  server: string;
  isPanel_: boolean;
  isMuted_: boolean;
  /** The page's limit for texts, in bytes. */
  most: number;
  /** The live region for new messages: screen readers need it in the page before its first text. */
  log: RefObject<HTMLDivElement | null>;
  onClose_: () => void;
}

export function Chat(props: ChatProps): ComponentChildren {
  const { state, topic, title, context } = props;
  const { me, connection, limits } = state;
  const { strings_: strings, extras_: extras } = context;
  const refusal = state.refusal ?? topic.refusal;
  const closedReason = extras?.closedReason_(topic);
  const canWrite = !props.isMuted_ && topic.can.write && !closedReason;
  // The key makes a new list and a new field for another topic.
  const key = topic.topic;
  return (
    <div class="chat">
      <div class="sr" role="log" aria-live="polite" aria-label={strings.newMessages} ref={props.log} />
      <div class="header" part="header">
        <slot name="header">
          <h2 part="title">
            <bdi>{title}</bdi>
          </h2>
        </slot>
        {extras?.drawHeader_(topic)}
        <slot name="header-actions" />
        {props.isPanel_ && (
          <button type="button" part="close" aria-label={strings.close} onClick={props.onClose_}>
            <svg aria-hidden="true" viewBox="0 0 24 24" width="20">
              <path d="M6 6l12 12M18 6 6 18" />
            </svg>
          </button>
        )}
      </div>
      {refusal ? (
        <div class="hollow" part="error">
          <p>{strings.refused}</p>
          {/* Of a topic that does not exist the browser's console tells the owner more, and the link would not help. */}
          {refusal.code !== "topic-unknown" && [
            <p dir="auto">{refusal.message}</p>,
            <a part="new-tab" href={`${props.server}/embed/${key}`} target="_blank" rel="noopener">
              {strings.newTab}
            </a>,
          ]}
        </div>
      ) : (
        <>
          {extras?.drawPins_(topic)}
          <Timeline {...props} key={key} me={me} />
          <div class="foot">
            <div class="strip">
              {extras?.drawTyping_(topic)}
              <Status {...props} strings_={strings} connection={connection} />
            </div>
            {canWrite && extras?.drawMode_(topic)}
            {canWrite ? (
              <Composer
                {...props}
                key={key}
                strings_={strings}
                me={me}
                face_={extras?.drawFace_()}
                maxBytes_={Math.min(limits.textBytes, props.most)}
                tools_={extras?.drawTools_(topic)}
              />
            ) : (
              <p class="hint" role={closedReason && topic.facts.standing ? "alert" : undefined}>
                {closedReason ?? strings.readonly}
              </p>
            )}
            <slot name="rules" />
            <slot name="footer" />
          </div>
        </>
      )}
    </div>
  );
}
