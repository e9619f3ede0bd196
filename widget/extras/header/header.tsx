/**
 * Header after the first list: the button of the menu and its lines, the preferences, the tabs of topics, and the signals for messages
 * that nobody saw. The menu, the settings, the tabs and the signals are chunks of their own, because most visits need none of them.
 */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { TopicState } from "../../client/state.ts";
import { createSignals, type Signals } from "../attention/signals.ts";
import { Button, DOTS, Icon } from "../extras-controls.tsx";
import { h } from "../extras-jsx.ts";
import { createChangeEvents } from "./change-events.ts";
import css from "./header.css";
import { createHeaderMenu } from "./header-menu.ts";
import { createPreferences } from "./preferences.ts";
import type { TopicTabs } from "./topic-tabs.tsx";

/** Creates the header of one chat. `jump` scrolls the list to an offset. */
export function createHeader(kit: Kit, jump: (offset: number) => Promise<void>) {
  const { host, root, launcher, client, setState, words, topic: now, redraw_: redraw } = kit;
  const emitChanges = createChangeEvents(kit);
  let isStopped = false;
  let signals: Signals | undefined;
  let tabs: TopicTabs | undefined;
  kit.wear(css);

  function applyPreferences(): void {
    const theme = preferences.isChosen("theme") ? preferences.get("theme") : "";
    for (const { style } of [root, launcher]) style.colorScheme = theme === "auto" ? "" : theme;
    const density = preferences.get("density");
    for (const name of ["compact", "bubbles"]) root.classList.toggle(name, density === name);
    signals?.apply_();
    redraw();
  }
  const preferences = createPreferences(kit, applyPreferences);
  const menu = createHeaderMenu(kit, preferences, jump);
  const mentionsMe = ({ mentions }: Message): boolean => !!mentions?.includes(client.state.me?.id ?? "");
  const countMentions = (t: TopicState | undefined): number =>
    t?.messages.filter((m) => m.offset > t.readTo && mentionsMe(m)).length ?? 0;

  async function loadTabs(): Promise<void> {
    const { createTopicTabs } = await import("./topic-tabs.tsx");
    if (isStopped || tabs) return;
    tabs = createTopicTabs(kit, countMentions);
    redraw();
  }
  const unlisten = client.listen((notice) => {
    if (notice.type === "change") emitChanges();
    if (notice.type === "message") signals?.signal_(notice);
  });
  signals = createSignals(kit, preferences, mentionsMe);
  applyPreferences();

  return {
    preferences,
    /** Returns whether a message mentions the user. */
    mentionsMe,
    /** Returns whether a new message is announced to screen readers. */
    isAnnounced(message: Message): boolean {
      const say = preferences.get("say");
      return !preferences.isQuiet && (say === "all" || (say === "mentions" && mentionsMe(message)));
    },
    /** Counts the unread messages that mention the user. */
    countMentions: (): number => countMentions(now()),
    /** Returns whether Enter makes a new line: Enter alone, where Ctrl+Enter sends. */
    isNewLine: ({ key, ctrlKey, metaKey }: KeyboardEvent): boolean =>
      key === "Enter" && !ctrlKey && !metaKey && preferences.get("keys") === "ctrl",
    /** Draws the tabs of several topics; they stand in place of the title. */
    drawTabs(): ComponentChildren {
      if (!tabs && host.topic.trim().includes(" ")) void loadTabs();
      return tabs?.draw();
    },
    drawMenuButton({ facts: { mode, standing } }: TopicState): ComponentChildren {
      setState("slow", !!(mode?.slowS ?? host.getAttribute("slow")));
      setState("muted", !!standing && standing.state !== "ok");
      return (
        <Button
          part="menu-button"
          aria-label={words.menu.title}
          aria-haspopup="menu"
          aria-expanded={menu.isOpen}
          onClick={menu.open_}
        >
          <Icon size={20} {...DOTS} />
        </Button>
      );
    },
    stop_(): void {
      isStopped = true;
      menu.stop_();
      unlisten();
      tabs?.stop_();
      preferences.stop_();
      signals?.stop_();
    },
  };
}
