/**
 * Drawing of one chat: gathers the state into properties and renders them, at most once a frame.
 * Loads the chunk `extras` after the first list and passes it what it needs. Holds the notice above the composer. Sends
 * nothing and dispatches no events but `kabar-link`.
 */
import { createRef, h, render } from "preact";
import type { Client } from "../client/client.ts";
import type { Connection } from "../client/client-events.ts";
import type { TopicState } from "../client/state.ts";
import { makeId, systemClock, type Timer } from "../client/clock.ts";
import type { Shell } from "../loader/contract.ts";
import type { Strings } from "../words/list-words.ts";
import { hueOf, initials } from "./author.ts";
import { Chat, type ChatProps } from "./chat.tsx";
import type { Composer } from "./composer.tsx";
import { BACK_MS, type ConnectionLine, connectionLine, LATE_MS } from "./connection-line.ts";
import { createTimes } from "./dates.ts";
import type { Extras, Tools } from "./kit.ts";
import { whenIdle } from "./idle.ts";
import type { Timeline } from "./timeline.tsx";
import type { Wear } from "./wear.ts";

/** Functions of the chat that the drawing calls. */
export interface DrawingHooks {
  /** The topic on show, once it is subscribed. */
  now_: () => TopicState | undefined;
  /** Imports the chunk `extras`. */
  loadExtras_: () => Promise<{ createExtras(tools: Tools): Extras }>;
  /** Sends the composer's text; returns undefined when it is not sent. */
  submit_: (text: string, more: Exclude<ReturnType<Extras["submit_"]>, true>) => unknown;
  show(topic: string): void;
  /** Called when the reader has reached the end of the list, or has left it. */
  onPinned_: (pinned: boolean) => void;
}

export type Drawing = ReturnType<typeof createDrawing>;

/** A notice above the composer stays for this long. */
const NOTICE_MS = 8_000;

type TimerName = "late" | "back" | "notice" | "second";
type Timers = Partial<Record<TimerName, Timer>>;
type StartTimer = (name: TimerName, ms: number, run?: () => void) => void;

/** Timers by name, and the function that starts one in place of the last of its name and calls `redraw` after `run`. */
const createTimers = (redraw: () => void, timers: Timers = {}): readonly [Timers, StartTimer] => [
  timers,
  (name, ms, run) => {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(() => {
      run?.();
      redraw();
    }, ms);
  },
];

/** The properties that never change while a chat is drawn: words, times and the event of a link. */
const createContext = (strings: Strings, emit: Shell["emit"]): ChatProps["context"] => ({
  strings_: strings,
  times_: createTimes(strings.lang),
  now: Date.now,
  originals_: {},
  onLink_(href, event) {
    if (!emit("kabar-link", { href }, true)) event.preventDefault();
  },
});

/** Shows the state of the connection to style sheets, and in the line above the composer by means of `step`. */
function showConnection(
  connection: Connection,
  setState: Shell["setState"],
  timers: Timers,
  after: StartTimer,
  step: (event: Parameters<typeof connectionLine>[1]) => void,
): void {
  setState("offline", connection === "offline");
  setState("reconnecting", connection === "reconnecting");
  step(connection);
  if (connection === "connecting" || connection === "reconnecting") {
    if (!timers.late) after("late", LATE_MS, () => step("late"));
    return;
  }
  clearTimeout(timers.late);
  delete timers.late;
  if (connection === "online") after("back", BACK_MS, () => step("settled"));
}

const idle = (): Promise<void> => new Promise(whenIdle);

/** Creates the drawing; it draws on `draw_` and `schedule_` until `stop_`. */
export function createDrawing(
  shell: Shell,
  strings: Strings,
  client: Client,
  wear: Wear,
  signal: AbortSignal,
  hooks: DrawingHooks,
) {
  const { host, root, server, emit, setState } = shell;
  const { keeper } = client;
  const { now_: now } = hooks;
  const timeline = createRef<Timeline>();
  const composer = createRef<Composer>();
  let { draft_: draft } = shell;
  const [timers, after] = createTimers(schedule);
  let line: ConnectionLine = {};
  let notice: string | undefined;
  let frame = 0;
  let hasList = false;
  let extras: Extras | undefined;
  let loading: Promise<Extras | undefined> | undefined;

  const name = () => now()?.topic ?? "";
  const title = () => host.title || now()?.facts.title || name();
  const focusComposer = () => composer.current?.focus();
  const setDraft = (text: string) => extras?.type_(text) || composer.current?.setDraft(text);
  const context = createContext(strings, emit);
  const handlers = {
    server,
    timeline_: timeline,
    composer_: composer,
    isPanel_: host.matches("[mode=panel]"),
    log: createRef<HTMLDivElement>(),
    context,
    onClose_: () => host.close("user"),
    onOlder_: () => void client.loadOlder(name()),
    onPinned_: hooks.onPinned_,
    onSend_(text: string) {
      const more = extras?.submit_(text);
      return more === true || hooks.submit_(text, more) !== undefined;
    },
    onDraft_(text: string) {
      keeper.saveDraft(name(), text);
      extras?.onDraft_(text);
    },
    onKey_: (event: KeyboardEvent) => extras?.onKey_(event),
    onTryNow_: client.wake,
  } satisfies Partial<ChatProps>;

  function draw(): void {
    cancelAnimationFrame(frame);
    frame = 0;
    const topic = now();
    // What has loaded too late for this chat would draw into the root of the next.
    if (!topic || signal.aborted) return;
    const { state } = client;
    const isMuted = host.hasAttribute("readonly");
    root.ariaLabel = strings.chat(title());
    const retryIn = state.retryAt && Math.max(1, Math.ceil((state.retryAt - Date.now()) / 1_000));
    if (line.isLate_ && retryIn) after("second", 1_000);
    setState("empty", topic.phase === "ready" && !topic.messages.length);
    setState("readonly", isMuted);
    const props: ChatProps = {
      ...handlers,
      state,
      topic,
      title: title(),
      draft_: draft || keeper.draft(topic.topic),
      isMuted_: isMuted,
      most: Number(host.getAttribute("max-length")) || Infinity,
      retryIn_: retryIn,
      ...line,
      notice_: notice,
    };
    render(h(Chat, props), root);
    draft = "";
    // After the rest of the list, which comes in the first idle moment: asking for a file takes time from that frame, too. If the
    // network fails here, the next drawing tries again.
    if (topic.phase === "ready")
      loading ??= idle()
        .then(idle)
        .then(load)
        .catch(() => (loading = undefined));
  }
  function schedule(): void {
    // The first list is built at the end of the task that brings it, and laid out in its frame: two short tasks instead of a long one.
    if (!hasList && now()?.messages[0]) {
      hasList = true;
      queueMicrotask(draw);
    } else frame ||= requestAnimationFrame(draw);
  }
  function refresh(): void {
    if (extras) handlers.context = { ...context, extras_: extras };
    schedule();
  }
  async function load(): Promise<Extras | undefined> {
    const { createExtras } = await hooks.loadExtras_();
    if (signal.aborted) return undefined;
    extras = createExtras({
      ...shell,
      ...context,
      h,
      wear,
      client,
      clock_: systemClock,
      makeId,
      showNotice_: showNotice,
      refresh_: refresh,
      redraw_: schedule,
      timeline_: () => timeline.current,
      topic: now,
      state: () => client.state,
      command_: client.command,
      focusComposer,
      draft_: () => composer.current?.draft_ ?? "",
      setDraft,
      log: () => handlers.log.current,
      title,
      initials_: initials,
      hueOf_: hueOf,
      show: hooks.show,
    });
    refresh();
    return extras;
  }

  /** Shows a notice above the composer for a while. */
  function showNotice(text?: string): void {
    notice = text;
    after("notice", NOTICE_MS, () => {
      notice = undefined;
    });
    schedule();
  }

  return {
    onConnection_(connection: Connection): void {
      showConnection(connection, setState, timers, after, (event) => {
        line = connectionLine(line, event);
      });
    },
    draw_: draw,
    schedule_: schedule,
    showNotice_: showNotice,
    focusComposer,
    setDraft,
    extras_: () => extras,
    loading_: () => loading,
    timeline_: timeline,
    /** Stops drawing and returns the draft. */
    stop_(): string {
      const unsent = composer.current?.draft_ ?? "";
      extras?.stop_();
      cancelAnimationFrame(frame);
      for (const timer of Object.values(timers)) clearTimeout(timer);
      render(null, root);
      return unsent;
    },
  };
}
