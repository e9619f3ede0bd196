/**
 * Tabs of several topics in one chat, `topic="lobby help"`; they stand in place of the title and are loaded only then. Arrow
 * keys, Home and End choose, as in the ARIA pattern. All topics stay subscribed on one socket and count their unread messages.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { TopicState } from "../../client/state.ts";

export type TopicTabs = ReturnType<typeof createTopicTabs>;

/** Returns the topics of a `topic` attribute. */
export const topicsOf = (attribute: string): string[] => attribute.split(" ").filter(Boolean);

/** Creates the tabs of one chat. `countMentions` counts the unread messages of a topic that mention the user. */
export function createTopicTabs(
  { h, host, root, client, topic: now, show, refresh_: refresh, emit }: Kit,
  countMentions: (t: TopicState | undefined) => number,
) {
  const uses = new Map<string, () => void>();

  /** Subscribes to the topics of the attribute, and to no others. */
  function subscribe(): string[] {
    const names = topicsOf(host.topic);
    for (const name of names) if (!uses.has(name)) uses.set(name, client.open(name).close);
    for (const [name, close] of uses) {
      if (names.includes(name)) continue;
      close();
      uses.delete(name);
    }
    return names;
  }
  const unlisten = client.listen((notice) => {
    // The core emits the event of the shown topic.
    if (notice.type !== "unread" || notice.topic === now()?.topic || !uses.has(notice.topic)) return;
    const { topic, count } = notice;
    emit("kabar-unread", { topic, count, mentions: countMentions(client.state.topics[topic]) });
    refresh();
  });

  function onKeyDown(event: KeyboardEvent): void {
    const names = topicsOf(host.topic);
    const at = names.indexOf(now()?.topic ?? "");
    const forward = getComputedStyle(root).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const to: Record<string, number> = {
      ArrowLeft: forward === "ArrowLeft" ? at + 1 : at - 1,
      ArrowRight: forward === "ArrowRight" ? at + 1 : at - 1,
      Home: 0,
      End: -1,
    };
    const index = to[event.key];
    const name = index === undefined ? undefined : names.at(index % names.length);
    if (name === undefined) return;
    event.preventDefault();
    show(name);
    root.querySelector<HTMLElement>("[part=topic-tab][aria-selected=true]")?.focus({ preventScroll: true });
  }

  return {
    draw(): ComponentChildren {
      const names = subscribe();
      if (names.length < 2) return undefined;
      return (
        <div role="tablist" class="tabs" onKeyDown={onKeyDown}>
          {names.map((name) => {
            const isShown = name === now()?.topic;
            const count = isShown ? 0 : (client.state.topics[name]?.unread ?? 0);
            return (
              <button
                type="button"
                role="tab"
                part="topic-tab"
                class="topic-tab"
                key={name}
                aria-selected={isShown}
                tabIndex={isShown ? 0 : -1}
                onClick={() => show(name)}
              >
                {client.state.topics[name]?.facts.title ?? name}
                {count > 0 && <span class="count">{` ${count > 99 ? "99+" : count}`}</span>}
              </button>
            );
          })}
        </div>
      );
    },
    stop_(): void {
      unlisten();
      for (const close of uses.values()) close();
      uses.clear();
    },
  };
}
