/**
 * The custom element `<kabar-chat>`: attributes, properties, methods, and the drawing before the chat has loaded.
 * Small, because every page view pays for it. Does nothing on import and nothing in the constructor. Its listeners sit on
 * its own elements and go with them. It does not know messages: the core chunk draws them.
 *
 * Events: element-events.ts. Properties and methods: the class below. The tags here and the comments there make
 * docs/custom-elements.json (`bun run widget/describe.ts`); a test compares them with docs/WIDGET.md and with the source.
 *
 * @attr {one topic, or several with spaces between} topic - The topic on show; several become tabs. Default: `lobby`.
 * @attr {inline | panel | bar | overlay} mode - In the text, a panel with a launcher, toasts, or lines over a picture.
 * @attr {boolean} open - Whether the panel is open; follows the panel.
 * @attr {text} label - A text on the launcher, beside its picture.
 * @attr {text} teaser - A line in a bubble over the closed launcher, until the visitor closes it once.
 * @attr {16 or 16 24} offset - Pixels from the edge of the window: block, then inline.
 * @attr {end | start} position - The corner of a panel or of toasts, in the direction of writing.
 * @attr {auto | light | dark | inherit} theme - `auto` follows the background, `inherit` the page's `color-scheme` only.
 * @attr {sand | forest | ocean | plum | ink} palette - Ready colours, light and dark. Default: white and blue.
 * @attr {language tag} lang - The chat's language. Default: the nearest `lang` of the page, then the browser's.
 * @attr {ltr | rtl} dir - The direction of writing. Default: the page's, then the language's.
 * @attr {text} name - A name for a guest who has chosen none.
 * @attr {JWT} token - The user's identity, signed by the site's back end.
 * @attr {address} token-url - The site's address that returns a token; the request carries the site's cookies.
 * @attr {address} server - The Kabar server. Default: the server of the script.
 * @attr {visible | idle | click | eager} load - The moment at which the chat loads.
 * @attr {always | view} connect - With `view`, a page hidden for a minute closes its connection.
 * @attr {on-interaction | session | none | granted} storage - What may be stored on the device.
 * @attr {boolean} readonly - Hides the composer.
 * @attr {bytes} max-length - The longest text; the server has a limit of its own.
 * @attr {seconds} slow - Shows slow mode until the server sends the topic's own.
 * @attr {boolean} no-presence, no-typing, no-emoji - Hides the people, the typing line, the emoji button.
 * @attr {address} push-worker - The site's service worker for push messages. Default: /kabar-push.js.
 * @attr {cosy | compact | bubbles} density - The room between messages.
 * @attr {boolean} sound - Plays a sound for unseen messages until the user chooses.
 * @attr {boolean} notify - Shows notifications of mentions while the page is hidden, once the user allows them.
 * @attr {boolean} title-badge, no-title-badge - Shows the unread count in the title of a hidden page.
 * @attr {number} history - The number of messages in the first list. Default: 30.
 * @attr {text} title - The chat's title instead of its topic.
 * @attr {text} subtitle - A line under the title. Default for guests: that the chat is public; empty for none.
 * @attr {address} avatar - An image beside the title: https, or from the page's own server.
 * @attr {accent} header - Fills the header with the accent colour.
 * @attr {boolean} autofocus - Focuses the composer, without scrolling.
 *
 * @slot launcher - Replaces the picture on the launcher.
 * @slot header, header-actions - Replaces the title; stands beside the buttons of the header.
 * @slot empty - Shown while the topic has no messages.
 * @slot rules, footer - Stand under the composer.
 *
 * @csspart panel - The box of the chat.
 * @csspart launcher, launcher-icon, launcher-label, badge - The button that opens a panel, and its unread count.
 * @csspart header, title, subtitle, header-avatar, close, members-button, menu-button, moderate-button, menu, menu-item, settings, search, resize - The header, its menus, the sheets of settings and search.
 * @csspart topic-tab, pinned, members, member - Tabs of topics, the pinned message, the list of people.
 * @csspart log, day-divider, unread-divider, jump, empty, error, new-tab - The list and its lines; the link of a chat that can't be shown.
 * @csspart message, message-head, message-own, message-pending, message-failed, avatar, author, time, message-title, message-action, message-icon, text, link, code, mention - A message.
 * @csspart quote, reactions, reaction, actions, action - A message's quote, reactions and actions.
 * @csspart preview, preview-open, preview-close - A new message beside the launcher of a closed panel.
 * @csspart status, typing, composer, face, input, send, emoji-button, counter, toast - Below the list; a toast of `mode="bar"`.
 *
 * @cssstate open, empty, readonly - The panel is open; the topic has no messages; nothing can be written.
 * @cssstate offline, reconnecting - The state of the connection.
 * @cssstate slow, muted - The topic is in slow mode; moderators muted this user.
 *
 * @cssprop --kabar-accent, --kabar-on-accent - The accent colour, and text on it.
 * @cssprop --kabar-bg, --kabar-surface, --kabar-own-bg, --kabar-mention-bg - Backgrounds.
 * @cssprop --kabar-text, --kabar-text-muted, --kabar-danger, --kabar-warning, --kabar-success - Text and signals.
 * @cssprop --kabar-border, --kabar-control-border, --kabar-focus - Lines.
 * @cssprop --kabar-font, --kabar-font-size, --kabar-line-height - Type: a font, a factor, a number.
 * @cssprop --kabar-radius, --kabar-radius-control, --kabar-shadow - Corners of the box and of fields; the shadow of toasts.
 * @cssprop --kabar-space, --kabar-density, --kabar-duration - Room at the sides and between messages; how long a panel opens.
 * @cssprop --kabar-width, --kabar-height - The width of panel and toasts; the height of the box.
 * @cssprop --kabar-launcher-size, --kabar-offset-inline, --kabar-offset-block, --kabar-z - The place of a floating element.
 */
import type { Message, User } from "../../src/model.ts";
import { dial, lines } from "./dial.ts";
import { make, sheetOf } from "./dom.ts";
import type { Claims, Connection, Sent } from "../client/client-events.ts";
import css from "./element.css";
import type { Home, Mounted } from "./contract.ts";
import type { By, Emit } from "./element-events.ts";

declare global {
  interface HTMLElementTagNameMap {
    "kabar-chat": KabarChat;
  }
}

/** A framework that moves the element inserts it again within this time. */
const GRACE_MS = 1_000;

const ignore = () => undefined;
let home: Home;

/**
 * Defines `<kabar-chat>` once a page, however often the script is included; the first script's `home` counts.
 * @internal
 */
export function define(own: Home): void {
  if (customElements.get("kabar-chat")) return;
  home = own;
  customElements.define("kabar-chat", KabarChat);
}

/** The element's class. */
export class KabarChat extends HTMLElement {
  static observedAttributes: string[] = "topic mode open server readonly title lang dir".split(" ");
  /**
   * Created by a script tag: its panel stays when the page's body is replaced (chat/panel.ts).
   * @internal
   */
  declare isScripts_?: boolean;

  /** Focuses the composer. Never scrolls the page. */
  declare focusComposer: (options?: { preventScroll: true }) => Promise<void>;
  /** Sends a message as the user. Resolves when the server has stored it. */
  declare send: (text: string) => Promise<Sent>;
  /** Puts a text into the composer. */
  declare setDraft: (text: string) => Promise<void>;
  /** Silences sounds, notifications and screen reader announcements for this many milliseconds. */
  declare mute: (ms: number) => Promise<void>;
  /** Marks all messages of the topic as read. */
  declare markRead: () => Promise<void>;
  /** Loads the next page of older messages. */
  declare loadOlder: () => Promise<void>;
  /** Scrolls the list to the newest message. */
  declare scrollToLatest: () => Promise<void>;
  /** Sets the user's identity: a token that the site signed, a function that returns one, or a guest's name. */
  declare identify: (claims?: Claims) => Promise<void>;
  /** Starts over as a new guest; with `forget`, erases what is stored on this device. */
  declare signOut: (options?: { forget?: boolean }) => Promise<void>;
  /** The number of unread messages. */
  get unread(): number {
    return this.#mounted?.unread ?? 0;
  }
  /** The state of the connection. */
  get connection(): Connection {
    return this.#mounted?.connection ?? "idle";
  }
  /** The user: `id`, `name`, `role`. */
  get me(): User | undefined {
    return this.#mounted?.me;
  }
  /** The loaded messages, oldest first; frozen. */
  get messages(): readonly Message[] {
    return this.#mounted?.messages ?? [];
  }

  static {
    const members = KabarChat.prototype as object as Record<string, unknown>;
    for (const name of "focusComposer send setDraft markRead loadOlder scrollToLatest identify signOut mute".split(
      " ",
    )) {
      members[name] = async function (this: KabarChat, argument: unknown) {
        const chat = (await this.#load()) as object as Record<typeof name, (argument: unknown) => unknown>;
        return (chat[name] as (argument: unknown) => unknown)(argument);
      };
    }
  }

  #internals = this.attachInternals();
  #root = make("div", { class: "root", part: "panel" });
  #launcher = make(
    "button",
    { class: "launcher", part: "launcher", "aria-label": "Chat" },
    make("slot", { name: "launcher" }, make("span", { part: "launcher-icon" })),
  );
  #grace: ReturnType<typeof setTimeout> | undefined;
  #mounting: Promise<Mounted> | undefined;
  #mounted: Mounted | undefined;
  #opener: HTMLElement | undefined;
  #draft = "";

  /** The version of the widget. */
  readonly version: string = __VERSION__;
  /** The attribute `topic`; may be set. */
  get topic(): string {
    return this.getAttribute("topic") ?? "lobby";
  }
  set topic(value: string) {
    this.setAttribute("topic", value);
  }
  /** Whether the panel is open; `open()` is the method. */
  get opened(): boolean {
    return this.hasAttribute("open");
  }

  /** Opens the panel; `opener` gets the focus back when the panel closes. */
  open(by: By = "api", opener?: HTMLElement): void {
    if (!this.#isPanel || this.opened || !this.#emit("kabar-open", { by }, true)) return;
    this.#opener = opener;
    this.setAttribute("open", "");
    this.#load().then((chat) => {
      // The user may have closed the panel while the chat was loading.
      if (by !== "api" && this.opened) chat.focus();
    }, ignore);
  }
  /** Closes the panel. */
  close(by: By = "api"): void {
    if (!this.opened || !this.#emit("kabar-close", { by }, true)) return;
    const hadFocus = this.#root.matches(":focus-within");
    this.removeAttribute("open");
    if (hadFocus) (this.#opener ?? this.#launcher).focus({ preventScroll: true });
  }
  /** Opens or closes the panel. */
  toggle(by?: By, opener?: HTMLElement): void {
    if (this.opened) this.close(by);
    else this.open(by, opener);
  }
  /** Sets the attribute `topic`. */
  setTopic(topic: string): void {
    this.topic = topic;
  }
  /** Sets the attribute `theme`. */
  setTheme(theme: string): void {
    this.setAttribute("theme", theme);
  }
  /** Sets the attribute `lang`. */
  setLang(lang: string): void {
    this.lang = lang;
  }
  /** Removes the element and releases what it holds. */
  destroy(): void {
    this.#emit("kabar-destroy", {});
    this.remove();
    this.#unmount();
  }

  connectedCallback(): void {
    clearTimeout(this.#grace);
    this.#draw();
    if (this.#mounted) this.#mounted.resume();
    else this.#scheduleLoad();
  }
  disconnectedCallback(): void {
    this.#grace = setTimeout(() => this.#unmount(), GRACE_MS);
  }
  attributeChangedCallback(name: string): void {
    if (!this.shadowRoot) return;
    this.#reflect();
    const hadChat = this.#mounted;
    if (hadChat && /server|mode|lang|dir/.test(name)) this.#unmount();
    if (this.opened || (hadChat && !this.#mounted)) this.#start();
    this.#mounted?.update();
  }

  get #isPanel(): boolean {
    return this.matches("[mode=panel]");
  }
  /** Whether the element stands over the page, as in element.css. */
  get #isFloating(): boolean {
    return this.matches("[mode=panel],[mode=bar],[mode=overlay]");
  }

  #draw(): void {
    if (this.shadowRoot) return;
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheetOf(css)];
    shadow.append(this.#launcher, this.#root);
    this.#reflect();
    this.#launcher.onclick = () => this.toggle("user");
  }

  /** Shows a button or a link in place of the chat. */
  #showPlaceholder(content: Node): void {
    this.#root.replaceChildren(make("div", { class: "hollow" }, content));
  }

  /** Applies the attributes to what the loader draws. */
  #reflect(): void {
    const root = this.#root;
    const launcher = this.#launcher;
    const isPanel = this.#isPanel;
    root.hidden = this.#isFloating && !(this.#mounted && this.opened === isPanel);
    launcher.hidden = !isPanel;
    launcher.ariaExpanded = `${this.opened}`;
    this.#setState("open", this.opened);
  }

  /** Loads the chat at the moment that the attribute `load` names. */
  #scheduleLoad(): void {
    const start = () => this.#start();
    const isFloating = this.#isFloating;
    // A user who asked the browser to save data gets the panel on opening it.
    const idle = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData
      ? "click"
      : "idle";
    const when = this.getAttribute("load") ?? (isFloating ? idle : "visible");
    if (this.opened || when === "eager") start();
    else if (when === "idle") (window.requestIdleCallback ?? setTimeout)(start);
    else if (when === "visible") {
      // Of an element that was removed it reports nothing; loading twice is loading once.
      new IntersectionObserver((seen) => seen.some((e) => e.isIntersecting) && start(), {
        rootMargin: "600px",
      }).observe(this);
    } else if (!isFloating) {
      const button = make("button", {}, "Open chat");
      button.onclick = start;
      this.#showPlaceholder(button);
    }
  }

  #start(): void {
    if (this.isConnected) this.#load().catch(ignore);
  }
  #load(): Promise<Mounted> {
    this.#mounting ??= this.#mount();
    this.#mounting.catch(() => (this.#mounting = undefined));
    return this.#mounting;
  }

  async #mount(): Promise<Mounted> {
    const server = (this.getAttribute("server") ?? home.server).replace(/\/+$/, "");
    const loading = home.loadCore_();
    dial(server, this);
    const core = await loading.catch((error: unknown) => this.#fail(server, error));
    const mounted = await core.mount({
      host: this,
      root: this.#root,
      launcher: this.#launcher,
      server,
      lines_: lines,
      draft_: this.#draft,
      emit: this.#emit,
      setState: this.#setState,
    });
    if (!this.isConnected) {
      mounted.remove();
      throw new Error("removed");
    }
    this.#mounted = mounted;
    this.#reflect();
    return mounted;
  }

  #unmount(): void {
    this.#draft = this.#mounted?.remove() ?? this.#draft;
    this.#mounted = this.#mounting = undefined;
  }

  /** Shows the page's own fallback, or a link, when the chat cannot load (blocked, offline). */
  #fail(server: string, error: unknown): never {
    // Every browser that runs this gives a blank target no opener.
    const link = make(
      "a",
      { href: `${server}/embed/${this.topic.split(" ")[0]}`, target: "_blank" },
      "Open chat in a new tab",
    );
    this.#showPlaceholder(make("slot", {}, link));
    this.removeAttribute("open");
    console.info("kabar", error);
    this.#emit("kabar-error", { code: "load-failed", message: `${error}`, hint: `script-src ${server}` });
    throw error;
  }

  #setState = (name: string, isOn: boolean): unknown => this.#internals.states[isOn ? "add" : "delete"](name);

  #emit: Emit = (name, detail, cancelable = false) =>
    this.dispatchEvent(new CustomEvent(name, { detail, cancelable, bubbles: true, composed: true }));
}
