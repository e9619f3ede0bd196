/**
 * `<kabar-chat>`: attributes, properties, methods, and what is drawn before the chat itself has arrived: the
 * launcher or an empty frame. Small, because it is what a page pays for first. No side effect on import, no work
 * in the constructor. Its own listeners sit on its own elements and go with them.
 *
 * attributes  topic mode open position theme lang dir name server load storage connect readonly history title
 *             autofocus density sound notify title-badge no-title-badge label offset max-length slow no-presence no-typing no-emoji token token-url
 * properties  topic opened unread connection me version messages
 * methods     open close toggle focusComposer send setDraft setTopic setTheme markRead loadOlder scrollToLatest
 *             identify signOut mute setLang destroy
 * events      kabar-ready kabar-open kabar-close kabar-before-send kabar-sent kabar-send-failed kabar-message
 *             kabar-message-changed kabar-message-removed kabar-unread kabar-notify kabar-connection kabar-identity kabar-link kabar-error kabar-destroy
 * parts       launcher launcher-icon badge panel, and those of chat.tsx
 * states      open offline reconnecting empty readonly slow muted
 * for style   `--kabar-…`: shell.css and chat.css
 */
import type { Message, User } from "../../src/model.ts";
import { make, sheetOf } from "./dom.ts";
import type { Sent } from "../client/outbox.ts";
import css from "./element.css";
import type { By, Home, Mounted } from "./contract.ts";
import type { Connection } from "../client/state.ts";
import type { Claims } from "../client/page-hooks.ts";

declare global {
  interface HTMLElementTagNameMap {
    "kabar-chat": KabarChat;
  }
}

/** An element that its framework moves is back within this time. */
const GRACE_MS = 1_000;
const SPEECH = "M4 20l2-5a8 7 0 1 1 4 4Z";

const ignore = () => undefined;

/** The element's class; `define.ts` gives it its name and its home. */
export class KabarChat extends HTMLElement {
  static observedAttributes = "topic mode open server readonly title lang dir".split(" ");
  static home: Home;
  /** Made by a script tag and nobody's else: a panel that stays when the page's body is replaced (panel.ts). */
  declare isScripts_?: boolean;

  /** Puts the cursor into the composer. Never scrolls the page. */
  declare focusComposer: (options?: { preventScroll: true }) => Promise<void>;
  /** Sends a message as the visitor. The promise is kept when it is stored. */
  declare send: (text: string) => Promise<Sent>;
  declare setDraft: (text: string) => Promise<void>;
  /** No sound, no notification and nothing read out for this many milliseconds. */
  declare mute: (ms: number) => Promise<void>;
  declare markRead: () => Promise<void>;
  declare loadOlder: () => Promise<void>;
  declare scrollToLatest: () => Promise<void>;
  /** Says who the visitor is: a token that the site signed, a function that gets one, or a guest's name. */
  declare identify: (claims?: Claims) => Promise<void>;
  /** Becomes a new guest; with `forget`, nothing stays on this device. */
  declare signOut: (options?: { forget?: boolean }) => Promise<void>;
  get unread(): number {
    return this.#mounted?.unread ?? 0;
  }
  get connection(): Connection {
    return this.#mounted?.connection ?? "idle";
  }
  get me(): User | undefined {
    return this.#mounted?.me;
  }
  /** The messages held, oldest first; frozen. */
  get messages(): readonly Message[] {
    return this.#mounted?.messages ?? [];
  }

  static {
    const members = KabarChat.prototype as object as Record<string, unknown>;
    for (const name of "focusComposer send setDraft markRead loadOlder scrollToLatest identify signOut mute".split(
      " ",
    )) {
      members[name] = async function (this: KabarChat, argument: unknown) {
        const chat = (await this.#load()) as object as Record<string, (argument: unknown) => unknown>;
        return chat[name]?.(argument);
      };
    }
  }

  #internals = this.attachInternals();
  #root = make("div", { class: "root", part: "panel" });
  #launcher = make(
    "button",
    { class: "launcher", part: "launcher", "aria-label": "Chat" },
    make(
      "slot",
      { name: "launcher" },
      make("svg", { viewBox: "0 0 24 24", width: "26", part: "launcher-icon" }, make("path", { d: SPEECH })),
    ),
  );
  #opener: HTMLElement | undefined;
  #nearness: IntersectionObserver | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #mounting: Promise<Mounted> | undefined;
  #mounted: Mounted | undefined;
  #draft = "";

  get version(): string {
    return __VERSION__;
  }
  get topic(): string {
    return this.getAttribute("topic") ?? "lobby";
  }
  set topic(value: string) {
    this.setAttribute("topic", value);
  }
  /** Whether the panel is open. (`open` is the method that opens it.) */
  get opened(): boolean {
    return this.hasAttribute("open");
  }

  /** Opens the panel. `opener` gets the focus back when it closes. */
  open(by: By = "api", opener?: HTMLElement): void {
    if (!this.#isPanel || this.opened || !this.#emit("kabar-open", { by }, true)) return;
    this.#opener = opener;
    this.setAttribute("open", "");
    this.#load().then((chat) => {
      // The visitor may have gone elsewhere while the chat was loading.
      if (by !== "api" && this.opened) chat.focusOnOpen_();
    }, ignore);
  }
  close(by: By = "api"): void {
    if (!this.opened || !this.#emit("kabar-close", { by }, true)) return;
    const hadFocus = this.#root.matches(":focus-within");
    this.removeAttribute("open");
    if (hadFocus) (this.#opener ?? this.#launcher).focus({ preventScroll: true });
  }
  toggle(by?: By, opener?: HTMLElement): void {
    if (this.opened) this.close(by);
    else this.open(by, opener);
  }
  setTopic(topic: string): void {
    this.topic = topic;
  }
  setTheme(theme: string): void {
    this.setAttribute("theme", theme);
  }
  setLang(lang: string): void {
    this.lang = lang;
  }
  /** Removes the element and all that it holds. */
  destroy(): void {
    this.#emit("kabar-destroy", {});
    this.remove();
    this.#unmount();
  }

  connectedCallback(): void {
    clearTimeout(this.#grace);
    this.#draw();
    if (this.#mounted) this.#mounted.resume();
    else this.#plan();
  }
  disconnectedCallback(): void {
    this.#nearness?.disconnect();
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
    this.#empty();
    this.#reflect();
    this.#launcher.onclick = () => this.toggle("user");
  }

  /** The frame of a chat that is not there yet. */
  #empty(content: Node = make("i", {})): void {
    this.#root.replaceChildren(make("div", { class: "hollow" }, content));
  }

  /** Brings the drawing in line with the attributes. */
  #reflect(): void {
    const root = this.#root;
    const launcher = this.#launcher;
    const isPanel = this.#isPanel;
    root.hidden = this.#isFloating && !(this.#mounted && this.opened === isPanel);
    launcher.hidden = !isPanel;
    launcher.ariaExpanded = `${this.opened}`;
    this.#setState("open", this.opened);
  }

  #plan(): void {
    const start = () => this.#start();
    const isFloating = this.#isFloating;
    // A user who asked the browser to save data gets the panel on opening it.
    const idle = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData
      ? "click"
      : "idle";
    const when = this.getAttribute("load") ?? (isFloating ? idle : "visible");
    if (when === "eager" || this.opened) start();
    else if (when === "idle") (window.requestIdleCallback ?? setTimeout)(start);
    else if (when === "visible") {
      this.#nearness = new IntersectionObserver((seen) => seen.some((e) => e.isIntersecting) && start(), {
        rootMargin: "600px",
      });
      this.#nearness.observe(this);
    } else if (!isFloating) {
      const button = make("button", {}, "Open chat");
      button.onclick = start;
      this.#empty(button);
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
    const { home } = KabarChat;
    const server = (this.getAttribute("server") ?? home.server).replace(/\/+$/, "");
    const core = await home.loadCore_().catch((error: unknown) => this.#fail(server, error));
    const mounted = await core.mount({
      host: this,
      root: this.#root,
      launcher: this.#launcher,
      server,
      draft_: this.#draft,
      emit: this.#emit,
      setState: this.#setState,
    });
    if (!this.isConnected) {
      mounted.unmount_();
      throw new Error("removed");
    }
    this.#mounted = mounted;
    this.#reflect();
    return mounted;
  }

  #unmount(): void {
    this.#draft = this.#mounted?.unmount_() ?? this.#draft;
    this.#mounted = this.#mounting = undefined;
    this.#empty();
  }

  /** The chat could not be loaded (blocked, offline): the page's own fallback is shown, or a link. */
  #fail(server: string, error: unknown): never {
    // A blank target has no opener in any browser that gets this far.
    const link = make(
      "a",
      { href: `${server}/embed/${this.topic.split(" ")[0]}`, target: "_blank" },
      "Open chat in a new tab",
    );
    this.#empty(make("slot", {}, link));
    this.removeAttribute("open");
    console.warn("kabar", error);
    this.#emit("kabar-error", { code: "load-failed", message: `${error}`, hint: `script-src ${server}` });
    throw error;
  }

  #setState = (name: string, isOn: boolean): void => {
    this.#internals.states[isOn ? "add" : "delete"](name);
  };

  #emit = (name: string, detail: object, cancelable = false): boolean =>
    this.dispatchEvent(new CustomEvent(name, { detail, cancelable, bubbles: true, composed: true }));
}
