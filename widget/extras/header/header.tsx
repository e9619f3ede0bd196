/**
 * What the header and the page around the chat get once the first list is shown: the button of the menu, the visitor's
 * settings, and who is told of a message that nobody saw. The menu itself, and all that makes a sign, are chunks of their
 * own: most visits need neither.
 */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import css from "./header.css";
import type { Kit } from "../../chat/kit.ts";
import { createPrefs } from "./preferences.ts";
import type { Signals } from "../attention/attention.ts";
import type { Tabs } from "./topic-tabs.tsx";
import type { TopicState } from "../../client/state.ts";
import { h } from "../extras-jsx.ts";

/** Makes the part of one chat. */
export function createHeader(kit: Kit) {
  const { host, root, launcher, client, emit, setState, words, topic: now, redraw_: redraw } = kit;
  let isOpen = false;
  let isStopped = false;
  let signals: Promise<Signals> | undefined;
  let tabs: Tabs | undefined;
  let told = { topic: "", upTo: 0 };

  kit.wear(css);

  function apply(): void {
    const theme = prefs.isChosen("theme") ? prefs.get("theme") : "";
    for (const { style } of [root, launcher]) style.colorScheme = theme === "auto" ? "" : theme;
    const density = prefs.get("density");
    for (const name of ["compact", "bubbles"]) root.classList.toggle(name, density === name);
    redraw();
  }
  const prefs = createPrefs(kit, apply);
  const isForMe = ({ mentions }: Message) => mentions?.includes(client.state.me?.id ?? "") ?? false;

  async function makeTabs(): Promise<void> {
    const { createTabs } = await import("./topic-tabs.tsx");
    if (isStopped || tabs) return;
    tabs = createTabs(kit);
    redraw();
  }
  async function toggle({ currentTarget }: Event): Promise<void> {
    const button = currentTarget as HTMLElement;
    const { showMenu } = await import("./menu.ts");
    if (isOpen || !button.isConnected) return;
    isOpen = true;
    showMenu({ kit, prefs, button, onClose_: onClose });
    redraw();
  }
  function onClose(): void {
    isOpen = false;
    redraw();
  }

  /** Edits, removals and reactions are entries of their own; what they did is in the message by now. */
  function tellChanges(): void {
    const t = now();
    if (!t) return;
    const { topic, messages, liveFrom, last } = t;
    if (topic !== told.topic) told = { topic, upTo: liveFrom };
    if (last <= told.upTo) return;
    for (const { kind, target, offset } of messages) {
      if (!kind || offset <= told.upTo) continue;
      const message = messages.find((m) => m.offset === target);
      const which = { id: message?.id, topic, offset: target };
      if (kind === "remove") emit("kabar-message-removed", { ...which, by: message?.removed });
      else
        emit("kabar-message-changed", { ...which, kind, text: message?.text, reactions: message?.reactions });
    }
    told = { topic, upTo: last };
  }

  const deaf = client.listen((notice) => {
    if (notice.type === "change") tellChanges();
    if (notice.type !== "message" || notice.topic !== now()?.topic || notice.mine || notice.historical)
      return;
    if (!document.hidden && !root.hidden && !isForMe(notice.message)) return;
    signals ??= import("../attention/attention.ts").then(({ createSignals }) =>
      createSignals(kit, prefs, isForMe),
    );
    const isHidden = document.hidden;
    signals.then(
      (signs) => signs.sign(notice.message, isHidden),
      () => undefined,
    );
  });
  apply();

  return {
    prefs,
    /** Whether a new message is to be read out. */
    isSaid(message: Message): boolean {
      const say = prefs.get("say");
      return !prefs.isQuiet && (say === "all" || (say === "mentions" && isForMe(message)));
    },
    /** How many unread messages address the visitor. */
    countMentions(): number {
      const t = now();
      return t?.messages.filter((m) => m.offset > t.readTo && isForMe(m)).length ?? 0;
    },
    /** In Ctrl+Enter mode a plain Enter is left to the field, which makes a line of it. */
    isLine: ({ key, ctrlKey, metaKey }: KeyboardEvent): boolean =>
      key === "Enter" && !ctrlKey && !metaKey && prefs.get("keys") === "ctrl",
    /** Of several topics; the title goes where there are tabs. */
    drawTabs_(): ComponentChildren {
      if (!tabs && host.topic.trim().includes(" ")) void makeTabs();
      return tabs?.draw();
    },
    drawMenuButton({ heard: { mode, standing } }: TopicState): ComponentChildren {
      setState("slow", !!(mode?.slowS ?? host.getAttribute("slow")));
      setState("muted", !!standing && standing.state !== "ok");
      return (
        <button
          type="button"
          part="menu-button"
          aria-label={words.settings.title}
          aria-haspopup="menu"
          aria-expanded={isOpen}
          onClick={(event: Event) => void toggle(event)}
        >
          <svg aria-hidden viewBox="0 0 24 24" width={20}>
            <path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width={3} stroke-linecap="round" />
          </svg>
        </button>
      );
    },
    stop_(): void {
      isStopped = true;
      deaf();
      tabs?.stop_();
      prefs.stop_();
      signals?.then(
        (signs) => signs.stop_(),
        () => undefined,
      );
    },
  };
}
