/**
 * The script tag, `widget.js`: finds itself, defines the element, makes the one that its `data-…` describe.
 * Answers `kabar(…)`. A classic script, because only those know their own tag (`document.currentScript`). Works async, deferred,
 * inserted by another script, in the head, twice, and from several servers.
 */
import { define, type KabarChat } from "./element.ts";

/** `kabar("open", "lobby")`, `kabar("on", "message", fn)`, `kabar("ready", fn)`, `kabar("destroy")`. */
type Api = ((verb: string, ...args: unknown[]) => unknown) & { q?: unknown[][]; version?: string };

/** A chat that nobody sees by then is worth a line in the console. */
const HINT_MS = 5_000;
// Tag managers run scripts in ways that leave no currentScript: then it is the last one with our name.
const script = (document.currentScript ??
  [...document.querySelectorAll("script[src*='/widget']")].pop()) as HTMLScriptElement;
const address = new URL(script.src);
const base = new URL(".", address).href;
// Where a tag manager drops `data-…`, the script's own address says the same; never who the visitor is or which server to trust.
for (const [name, value] of address.searchParams) {
  if (/^(?!on|server|token)[a-z-]+$/.test(name) && !script.hasAttribute(`data-${name}`))
    script.setAttribute(`data-${name}`, value);
}
const globals = window as unknown as Record<string, Api | undefined>;
const globalName = script.dataset.global ?? "kabar";
const stop = new AbortController();
const { signal } = stop;

define({
  server: base,
  loadCore_: () => import(base + __CORE__),
});
const placed = place();
const before = globals[globalName];
if (!before?.version) {
  api.version = __VERSION__;
  globals[globalName] = api;
  for (const args of before?.q ?? []) api(...(args as [string]));
  document.addEventListener("click", onClick, { signal });
  document.addEventListener("kabar-destroy", () => setTimeout(leave), { signal });
}

/** With the page's last element everything goes. */
function leave(): void {
  if (chats()[0]) return;
  stop.abort();
  delete globals[globalName];
}

function chats(): KabarChat[] {
  return [...document.querySelectorAll("kabar-chat")];
}

/** The chat of a topic, or any; of several the panel, which is what buttons are for. */
function find(topic?: unknown): KabarChat | undefined {
  const all = chats().filter((chat) => !topic || ` ${chat.topic} `.includes(` ${topic} `));
  return all.find((chat) => chat.matches("[mode=panel]")) ?? all[0];
}

function api(verb: string, first?: unknown, second?: unknown): unknown {
  if (verb === "on") {
    const hear = (event: Event) => (second as (detail: unknown) => void)((event as CustomEvent).detail);
    document.addEventListener(`kabar-${first}`, hear, { signal });
    return () => document.removeEventListener(`kabar-${first}`, hear);
  }
  return Promise.resolve(find(first) ? 0 : placed).then(() => {
    if (verb === "ready") (first as (chat?: KabarChat) => void)?.(find());
    else if (verb === "destroy") for (const chat of chats()) chat.destroy();
    else find(first)?.[verb as "open" | "close" | "toggle"]?.();
  });
}

/** `<button data-kabar-toggle="lobby">` and its two sisters. */
function onClick({ target }: Event): void {
  for (const verb of ["toggle", "open", "close"] as const) {
    const trigger = (target as Element).closest<HTMLElement>(`[data-kabar-${verb}]`);
    if (trigger) find(trigger.getAttribute(`data-kabar-${verb}`))?.[verb]("user", trigger);
  }
}

/** Makes the element that the script's attributes describe, and puts it where it belongs. */
async function place(): Promise<void> {
  const { topic, mode, target } = script.dataset;
  // A panel that came along from the page before is this one.
  if (!topic || (mode === "panel" && find(topic)?.matches("[mode=panel]"))) return;
  const chat = document.createElement("kabar-chat");
  chat.isScripts_ = true;
  chat.setAttribute("server", base);
  for (const name of script.getAttributeNames()) {
    if (name.startsWith("data-")) chat.setAttribute(name.slice(5), script.getAttribute(name) as string);
  }
  const isInHead = script.closest("head");
  let holder: Element | null | undefined;
  setTimeout(() => {
    const where = chat.parentNode ?? (holder ? undefined : target);
    if (where && !chat.checkVisibility())
      console.info(`kabar: ${where === target ? "nothing matches" : "hidden in"}`, where);
  }, HINT_MS);
  while (target) {
    holder = document.querySelector(target);
    if (holder) break;
    await new Promise((done) =>
      new MutationObserver((_, watch) => {
        watch.disconnect();
        done(0);
      }).observe(document, { subtree: true, childList: true }),
    );
  }
  if (document.readyState === "loading" && isInHead && !holder) {
    await new Promise((done) => document.addEventListener("DOMContentLoaded", done));
  }
  const { body } = document;
  if (holder) holder.append(chat);
  else if (mode === "panel") {
    // A transformed body is the containing block of fixed boxes: the panel would scroll away with it. Asked before the panel is
    // there, so that its own style and layout wait for the frame.
    const isTransformed = getComputedStyle(body).transform !== "none";
    (isTransformed ? document.documentElement : body).append(chat);
  } else if (isInHead) body.append(chat);
  else script.after(chat);
}
