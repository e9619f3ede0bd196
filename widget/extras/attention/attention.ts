/**
 * Who looks elsewhere learns that something came: the count in the page's title, a sound, a notification of the system, a
 * card over the closed launcher. Loaded with the first message that nobody saw. The title is only touched while the page
 * is hidden; a sound needs that the visitor has touched the page; nothing here ever asks for a permission.
 */
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { Prefs } from "../header/preferences.ts";

export type Signals = ReturnType<typeof createSignals>;

/** No more than one sound in this time. */
const QUIET_MS = 2_000;
const NOTE_S = 0.09;

/** Unread messages of the page's chats, by topic: two chats of one topic count once. */
const unread = new Map<string, number>();
let ownTitle = "";
let shownTitle = "";
let audio: AudioContext | undefined;
let playedAt = 0;
let hasPreviewed = false;

/** Writes the count before the page's title while it is hidden; takes it away when it is seen again. */
function drawTitle(): void {
  const count = document.hidden ? [...unread.values()].reduce((sum, n) => sum + n, 0) : 0;
  // What the page itself wrote meanwhile is its title now.
  if (document.title !== shownTitle) ownTitle = document.title;
  shownTitle = count ? `(${count}) ${ownTitle}` : ownTitle;
  if (document.title !== shownTitle) document.title = shownTitle;
}

/** Two short notes. Browsers allow it once the visitor has touched the page. */
function play(): void {
  if (!navigator.userActivation?.hasBeenActive || Date.now() - playedAt < QUIET_MS) return;
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
    // biome-ignore lint/complexity/useLiteralKeys: without quotes our own `start` is meant, which the build shortens.
    note["start"](at);
    // biome-ignore lint/complexity/useLiteralKeys: as above.
    note["stop"](at + NOTE_S);
  }
}

/** Makes the signs of one chat. */
export function createSignals(kit: Kit, prefs: Prefs, isForMe: (message: Message) => boolean) {
  const { host, root, launcher, server, emit, client, strings_: strings, topic: now } = kit;
  const stop = new AbortController();
  const { signal } = stop;
  let card: HTMLElement | undefined;
  let notification: Notification | undefined;
  let counted = "";

  const wantsTitle = () =>
    host.hasAttribute("title-badge") ||
    (host.getAttribute("mode") === "panel" && !host.hasAttribute("no-title-badge"));
  function count(): void {
    const t = now();
    unread.delete(counted);
    if (t) counted = `${server} ${t.topic}`;
    if (t && wantsTitle() && !prefs.isQuiet) unread.set(counted, t.unread);
    drawTitle();
  }
  function show(): void {
    window.focus();
    host.open("user");
    notification?.close();
  }

  function notify({ id, topic, offset, user, text }: Message): void {
    const title = `${user.name} · ${host.title || topic}`;
    const url = `${server}/t/${encodeURIComponent(topic)}#m${offset}`;
    if (!emit("kabar-notify", { title, body: text, url }, true)) return;
    try {
      // The same tag from another tab of the site replaces it: one message, one notification.
      notification = new Notification(title, { body: text, tag: `kabar-${id}` });
      notification.onclick = show;
    } catch {
      // Browsers on phones know only those of service workers, which a page's widget has no business to install.
    }
  }

  /** The last mention, over the closed launcher; one card a visit, and none once it was closed. */
  function preview({ user, text }: Message): void {
    if (hasPreviewed && !card) return;
    hasPreviewed = true;
    drop();
    const make = <K extends keyof HTMLElementTagNameMap>(tag: K, part: string, content: string) => {
      const element = document.createElement(tag);
      element.setAttribute("part", part);
      element.textContent = content;
      return element;
    };
    card = make("div", "preview", "");
    card.role = "status";
    const open = make("button", "preview-open", "");
    open.append(make("bdi", "author", user.name), make("span", "text", text));
    open.onclick = () => host.open("user");
    const close = make("button", "preview-close", "×");
    close.ariaLabel = strings.close;
    close.onclick = () => {
      drop();
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

  const deaf = client.listen(({ type }) => type === "unread" && count());
  document.addEventListener("visibilitychange", count, { signal });
  host.addEventListener("kabar-open", drop, { signal });
  count();

  return {
    /** A message came that the visitor doesn't look at, or that addresses them. */
    sign(message: Message, isHidden: boolean): void {
      if (prefs.isQuiet) return;
      count();
      const forMe = isForMe(message);
      if (prefs.get("sound") === "on") play();
      const about = prefs.get("notify");
      const isAsked = about === "all" || (about === "mentions" && forMe);
      if (isHidden && isAsked && globalThis.Notification?.permission === "granted") notify(message);
      if (forMe && root.hidden && !launcher.hidden) preview(message);
    },
    stop_(): void {
      stop.abort();
      deaf();
      drop();
      notification?.close();
      unread.delete(counted);
      drawTitle();
      void audio?.close();
      audio = undefined;
    },
  };
}
