/**
 * Signals for messages that the user does not see: the count in the page's title, a sound, a system notification, a card over
 * the closed launcher. Loaded with the first such message. The title changes only while the page is hidden, a sound needs a
 * page that was used before, and no permission is asked for here.
 */
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { Preferences } from "../header/preferences.ts";

export type Attention = ReturnType<typeof createAttention>;

/** The shortest time between two sounds. */
const SOUND_PAUSE_MS = 2_000;
const NOTE_S = 0.09;

/** Unread messages of the page's chats by server and topic, so that two chats of one topic count once. */
const unread = new Map<string, number>();
let ownTitle = "";
let shownTitle = "";
let audio: AudioContext | undefined;
let playedAt = 0;
let hasPreviewed = false;

/** Puts the count before the title of a hidden page, and removes it from a visible one. */
function drawTitle(): void {
  const count = document.hidden ? [...unread.values()].reduce((sum, n) => sum + n, 0) : 0;
  // The page may have set another title meanwhile.
  if (document.title !== shownTitle) ownTitle = document.title;
  shownTitle = count ? `(${count}) ${ownTitle}` : ownTitle;
  if (document.title !== shownTitle) document.title = shownTitle;
}

/** Plays two short notes. Browsers allow it once the user has interacted with the page. */
function play(): void {
  if (!navigator.userActivation?.hasBeenActive || Date.now() - playedAt < SOUND_PAUSE_MS) return;
  playedAt = Date.now();
  audio ??= new AudioContext();
  void audio.resume();
  const start = audio.currentTime;
  for (const [n, frequency] of [660, 880].entries()) {
    const note = audio.createOscillator();
    const volume = audio.createGain();
    const at = start + n * NOTE_S;
    note.frequency.value = frequency;
    volume.gain.setValueAtTime(0.08, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + NOTE_S);
    note.connect(volume).connect(audio.destination);
    note.start(at);
    note.stop(at + NOTE_S);
  }
}

/** Creates the signals of one chat. */
export function createAttention(
  kit: Kit,
  preferences: Preferences,
  mentionsMe: (message: Message) => boolean,
  drawCross: () => SVGElement,
) {
  const { host, root, launcher, server, emit, client, strings_: strings, topic: now } = kit;
  const stop = new AbortController();
  const { signal } = stop;
  let card: HTMLElement | undefined;
  let notification: Notification | undefined;
  let counted = "";

  function count(): void {
    const t = now();
    unread.delete(counted);
    if (t) counted = `${server} ${t.topic}`;
    if (t && preferences.get("badge") === "on" && !preferences.isMuted) unread.set(counted, t.unread);
    drawTitle();
  }
  function show(): void {
    window.focus();
    host.open("user");
    notification?.close();
  }

  function notify({ id, topic, offset, user, text }: Message): void {
    const title = `${user.name} · ${kit.title()}`;
    const url = `${server}/t/${encodeURIComponent(topic)}${offset ? `#m${offset}` : ""}`;
    if (!emit("kabar-notify", { title, body: text, url }, true)) return;
    try {
      // Other tabs of the site use the same tag and replace it: one notification for each message.
      notification = new Notification(title, { body: text, tag: `kabar-${id}` });
      notification.onclick = show;
    } catch {
      // Browsers of phones allow notifications to service workers only, and a widget installs none.
    }
  }

  /** Shows the latest mention over the closed launcher: one card in a visit, and none after it was closed. */
  function preview({ user, text }: Message): void {
    if (hasPreviewed && !card) return;
    hasPreviewed = true;
    showCard(text, user.name);
  }
  /** Shows a card over the launcher; a press on it opens the panel. `onDismiss` is called when the user closes it. */
  function showCard(text: string, author?: string, onDismiss?: () => void): void {
    drop();
    const make = <K extends keyof HTMLElementTagNameMap>(tag: K, part: string, content: string) => {
      const element = document.createElement(tag);
      element.setAttribute("part", part);
      element.className = part;
      element.textContent = content;
      return element;
    };
    card = make("div", "preview", "");
    card.role = "status";
    const open = make("button", "preview-open", "");
    if (author !== undefined) open.append(make("bdi", "author", author));
    const words = make("span", "text", text);
    words.dir = "auto";
    open.append(words);
    open.onclick = () => host.open("user");
    const close = make("button", "preview-close", "");
    close.append(drawCross());
    close.ariaLabel = strings.close;
    close.onclick = () => {
      drop();
      onDismiss?.();
      launcher.focus({ preventScroll: true });
    };
    card.append(open, close);
    card.style.colorScheme = launcher.style.colorScheme;
    launcher.before(card);
  }
  function drop(): void {
    card?.remove();
    card = undefined;
  }

  const unlisten = client.listen(({ type }) => type === "unread" && count());
  document.addEventListener("visibilitychange", count, { signal });
  host.addEventListener("kabar-open", drop, { signal });
  count();

  return {
    /** Shows the page's own line over the closed launcher. */
    tease_(text: string, onDismiss: () => void): void {
      if (root.hidden && !launcher.hidden && !card && !preferences.isMuted)
        showCard(text, undefined, onDismiss);
    },
    /** Counts anew, after the preferences have changed. */
    count_: count,
    /** Signals a message that the user does not see, or that mentions them. `isHidden`: the page was hidden when it came. */
    signal(message: Message, isHidden: boolean): void {
      if (preferences.isMuted) return;
      count();
      const isMention = mentionsMe(message);
      const level = preferences.get("notify");
      const isWanted = level === "all" || (level === "mentions" && isMention);
      // With notifications of mentions only, only mentions make a sound.
      if (preferences.get("sound") === "on" && (isWanted || level === "off")) play();
      if (isHidden && isWanted && globalThis.Notification?.permission === "granted") notify(message);
      if (isMention && root.hidden && !launcher.hidden) preview(message);
    },
    stop_(): void {
      stop.abort();
      unlisten();
      drop();
      notification?.close();
      unread.delete(counted);
      drawTitle();
      void audio?.close();
      audio = undefined;
    },
  };
}
