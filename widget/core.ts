/**
 * Chunk that the loader imports: connects one element to the client of its server and draws the chat into it.
 * Draws at most once a frame, however many messages arrive. Every event that the page receives goes through `emit`.
 * Does not know messages' actions or menus: the chunk `extras` loads after the first list.
 */
import css from "./chat/chat.css";
import colours from "./chat/colours.css";
import { applyScheme } from "./chat/colour-scheme.ts";
import { createDrawing } from "./chat/drawing.ts";
import { guardFields } from "./chat/key-guard.ts";
import { acquire, type Acquired } from "./chat/shared-clients.ts";
import { createWear, type Wear } from "./chat/wear.ts";
import type { Client } from "./client/client.ts";
import type { Notice, Sent } from "./client/client-events.ts";
import type { Unsent } from "./client/storage.ts";
import type { Mounted, Shell } from "./loader/contract.ts";
import { english, type Strings } from "./words/list-words.ts";

/** An element that changes its language mounts again within this time and finds its client. */
const GRACE_MS = 1_000;

/** Clears the box of the chat and gives it its role; keeps the chat's keys from the page until `signal` is aborted. */
function prepareRoot({ host, root }: Shell, lang: string, signal: AbortSignal): void {
  // An empty title keeps the browser from showing the host's own as a tooltip over everything.
  root.title = "";
  root.tabIndex = -1;
  root.lang = lang;
  root.role = host.matches("[mode=panel]") ? "dialog" : "region";
  root.replaceChildren();
  guardFields(root.getRootNode(), signal);
}

/** Loads the words of a language. The address of a translation follows from ours, so that both of its chunks come together. */
async function loadStrings(lang: string, root: HTMLElement): Promise<Strings> {
  if (/^en/.test(lang)) return english;
  const [name] = /^(?:ar|de|es|fr|hi|id|ja|pt|zh)\b/.exec(lang) ?? [];
  // A constant, because esbuild takes a template in `import()` for a pattern of files.
  const address = `./${name}${import.meta.url.slice(-12)}`;
  // `translate` reports what is wrong with it.
  if (name && __ONE_HASH__) import(address).catch(() => undefined);
  return (await import("./words/languages.ts")).translate(english, lang, root);
}

/** Number of messages of the first list. */
const sizeOf = (host: HTMLElement): number => Number(host.getAttribute("history") ?? 30) || 0;
const firstTopicOf = ({ topic }: Shell["host"]): string => `${topic.split(" ")[0]}`;

/** A client whose first topic is subscribed before the chat can be drawn: words and looks may still be on their way. */
interface Early extends Acquired {
  /** Returns what the client has told until now, and leaves the topic to the chat. */
  handOver_: () => Notice[];
}

async function subscribe(shell: Shell, isChat: boolean): Promise<Early> {
  const acquired = await acquire(shell);
  const { client, release } = acquired;
  const notices: Notice[] = [];
  const unlisten = client.listen((notice) => notices.push(notice));
  const use = isChat && client.open(firstTopicOf(shell.host), sizeOf(shell.host));
  function handOver(): Notice[] {
    unlisten();
    if (use) use.close();
    return notices;
  }
  return {
    ...acquired,
    handOver_: handOver,
    release() {
      handOver();
      release();
    },
  };
}

/** Draws the chat into the element and keeps it alive until `remove`. */
export async function mount(shell: Shell): Promise<Mounted> {
  const { host, root } = shell;
  const mode = host.getAttribute("mode") ?? "";
  const lang = host.closest<HTMLElement>("[lang]")?.lang || navigator.language;
  const isChat = mode !== "bar" && mode !== "overlay";
  const early = subscribe(shell, isChat);
  const [acquired, strings, outside] = await Promise.all([
    early,
    loadStrings(lang, root),
    (mode === "panel" || document.querySelector("[data-kabar-unread]")) && import("./chat/panel.ts"),
  ]).catch(async (error) => {
    (await early).release();
    throw error;
  });
  const wear = createWear(root.getRootNode() as ShadowRoot);
  wear(colours);
  // Before the scheme, which asks for computed styles.
  if (isChat) wear(css);
  const stop = new AbortController();
  const { signal } = stop;
  const applyTheme = applyScheme(host, root, signal);
  acquired.page_.then(({ watch_: watch }) => watch(shell, applyTheme, signal)).catch(() => undefined);
  if (isChat) return mountChat(shell, strings, acquired, outside || undefined, wear, stop);
  acquired.handOver_();
  acquired.loadPage_();
  return (await import("./ambient/ambient.ts")).mountAmbient(shell, strings, acquired, wear, stop);
}

/** Reports an error to the page with a hint for the site's owner. Without a connection the hint cannot load, and the event has none. */
const reportError = (
  page: Acquired["page_"],
  emit: Shell["emit"],
  code: string,
  message: string,
  topic?: string,
): Promise<unknown> =>
  page
    .then(({ report_: report }) => report(code, message, emit, topic))
    .catch(() => emit("kabar-error", { code, message }));

/** Draws the chat of one element and connects it to its topic. */
function mountChat(
  shell: Shell,
  strings: Strings,
  acquired: Early,
  outside: typeof import("./chat/panel.ts") | undefined,
  wear: Wear,
  stop: AbortController,
): Mounted {
  const { host, root, launcher, emit } = shell;
  const { client, said_: said, page_: page, loadPage_: loadPage, visitor, release } = acquired;
  const { signal } = stop;
  let topic = "";
  let use: ReturnType<Client["open"]> | undefined;
  let isPinned = true;
  let isOnScreen = false;
  const now = () => client.state.topics[topic];
  prepareRoot(shell, strings.lang, signal);
  const drawing = createDrawing(shell, strings, client, wear, signal, {
    now_: now,
    loadExtras_() {
      loadPage();
      return import("./extras/extras.ts");
    },
    submit_: submit,
    show,
    onPinned_(pinned) {
      isPinned = pinned;
      watch();
    },
  });
  const toLatest = () => drawing.timeline_.current?.toLatest_();

  /** Updates the parts outside of the chat: the badge, the page's own buttons and counters. */
  function mirror(): void {
    outside?.mirror(host, launcher, strings, client.state);
  }
  /** Sends a message of the composer or of `send()`; returns undefined when it is not sent. */
  function submit(text: string, more?: Unsent["more"]): Promise<Sent> | undefined {
    const detail = { text, replyTo: more?.replyTo ?? null };
    if (!emit("kabar-before-send", detail, true)) return undefined;
    if (client.isFull()) {
      drawing.showNotice_(drawing.extras_()?.words.tooMany);
      return undefined;
    }
    const sent = client.send(topic, detail.text, more);
    sent.catch(() => undefined);
    toLatest();
    drawing.schedule_();
    return sent;
  }
  /** Counts messages as read while the user sees the end of the list. */
  function watch(): void {
    use?.watch_(isPinned && isOnScreen && !document.hidden);
  }
  function show(next: string): void {
    if (!use || next !== topic) {
      use?.close();
      topic = next;
      isPinned = true;
      use = client.open(topic, sizeOf(host));
      watch();
    }
    mirror();
    drawing.draw_();
  }
  /** Shows the first topic of the attribute unless the topic on show is among them. */
  function update(): void {
    const topics = host.topic.split(" ");
    show(topics.includes(topic) ? topic : firstTopicOf(host));
  }

  const handlers: { [T in Notice["type"]]: (notice: Notice & { type: T }) => void } = {
    change() {
      // In a busy topic the extras decide when the list is drawn.
      if (drawing.extras_()?.mayDraw_() !== false) drawing.schedule_();
    },
    message({ topic, message, mine, historical }) {
      const { id, offset, user, text, at } = message;
      emit("kabar-message", { id, topic, offset, author: user.name, text, at, mine, historical });
      if (mine || historical || root.hidden || offset <= (said.get(topic) ?? 0)) return;
      said.set(topic, offset);
      drawing.loading_()?.then((extras) => extras?.announce_(message));
    },
    connection({ connection, retryInMs }) {
      drawing.onConnection_(connection);
      // A connection that fails may need one of another kind.
      if (retryInMs) loadPage();
      emit("kabar-connection", { state: connection, retryInMs });
    },
    unread({ topic, count }) {
      const mentions = drawing.extras_()?.countMentions() ?? 0;
      emit("kabar-unread", { topic, count, mentions });
    },
    sent: ({ id, offset }) => emit("kabar-sent", { id, clientId: id, offset }),
    "send-failed"({ id, reason, retryable }) {
      drawing.showNotice_(strings.notSent);
      emit("kabar-send-failed", { clientId: id, reason, retryable });
    },
    identity: ({ me }) => emit("kabar-identity", { me }),
    error: ({ code, message }) => reportError(page, emit, code, message, now()?.topic),
  };
  function hear(notice: Notice): void {
    if (notice.type === "unread") mirror();
    if ("topic" in notice && notice.topic !== topic) return;
    (handlers[notice.type] as (notice: Notice) => void)(notice);
  }
  const unsubscribe = client.listen(hear);
  const screen = new IntersectionObserver((seen) => {
    isOnScreen = seen.some((entry) => entry.isIntersecting);
    watch();
  });
  screen.observe(root);
  document.addEventListener("visibilitychange", watch, { signal });
  if (host.matches("[mode=panel]")) outside?.bindPanel(host, root, wear, signal);
  drawing.onConnection_(client.state.connection);
  update();
  for (const notice of acquired.handOver_()) hear(notice);
  if (host.autofocus) drawing.focusComposer();
  queueMicrotask(() => emit("kabar-ready", { version: __VERSION__, topic: topic }));

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
    update,
    resume() {
      drawing.timeline_.current?.settle_();
    },
    focus() {
      // The keyboard of a touch screen would cover the panel.
      if (matchMedia("(pointer: coarse)").matches) root.focus({ preventScroll: true });
      else drawing.focusComposer();
    },
    focusComposer: drawing.focusComposer,
    send: (text) => submit(text) ?? Promise.reject(new Error("The message was not sent.")),
    setDraft: drawing.setDraft,
    mute: async (ms) => (await drawing.loading_())?.mute(ms),
    markRead: () => client.markRead(topic),
    loadOlder: () => client.loadOlder(topic),
    scrollToLatest: toLatest,
    ...visitor,
    remove() {
      unsubscribe();
      stop.abort();
      screen.disconnect();
      const unsent = drawing.stop_();
      use?.close();
      root.dir = "";
      setTimeout(release, GRACE_MS);
      return unsent;
    },
  };
}
