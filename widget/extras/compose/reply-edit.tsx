/**
 * Reply and edit: the message that the next text answers or replaces, its line above the composer, and the topic's modes
 * beside it. An edit sets the draft aside and brings it back at the end.
 */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { TopicState } from "../../client/state.ts";
import type { Unsent } from "../../client/storage.ts";
import { Button } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";
import { createTopicModes } from "./topic-modes.tsx";

/** The message that the next text is about. `draft` is the text that an edit set aside. */
interface Target {
  isEdit: boolean;
  message: Message;
  draft: string;
}

export type ReplyEdit = ReturnType<typeof createReplyEdit>;

/** Creates reply and edit of one chat. `mentionsIn` returns the ids of the users whom a text mentions. */
export function createReplyEdit(kit: Kit, mentionsIn: (text: string, t: TopicState) => string[]) {
  const { refresh_: refresh, command_: command, makeId, focusComposer, draft_: draft, setDraft, words } = kit;
  let target: Target | undefined;

  const isMine = ({ user, removed, kind }: Message): boolean =>
    user.id === kit.state().me?.id && !removed && !kind;
  const modes = createTopicModes(kit, isMine);

  function begin(message: Message, isEdit: boolean): void {
    end();
    target = { isEdit, message, draft: draft() };
    // In a field with the focus, Ctrl+Z takes the inserted text back.
    focusComposer();
    if (isEdit) setDraft(message.text);
    refresh();
  }
  function end(): void {
    if (target?.isEdit) setDraft(target.draft);
    target = undefined;
    refresh();
  }
  function cancel(): void {
    focusComposer();
    end();
  }
  /** Returns the target, unless its message was removed or another topic is shown. */
  function currentTarget(): Target | undefined {
    const t = kit.topic();
    const { topic, offset } = target?.message ?? {};
    if (t?.topic !== topic || t?.messages.some((m) => m.offset === offset && m.removed)) target = undefined;
    return target;
  }
  function sendEdit(edit: Target, text: string): void {
    const { topic, offset } = edit.message;
    setTimeout(() => setDraft(edit.draft));
    command("edit", { topic, messageId: makeId(), target: offset, text }).catch((error: Error) => {
      // A lost connection does not lose the text.
      target ??= edit;
      setDraft(text);
      kit.showFailure_(error);
    });
  }

  return {
    reply: (message: Message): void => begin(message, false),
    edit: (message: Message): void => begin(message, true),
    /** Returns whether the user wrote a message and can still change it. */
    isMine,
    closedReason_: modes.closedReason_,
    drawMode_(t: TopicState): ComponentChildren {
      const shown = currentTarget();
      const banner = shown && (
        <div class="aim">
          <span>{shown.isEdit ? words.editing : words.replyTo(shown.message.user.name)}</span>
          {!shown.isEdit && (
            <span class="clamp" dir="auto">
              {shown.message.text}
            </span>
          )}
          <Button onClick={cancel}>{words.cancel}</Button>
        </div>
      );
      return [banner, modes.drawModes(t)];
    },
    /** Handles Escape, and the arrow key that edits the user's last message; returns whether the key was used. */
    onKey_(event: KeyboardEvent): boolean {
      const t = kit.topic();
      if (event.isComposing || !t) return false;
      if (event.key === "Escape" && currentTarget()) {
        event.preventDefault();
        end();
        return true;
      }
      if (event.key !== "ArrowUp" || draft() || event.shiftKey || target) return false;
      const mine = t.messages.findLast((m) => isMine(m));
      if (!mine) return false;
      event.preventDefault();
      begin(mine, true);
      return true;
    },
    /** Takes the text: true if it was an edit, otherwise the fields that the message is sent with. */
    submit_(text: string): true | Unsent["more"] {
      const t = kit.topic();
      const current = currentTarget();
      target = undefined;
      refresh();
      if (!t) return undefined;
      if (current?.isEdit) {
        sendEdit(current, text);
        return true;
      }
      const mentions = mentionsIn(text, t);
      if (!current && !mentions[0]) return undefined;
      return { ...(current && { replyTo: current.message.offset }), ...(mentions[0] && { mentions }) };
    },
    stop_: modes.stop_,
  };
}
