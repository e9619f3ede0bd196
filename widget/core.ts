/**
 * The chunk that the loader imports: ties one element to the page's client for its server, and to the drawing.
 * Everything that a page is told goes through `emit`;
 * drawing happens at most once a frame, however many messages arrive.
 */
import { createRef, h, render } from "preact";
import css from "./chat/chat.css";
import colours from "./chat/colours.css";
import { Chat, type ChatProps } from "./chat/chat.tsx";
import { acquire } from "./chat/shared-clients.ts";
import { makeId, type Timer } from "./client/clock.ts";
import type { Composer } from "./chat/composer.tsx";
import { createWear } from "./chat/wear.ts";
import { guardFields, markKeys } from "./chat/key-guard.ts";
import { applyScheme } from "./chat/colour-scheme.ts";
import type { Extras } from "./chat/kit.ts";
import type { Sent } from "./client/outbox.ts";
import type { Notice } from "./client/client-events.ts";
import type { Mounted, Shell } from "./loader/contract.ts";
import type { Connection } from "./client/state.ts";
import type { Unsent } from "./client/storage.ts";
import { english } from "./words/list-words.ts";
import type { Timeline } from "./chat/timeline.tsx";
import { createTimes } from "./chat/dates.ts";

/** A lost connection is not worth a word until it has been missing for this long. */
const LATE_MS = 1_000;
const BACK_MS = 2_000;
const NOTICE_MS = 8_000;
const GRACE_MS = 1_000;

/** Draws the chat into the element and keeps it alive until `unmount`. */
export async function mount(shell: Shell): Promise<Mounted> {
  const { host, root, launcher, server, emit, setState } = shell;
  let { draft_: draft } = shell;
  const mode = host.getAttribute("mode") ?? "";
  const isPanel = mode === "panel";
  const lang = host.closest<HTMLElement>("[lang]")?.lang || navigator.language;
  const strings = /^en/.test(lang)
    ? english
    : await (await import("./words/languages.ts")).translate(english, lang, root);
  const outside =
    isPanel || document.querySelector("[data-kabar-unread]") ? await import("./chat/panel.ts") : undefined;
  const { client, said_: said, visitor, page_: page, release } = await acquire(server, host);
  const shadow = root.getRootNode() as ShadowRoot;
  const wear = createWear(shadow);
  wear(colours);
  const stop = new AbortController();
  const { signal } = stop;
  const applyTheme = applyScheme(host, root, signal);
  page.then(({ watchTheme_: watchTheme }) => watchTheme(host, applyTheme, signal)).catch(() => undefined);
  if (/bar|overlay/.test(mode)) {
    return (await import("./ambient/ambient.ts")).mountAmbient(shell, wear, client, strings, visitor, () => {
      stop.abort();
      release();
    });
  }
  const timeline = createRef<Timeline>();
  const composer = createRef<Composer>();
  const timers: Partial<Record<"late" | "back" | "notice" | "second", Timer>> = {};
  let [topic = ""] = host.topic.split(" ");
  let isPinned = true;
  let isOnScreen = false;
  let isLate = false;
  let isBack = false;
  let wasOnline = false;
  let notice: string | undefined;
  let frame = 0;
  let extras: Extras | undefined;
  let loading: Promise<Extras | undefined> | undefined;

  const title = () => host.title || topic;
  const open = () => client.open(topic, Number(host.getAttribute("history") ?? 30) || 0);
  const now = () => client.state.topics[topic];
  const after = (name: keyof typeof timers, ms: number, run: () => void) => {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(() => {
      run();
      schedule();
    }, ms);
  };

  // ── The drawing ──────────────────────────────────────────────────────────────────────────────────

  wear(css);
  // An empty title keeps the browser from showing the host's own as a tooltip over everything.
  root.title = "";
  root.tabIndex = -1;
  root.lang = strings.lang;
  root.role = isPanel ? "dialog" : "region";
  root.replaceChildren();
  guardFields(shadow, signal);
  markKeys(shadow, [root, launcher], signal);

  const context: ChatProps["context"] = {
    strings_: strings,
    times_: createTimes(strings.lang),
    now: Date.now,
    onLink_(href, event) {
      if (!emit("kabar-link", { href }, true)) event.preventDefault();
    },
  };
  const handlers = {
    title: "",
    server,
    timeline_: timeline,
    composer_: composer,
    draft_: "",
    isPanel_: isPanel,
    log: createRef<HTMLDivElement>(),
    context,
    onClose_: () => host.close("user"),
    onOlder_: () => void client.loadOlder(topic),
    onPinned_(pinned: boolean) {
      isPinned = pinned;
      watch();
    },
    onSend_(text: string) {
      const more = extras?.submit_(text);
      return more === true || submit(text, more) !== undefined;
    },
    onDraft_(text: string) {
      client.keeper.saveDraft(topic, text);
      extras?.onDraft_(text);
    },
    onKey_: (event: KeyboardEvent) => extras?.onKey_(event),
    onTryNow_: client.wake,
    onRename_(name: string) {
      const refused = client.rename(name);
      hintAtStorage();
      return refused;
    },
  } satisfies Partial<ChatProps>;

  function draw(): void {
    cancelAnimationFrame(frame);
    frame = 0;
    const t = now();
    if (!t) return;
    const { state } = client;
    const isMuted = host.hasAttribute("readonly");
    root.ariaLabel = strings.chat(title());
    const retryIn = state.retryAt && Math.max(1, Math.ceil((state.retryAt - Date.now()) / 1_000));
    if (isLate && retryIn) after("second", 1_000, () => undefined);
    setState("empty", t.phase === "ready" && !t.messages.length);
    setState("readonly", isMuted);
    const props: ChatProps = {
      ...handlers,
      state,
      topic: t,
      title: title(),
      draft_: draft || client.keeper.draft(topic),
      isMuted_: isMuted,
      most: Number(host.getAttribute("max-length")) || Infinity,
      retryIn_: retryIn,
      isLate_: isLate,
      isBack_: isBack,
      notice_: notice,
    };
    render(h(Chat, props), root);
    // The network may be gone just then: whatever is drawn next tries again.
    if (t.phase === "ready") loading ??= load().catch(() => (loading = undefined));
  }
  function refresh(): void {
    if (extras) handlers.context = { ...context, extras_: extras };
    schedule();
  }
  /** What the first list does not need. */
  async function load(): Promise<Extras> {
    const { createExtras } = await import("./extras/extras.ts");
    extras = createExtras({
      ...shell,
      ...context,
      h,
      wear,
      client,
      makeId,
      showNotice_: tell,
      refresh_: refresh,
      redraw_: schedule,
      timeline_: () => timeline.current,
      topic: now,
      state: () => client.state,
      command_: client.command,
      focusComposer: () => composer.current?.focus(),
      draft_: () => composer.current?.draft_ ?? "",
      setDraft: (text) => composer.current?.setDraft(text),
      insert: (...args) => composer.current?.insert(...args),
      log: () => handlers.log.current,
      title,
      show,
    });
    if (signal.aborted) extras.stop_();
    refresh();
    hintAtStorage();
    return extras;
  }
  function schedule(): void {
    frame ||= requestAnimationFrame(draw);
  }
  function tell(text?: string): void {
    notice = text;
    after("notice", NOTICE_MS, () => {
      notice = undefined;
    });
    schedule();
  }

  /** What stands outside of the chat: the badge, the page's own buttons and counters. */
  function mirror(): void {
    outside?.mirror(host, launcher, strings, client.state);
  }

  // ── What the visitor does ────────────────────────────────────────────────────────────────────────

  /** The way of every message that is written here, by hand or by `send()`. */
  function submit(text: string, more?: Unsent["more"]): Promise<Sent> | undefined {
    const detail = { text, replyTo: more?.replyTo ?? null };
    if (!emit("kabar-before-send", detail, true)) return undefined;
    if (client.isFull()) {
      tell(extras?.words.tooMany);
      return undefined;
    }
    const sent = client.send(topic, detail.text, more);
    sent.catch(() => undefined);
    timeline.current?.toLatest_();
    schedule();
    hintAtStorage();
    return sent;
  }
  function hintAtStorage(): void {
    if (extras && client.keeper.takeBlocked()) tell(extras.words.newGuest);
  }
  function watch(): void {
    use.watch_(isPinned && isOnScreen && !document.hidden);
  }

  function show(next: string): void {
    if (next !== topic) {
      use.close();
      topic = next;
      isPinned = true;
      use = open();
      watch();
    }
    mirror();
    draw();
  }

  // ── What happens ─────────────────────────────────────────────────────────────────────────────────

  function onConnection(state: Connection): void {
    setState("offline", state === "offline");
    setState("reconnecting", state === "reconnecting");
    if (state === "connecting" || state === "reconnecting") {
      if (!timers.late)
        after("late", LATE_MS, () => {
          isLate = true;
        });
      return;
    }
    clearTimeout(timers.late);
    delete timers.late;
    if (state !== "online") return;
    isBack = isLate && wasOnline;
    isLate = false;
    wasOnline = true;
    after("back", BACK_MS, () => {
      isBack = false;
    });
  }

  function onMessage({ message, mine, historical }: Notice & { type: "message" }): void {
    const { id, offset, user, text, at } = message;
    emit("kabar-message", { id, topic, offset, author: user.name, text, at, mine, historical });
    if (mine || historical || root.hidden || offset <= (said.get(topic) ?? 0)) return;
    said.set(topic, offset);
    loading?.then((extras) => extras?.announce_(message));
  }

  const reactions: { [T in Notice["type"]]: (notice: Notice & { type: T }) => void } = {
    change() {
      // In a crowd the list is drawn when it is its turn.
      if (extras?.mayDraw_() !== false) schedule();
    },
    message: onMessage,
    connection({ connection, retryInMs }) {
      onConnection(connection);
      emit("kabar-connection", { state: connection, retryInMs });
    },
    unread({ count }) {
      const mentions = extras?.countMentions() ?? 0;
      emit("kabar-unread", { topic, count, mentions });
    },
    sent: ({ id, offset }) => emit("kabar-sent", { id, clientId: id, offset }),
    "send-failed"({ id, reason, retryable }) {
      tell(strings.notSent);
      emit("kabar-send-failed", { clientId: id, reason, retryable });
    },
    identity: ({ me }) => emit("kabar-identity", { me }),
    error({ code, message }) {
      // Where the server can't be reached there is no hint either.
      import("./page/diagnosis.ts").then(
        (trouble) => trouble.report(code, message, server, emit, topic),
        () => emit("kabar-error", { code, message }),
      );
    },
  };

  const deaf = client.listen((notice) => {
    if (notice.type === "unread") mirror();
    if ("topic" in notice && notice.topic !== topic) return;
    (reactions[notice.type] as (notice: Notice) => void)(notice);
  });
  let use = open();
  const screen = new IntersectionObserver((seen) => {
    isOnScreen = seen.some((entry) => entry.isIntersecting);
    watch();
  });
  screen.observe(root);
  document.addEventListener("visibilitychange", watch, { signal });
  if (isPanel) outside?.bindPanel(host, root, wear, signal);
  onConnection(client.state.connection);
  draw();
  draft = "";
  mirror();
  if (host.autofocus) composer.current?.focus();
  queueMicrotask(() => emit("kabar-ready", { version: __VERSION__, topic }));

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
      const topics = host.topic.split(" ");
      show(topics.includes(topic) ? topic : `${topics[0]}`);
    },
    resume() {
      timeline.current?.settle_();
    },
    focusOnOpen_() {
      // A touch screen's keyboard would cover what was just opened.
      if (matchMedia("(pointer: coarse)").matches) root.focus({ preventScroll: true });
      else composer.current?.focus();
    },
    focusComposer: () => composer.current?.focus(),
    send: (text) => submit(text) ?? Promise.reject(new Error("The message was not taken.")),
    setDraft: (text) => composer.current?.setDraft(text),
    mute: async (ms) => (await loading)?.mute(ms),
    markRead: () => client.markRead(topic),
    loadOlder: () => client.loadOlder(topic),
    scrollToLatest: () => timeline.current?.toLatest_(),
    ...visitor,
    unmount_() {
      const unsent = composer.current?.draft_ ?? "";
      deaf();
      stop.abort();
      screen.disconnect();
      extras?.stop_();
      cancelAnimationFrame(frame);
      for (const timer of Object.values(timers)) clearTimeout(timer);
      render(null, root);
      use.close();
      root.dir = "";
      // Who changes the language is back in a moment, and would be somebody else without the client.
      setTimeout(release, GRACE_MS);
      return unsent;
    },
  };
}
