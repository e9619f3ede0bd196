/**
 * How moderators act: the command, what is said of it, the line that takes it back while it stands, the question before what
 * can't be taken back, and all that may be done about a person. Nothing is shown as done before the server said so.
 */
import type { ComponentChildren } from "preact";
import type { ModerationAct, User } from "../../src/model.ts";
import type { Kit } from "../chat/kit.ts";
import { english, type ModWords } from "../words/moderation-words.ts";
import { h } from "./moderation-jsx.ts";

/** How long an act can be taken back, if the line is left alone. */
const UNDO_MS = 8_000;

/** The person an act is about. */
export type Person = Pick<User, "id" | "name">;

/** What the menus and the desk share. */
export type Acts = ReturnType<typeof createActs>;

/** Makes the acts of one chat; `speak` says the English words in the visitor's language. */
export function createActs(kit: Kit, speak: (words: ModWords) => ModWords) {
  const { command_: command, refresh_: refresh, root, topic, showNotice_: showNotice } = kit;
  const words = speak(english);
  let line: { said_: string; undo?: (() => void) | undefined } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: string | undefined;
  let why = "";
  let withAddress = false;

  const find = (selector: string) => root.querySelector<HTMLElement>(selector);
  /** After the next drawing. */
  const focusLater = (look: () => HTMLElement | null | undefined) =>
    requestAnimationFrame(() => look()?.focus({ preventScroll: true }));

  function show(said: string, undo?: () => void): void {
    line = { said_: said, undo };
    wait(UNDO_MS);
    refresh();
  }
  function wait(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // Whoever is about to press it may take their time.
      if (find(".undo:is(:hover, :focus-within)")) return wait(1_000);
      line = undefined;
      refresh();
    }, ms);
  }

  /** Does an act and says so, with the way back if the server knows one; false when it was refused. */
  async function act(deed: ModerationAct, name = ""): Promise<boolean> {
    const t = topic();
    if (!t) return false;
    const reason = why.trim();
    why = "";
    withAddress = false;
    asking = undefined;
    try {
      const fields = { topic: t.topic, ...deed, ...(reason && { why: reason }) };
      const { undo } = await command("moderate", fields);
      const isOff = (deed.action === "pin" || deed.action === "shadow") && !deed.on;
      const key = isOff ? (`un${deed.action}` as "unpin" | "unshadow") : deed.action;
      show(words.said[key](name), undo && (() => takeBack(t.topic, undo)));
      return true;
    } catch (error) {
      const { message } = error as Error;
      showNotice(kit.words.failed(message === "connection-lost" ? "" : message));
      return false;
    }
  }
  function takeBack(where: string, undo: ModerationAct): void {
    const isInside = find(".undo:focus-within");
    // In the press itself: the line, and the focus with it, is about to go.
    if (isInside) (find(".desk") ?? find("[part=log]"))?.focus({ preventScroll: true });
    line = undefined;
    command("moderate", { topic: where, ...undo }).then(
      () => show(words.undone),
      (error: Error) =>
        showNotice(kit.words.failed(error.message === "connection-lost" ? "" : error.message)),
    );
    refresh();
  }

  const button = (label: string, run: (event: Event) => void, name = label, isOpen?: boolean) => (
    <button
      type="button"
      part="action"
      dir="auto"
      aria-label={name}
      {...(isOpen !== undefined && { "aria-expanded": isOpen })}
      onClick={run}
    >
      {label}
    </button>
  );

  /** A button for what can't be taken back: it asks before it does. */
  function ask(label: string, question: string, run: () => void, key = label): ComponentChildren {
    if (asking !== key) {
      const begin = () => {
        asking = key;
        refresh();
        focusLater(() => find(".ask button:last-child"));
      };
      return button(label, begin);
    }
    const end = (event: Event) => {
      asking = undefined;
      const group = (event.currentTarget as HTMLElement).closest<HTMLElement>("article, li, .desk");
      group?.focus({ preventScroll: true });
      refresh();
    };
    return (
      <span class="ask" role="group" aria-label={question}>
        <span>{question}</span>
        {button(label, (event) => {
          end(event);
          run();
        })}
        {button(kit.words.cancel, end)}
      </span>
    );
  }

  /** Why; Enter does what stands first. */
  const reason = (first?: () => void) => (
    <input
      class="why"
      aria-label={words.why}
      placeholder={words.why}
      maxLength={500}
      value={why}
      onInput={({ currentTarget }: Event) => {
        why = (currentTarget as HTMLInputElement).value;
      }}
      onKeyDown={({ key, isComposing }: KeyboardEvent) => key === "Enter" && !isComposing && first?.()}
    />
  );

  const spans = (label: string, all: [seconds: string, span: string][], run: (seconds: number) => void) => (
    <div class="spans" role="group" aria-label={label}>
      <span aria-hidden>{label}</span>
      {all.map(([seconds, span]) => button(span, () => run(Number(seconds)), `${label} ${span}`))}
    </div>
  );

  return {
    words,
    act,
    ask,
    button,
    focusLater,
    find,
    /** Forgets what was typed and asked: another menu is open. */
    reset(): void {
      why = "";
      withAddress = false;
      asking = undefined;
    },
    /**
     * What may be done about a person; `done` is called when something was chosen. `first` is what the menu was opened for.
     */
    drawPerson(
      { id, name }: Person,
      laid: readonly string[],
      done: () => void,
      first?: { label: string; run: () => void },
    ): ComponentChildren {
      const run = (deed: ModerationAct) => {
        void act(deed, name);
        done();
      };
      const isHidden = laid.includes("shadow");
      return [
        reason(first?.run),
        first && button(first.label, first.run),
        spans(words.mute, Object.entries(words.mutes), (seconds) =>
          run({ action: "timeout", user: id, seconds }),
        ),
        spans(words.ban, [...Object.entries(words.bans), ["0", words.forever]], (seconds) =>
          run({
            action: "ban",
            user: id,
            ...(seconds && { seconds }),
            ...(withAddress && { address: true }),
          }),
        ),
        <label>
          <input
            type="checkbox"
            checked={withAddress}
            onChange={({ currentTarget }: Event) => {
              withAddress = (currentTarget as HTMLInputElement).checked;
            }}
          />
          {words.address}
        </label>,
        button(isHidden ? words.unhide : words.hide, () =>
          run({ action: "shadow", user: id, on: !isHidden }),
        ),
        laid.some((kind) => kind !== "shadow") &&
          button(words.lift, () => run({ action: "unban", user: id })),
        ask(
          words.removeAll,
          words.removeAllAsk(name),
          () => run({ action: "remove-all", user: id }),
          `all ${id}`,
        ),
      ];
    },
    /** What was just done, and the way back. */
    drawUndo(): ComponentChildren {
      return (
        line && (
          <div class="undo">
            <span>{line.said_}</span>
            {line.undo && button(words.undo, line.undo, `${words.undo}: ${line.said_}`)}
          </div>
        )
      );
    },
    /** The line's words, for those who hear it. */
    said_: () => line?.said_ ?? "",
    stop_: () => clearTimeout(timer),
  };
}
