/**
 * Panel mode: the place over the launcher, the badge, and the full screen on small screens. There it is a modal dialog that
 * traps the Tab key and follows the visual viewport, because `100vh` ignores the on-screen keyboard, and so does `dvh` on iOS.
 * The viewport settings of the page stay as they are.
 */
import css from "./panel.css";
import type { Host } from "../loader/contract.ts";
import type { State } from "../client/state.ts";
import type { Strings } from "../words/list-words.ts";
import type { Wear } from "./wear.ts";

/** The same condition as in panel.css. */
const SMALL = "(max-width: 559px), (max-height: 479px)";
const STOPS = "button, textarea, input, select, a[href], [tabindex='0']";

/** Shows the unread count on the launcher, and on the page's own elements the count and whether the panel is open. */
export function mirror(host: Host, launcher: HTMLElement, strings: Strings, { topics, me }: State): void {
  const names = host.topic.split(" ");
  const shown = names.flatMap((name) => topics[name] ?? []);
  const count = shown.reduce((sum, { unread }) => sum + unread, 0);
  const isForMe = shown.some(({ messages, readTo, unread }) =>
    unread ? messages.some((m) => m.offset > readTo && m.mentions?.includes(me?.id ?? "")) : false,
  );
  let badge = launcher.querySelector<HTMLElement>("[part=badge]");
  if (!badge) {
    badge = document.createElement("span");
    badge.setAttribute("part", "badge");
    badge.ariaHidden = "true";
    launcher.append(badge);
  }
  launcher.classList.toggle("pictured", !!host.querySelector(":scope > [slot=launcher]"));
  badge.hidden = !count;
  badge.textContent = isForMe ? "@" : count > 9 ? "9+" : `${count}`;
  const label = host.getAttribute("label");
  const name = strings.later?.launcher(count) ?? (count ? `Chat, ${count} unread` : "Chat");
  // The visible label is part of the accessible name.
  launcher.ariaHasPopup = "dialog";
  launcher.ariaLabel = label ? `${label}. ${name}` : name;
  let text = launcher.querySelector<HTMLElement>("[part=launcher-label]");
  if (label && !text) {
    text = document.createElement("span");
    text.setAttribute("part", "launcher-label");
    launcher.append(text);
  }
  if (text) text.textContent = label;
  for (const element of document.querySelectorAll<HTMLElement>(
    "[data-kabar-toggle],[data-kabar-open],[data-kabar-unread]",
  )) {
    const { kabarToggle, kabarOpen, kabarUnread } = element.dataset;
    if (kabarUnread && names.includes(kabarUnread))
      element.textContent = `${topics[kabarUnread]?.unread || ""}`;
    if (launcher.hidden || !names.includes(kabarToggle ?? kabarOpen ?? "")) continue;
    element.ariaExpanded = `${host.opened}`;
    host.id ||= `kabar-${names[0]}`;
    element.setAttribute("aria-controls", host.id);
  }
}

/** Places the panel, full screen on small screens, until `signal` is aborted. */
export function bindPanel(host: Host, root: HTMLElement, wear: Wear, signal: AbortSignal): void {
  const small = matchMedia(SMALL);
  const [block, inline = block] = host.getAttribute("offset")?.split(" ") ?? [];
  if (block) host.style.setProperty("--kabar-offset-block", `${block}px`);
  if (inline) host.style.setProperty("--kabar-offset-inline", `${inline}px`);
  let frame = 0;

  wear(css);

  // Beside a transformed body (loader/embed.ts) the page's font does not reach it.
  const isBeside = host.parentElement === document.documentElement;
  if (isBeside && !getComputedStyle(host).getPropertyValue("--kabar-font"))
    host.style.fontFamily = getComputedStyle(document.body).fontFamily;

  function follow(): void {
    frame = 0;
    const isFull = host.opened && small.matches;
    const view = isFull ? window.visualViewport : null;
    root.style.setProperty("--_top", view ? `${view.offsetTop}px` : null);
    root.style.setProperty("--_tall", view ? `${view.height}px` : null);
    root.ariaModal = isFull ? "true" : null;
  }
  const later = () => {
    if (!frame) frame = requestAnimationFrame(follow);
  };

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Escape" && host.opened && !event.defaultPrevented && !event.isComposing) {
      event.preventDefault();
      host.close("keyboard");
    }
    if (event.key !== "Tab" || !small.matches) return;
    const stops = [...root.querySelectorAll<HTMLElement>(STOPS)].filter(
      (e) => e.tabIndex >= 0 && e.checkVisibility() && !e.closest("[inert]"),
    );
    const from = event.shiftKey ? stops[0] : stops.at(-1);
    const to = event.shiftKey ? stops.at(-1) : stops[0];
    const { activeElement } = root.getRootNode() as ShadowRoot;
    if (activeElement !== from && !(event.shiftKey && activeElement === root)) return;
    event.preventDefault();
    to?.focus({ preventScroll: true });
  }

  /** Moves the panel into the next body of a page that swaps bodies without a load. */
  function follows(event: Event): void {
    const { detail, newDocument } = event as CustomEvent & { newDocument?: Document };
    const body: HTMLElement | undefined =
      (detail as { newBody?: HTMLElement } | null)?.newBody ?? newDocument?.body;
    // Pages that keep the element themselves, or write their own, are left alone.
    if (!body || host.closest("[data-turbo-permanent],[data-astro-transition-persist]")) return;
    if (!body.querySelector("kabar-chat[mode=panel]")) body.append(host);
  }

  /**
   * Puts the panel of our own script tag back, with its draft, after a script has replaced the body. An element that was
   * removed alone stays removed.
   */
  function onRemoved(records: MutationRecord[]): void {
    if (host.isConnected || !host.isScripts_) return;
    const isSwap = records.some(
      ({ removedNodes, addedNodes }) =>
        [...removedNodes].some((node) => node.contains(host)) &&
        (removedNodes.length > 1 || addedNodes.length > 0 || removedNodes[0] !== host),
    );
    const { body } = document;
    if (!isSwap || !body) return;
    const other = body.querySelector<Host>("kabar-chat[mode=panel]");
    // The new page's script has created another one; the old one has the draft.
    if (other?.isScripts_ && other.topic === host.topic) other.replaceWith(host);
    else if (!other) body.append(host);
  }
  const watcher = new MutationObserver(onRemoved);
  watcher.observe(document, { childList: true, subtree: true });
  signal.addEventListener("abort", () => watcher.disconnect());

  for (const type of ["turbo:before-render", "astro:before-swap"])
    document.addEventListener(type, follows, { signal });
  for (const type of ["resize", "scroll"]) window.visualViewport?.addEventListener(type, later, { signal });
  for (const type of ["kabar-open", "kabar-close"]) host.addEventListener(type, later, { signal });
  small.addEventListener("change", later, { signal });
  root.addEventListener("keydown", onKeyDown, { signal });
  follow();
}
