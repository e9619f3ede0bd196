/**
 * Entry of the chunk `ambient`: elements that show messages without a composer, toasts (`mode="bar"`) and the overlay. They use
 * the page's client, so an element beside a chat costs no connection. Only new messages are shown, also those that came during
 * a lost connection; toasts leave out the user's own.
 */
import type { Message } from "../../src/model.ts";
import type { Acquired } from "../chat/shared-clients.ts";
import type { Notice } from "../client/client-events.ts";
import { createOverlay } from "./overlay.ts";
import type { Mounted, Shell } from "../loader/contract.ts";
import type { Wear } from "../chat/wear.ts";
import type { Strings } from "../words/list-words.ts";
import { createToasts } from "./toasts.ts";

/** Draws into the element until `remove`, which aborts `stop` and releases the client. */
export function mountAmbient(
  { host, root, server, emit }: Shell,
  strings: Strings,
  { client, page_: page, visitor, release }: Acquired,
  wear: Wear,
  stop: AbortController,
): Mounted {
  const isOverlay = host.getAttribute("mode") === "overlay";
  root.replaceChildren();
  const surface = (isOverlay ? createOverlay : createToasts)(root, strings, stop.signal);
  const unwear = wear(surface.css);
  root.lang = strings.lang;
  // The frame is no stop of the Tab key, and no landmark: there is nothing to do in it.
  root.removeAttribute("tabindex");

  let { topic } = host;
  let use = client.open(topic, 0);
  /** Messages up to here were there before us. */
  let since: number | undefined;
  const shown = new Set<number>();
  const now = () => client.state.topics[topic];

  function show(message: Message, mine: boolean): void {
    const { id, offset, user, text, at } = message;
    emit("kabar-message", { id, topic, offset, author: user.name, text, at, mine, historical: false });
    if (mine && !isOverlay) return;
    const url = `${server}/t/${encodeURIComponent(topic)}${offset ? `#m${offset}` : ""}`;
    if (!isOverlay && !emit("kabar-notify", { title: user.name, body: text, url }, true)) return;
    shown.add(offset);
    surface.add(message);
  }

  /** What moderators took back goes from the screen, too. */
  function takeBack(): void {
    if (shown.size === 0) return;
    for (const { offset, removed, kind, target } of now()?.messages ?? []) {
      const gone = removed ? offset : kind === "remove" ? target : undefined;
      if (gone !== undefined && shown.delete(gone)) surface.remove(gone);
    }
  }
  const reactions: { [T in Notice["type"]]?: (notice: Notice & { type: T }) => void } = {
    change: takeBack,
    message({ message, mine }) {
      if (message.ephemeral || message.offset > (since ?? 0)) show(message, mine);
    },
    connection: ({ connection, retryInMs }) => emit("kabar-connection", { state: connection, retryInMs }),
    unread: ({ count }) => emit("kabar-unread", { topic, count, mentions: 0 }),
    error({ code, message }) {
      page
        .then(({ report_: report }) => report(code, message, emit, topic))
        .catch(() => emit("kabar-error", { code, message }));
    },
  };
  const deaf = client.listen((notice) => {
    if ("topic" in notice && notice.topic !== topic) return;
    const t = now();
    if (t?.phase === "ready") since ??= t.liveFrom;
    (reactions[notice.type] as ((notice: Notice) => void) | undefined)?.(notice);
  });
  queueMicrotask(() => emit("kabar-ready", { version: __VERSION__, topic }));
  const nothing = (): void => undefined;

  return {
    get unread() {
      return now()?.unread ?? 0;
    },
    get connection() {
      return client.state.connection;
    },
    get me() {
      return client.state.me;
    },
    get messages() {
      return Object.freeze([...(now()?.messages ?? [])]);
    },
    update() {
      if (host.topic === topic) return;
      use.close();
      topic = host.topic;
      since = undefined;
      use = client.open(topic, 0);
    },
    resume: nothing,
    focus: nothing,
    focusComposer: nothing,
    send: (text) => client.send(topic, text),
    setDraft: nothing,
    mute: nothing,
    markRead: () => client.markRead(topic),
    loadOlder: () => client.loadOlder(topic),
    scrollToLatest: nothing,
    ...visitor,
    remove() {
      deaf();
      stop.abort();
      root.replaceChildren();
      unwear();
      use.close();
      release();
      return "";
    },
  };
}
