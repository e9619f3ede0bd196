/**
 * What stands over the composer and goes along with what is written: the message that is answered or edited, who is
 * addressed, and what the topic's modes say. The draft that an edit pushed aside comes back when it ends.
 */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { TopicState } from "../../client/state.ts";
import type { Unsent } from "../../client/storage.ts";
import { h } from "../extras-jsx.ts";

/** What the next text is about. */
type Aim = { edits: boolean; topic: string; message: Message; aside: string };

export type Writing = ReturnType<typeof createWriting>;

/** Makes the part of one chat. `mentionsIn` finds who is addressed. */
export function createWriting(tools: Kit, mentionsIn: (text: string, t: TopicState) => string[]) {
  const {
    refresh_: refresh,
    command_: command,
    makeId,
    tell_: tell,
    focusComposer,
    draft_: draft,
    setDraft,
    times_: times,
    words,
  } = tools;
  let aim: Aim | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function begin(message: Message, edits: boolean): void {
    end();
    aim = { edits, topic: message.topic, message, aside: draft() };
    // With the focus in the field, Ctrl+Z takes back what is put there.
    focusComposer();
    if (edits) setDraft(message.text);
    refresh();
  }
  function end(): void {
    if (aim?.edits) setDraft(aim.aside);
    aim = undefined;
    refresh();
  }
  function leave(): void {
    focusComposer();
    end();
  }
  /** What is aimed at, if it is still there. */
  function target(): Aim | undefined {
    const t = tools.topic();
    const isGone =
      t?.topic !== aim?.topic || t?.messages.some((m) => m.offset === aim?.message.offset && m.removed);
    if (isGone) aim = undefined;
    return aim;
  }
  const isMine = ({ user, removed, kind }: Message) => user.id === tools.state().me?.id && !removed && !kind;

  /** Seconds until slow mode lets the visitor write again. */
  function waitS(t: TopicState, slowS: number): number {
    const mine = t.messages.findLast((m) => isMine(m));
    return mine ? Math.ceil((mine.at + slowS * 1_000 - Date.now()) / 1_000) : 0;
  }

  function drawModes(t: TopicState): ComponentChildren {
    const {
      slowS = Number(tools.host.getAttribute("slow")) || 0,
      emojiOnly,
      hold = "none",
    } = t.heard.mode ?? {};
    if (t.can.moderate) return undefined;
    const wait = slowS ? Math.max(0, waitS(t, slowS)) : 0;
    clearTimeout(timer);
    if (wait) timer = setTimeout(tools.redraw_, 1_000);
    // The line on the send button.
    tools.root.style.setProperty("--_wait", `${wait && Math.min(1, wait / slowS)}`);
    const isHeld = hold === "all" || (hold === "guests" && tools.state().me?.role === "guest");
    return [
      slowS > 0 && <p class="mode">{words.slow(wait || slowS)}</p>,
      emojiOnly && <p class="mode">{words.emojiOnly}</p>,
      isHeld && <p class="mode">{words.holding}</p>,
    ];
  }

  return {
    reply: (message: Message): void => begin(message, false),
    edit: (message: Message): void => begin(message, true),
    isMine,

    /** Why the visitor may not write; nothing when they may. */
    barred_({ heard: { mode, standing }, can }: TopicState): string | undefined {
      if (tools.state().isLapsed) return words.signedOut;
      if (can.moderate) return undefined;
      const { state = "ok", until, why } = standing ?? {};
      if (state !== "ok" && (!until || until > Date.now())) {
        if (until) setTimeout(refresh, Math.min(until - Date.now() + 200, 60_000));
        const when = until ? words.until(times.full_(until)) : "";
        return `${words[state]}${when}${why ? words.because(why) : "."}`;
      }
      return mode?.readOnly ? words.closed : undefined;
    },
    drawMode_(t: TopicState): ComponentChildren {
      const now = target();
      const banner = now && (
        <div class="aim">
          <span>{now.edits ? words.editing : words.replyTo(now.message.user.name)}</span>
          {!now.edits && (
            <span class="clamp" dir="auto">
              {now.message.text}
            </span>
          )}
          <button type="button" onClick={leave}>
            {words.cancel}
          </button>
        </div>
      );
      return [banner, drawModes(t)];
    },
    onKey_(event: KeyboardEvent): boolean {
      const t = tools.topic();
      if (event.isComposing || !t) return false;
      if (event.key === "Escape" && target()) {
        event.preventDefault();
        end();
        return true;
      }
      if (event.key !== "ArrowUp" || draft() || event.shiftKey || aim) return false;
      const mine = t.messages.findLast((m) => isMine(m));
      if (!mine) return false;
      event.preventDefault();
      begin(mine, true);
      return true;
    },
    submit_(text: string): true | Unsent["more"] {
      const t = tools.topic();
      const now = target();
      aim = undefined;
      refresh();
      if (!t) return undefined;
      if (now?.edits) {
        const { topic, offset } = now.message;
        setTimeout(() => setDraft(now.aside));
        const fields = { topic, messageId: makeId(), target: offset, text };
        command("edit", fields).catch((error: Error) => {
          // The text is not lost with the connection.
          aim ??= now;
          setDraft(text);
          tell(words.failed(error.message === "connection-lost" ? "" : error.message));
        });
        return true;
      }
      const mentions = mentionsIn(text, t);
      if (!now && !mentions[0]) return undefined;
      return { ...(now && { replyTo: now.message.offset }), ...(mentions[0] && { mentions }) };
    },
    stop_: () => clearTimeout(timer),
  };
}
