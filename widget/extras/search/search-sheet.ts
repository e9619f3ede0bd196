/**
 * Search in the topic, loaded when it is first opened: a sheet over the chat with a field, and the messages that were found,
 * newest first. A found message is shown in the list if it is near enough, else here among its neighbours. Arrow keys walk
 * through the messages; Escape goes a step back.
 */
import type { Message } from "../../../src/model.ts";
import type { CommandResults } from "../../../src/protocol.ts";
import type { Kit } from "../../chat/kit.ts";
import type { CommandError } from "../../client/requests.ts";
import type { SearchWords } from "../../words/settings-words.ts";
import type { Sheets } from "../header/sheet.ts";
import { createFoundLines } from "./found-messages.ts";
import css from "./search-sheet.css";
import { readSurroundings } from "./surroundings.ts";

/** Messages of one page. */
const PAGE = 20;
/** The search begins so long after the last letter: the server counts a search as ten reads. */
const TYPING_MS = 350;
/** A search that takes longer is announced. */
const SLOW_MS = 600;
/** The longest query that the server takes. */
const MAX_CHARS = 200;
/** Messages before the oldest of the list that the list is scrolled to, a page of fifty at a time. */
const NEAR = 300;

export interface SearchOptions {
  kit: Kit;
  words: SearchWords;
  sheets: Sheets;
  /** Scrolls the list to an offset. */
  jump: (offset: number) => Promise<void>;
  /** Called after the sheet has closed; returns the focus. */
  onClose: () => void;
}

/** The elements of the sheet. */
function createParts({ kit, words, sheets: { make, openSheet }, onClose }: SearchOptions) {
  let goBack = (): boolean => false;
  const { sheet, bar, closeButton, close } = openSheet(kit, {
    part: "search",
    label: words.title,
    onClose,
    onEscape: () => goBack(),
  });
  const field = make("input", {
    type: "search",
    maxLength: MAX_CHARS,
    ariaLabel: words.title,
    placeholder: words.hint,
    enterKeyHint: "search",
    autocomplete: "off",
    spellcheck: false,
    dir: "auto",
  });
  const back = make("button", { type: "button", className: "back", hidden: true }, words.back);
  const status = make("p", {});
  status.role = "status";
  const list = make("ul", {});
  const more = make("button", { type: "button", className: "further", hidden: true }, words.more);
  closeButton.before(field);
  bar.role = "search";
  sheet.append(back, status, list, more);
  /** Names what Escape does before it closes the sheet; `step` returns whether there was something to go back from. */
  const onEscape = (step: () => boolean): void => {
    goBack = step;
  };
  return { sheet, field, back, status, list, more, close, onEscape };
}

/** Moves the focus through the found messages and back into the field. */
function walk(event: KeyboardEvent, field: HTMLElement, list: HTMLElement): void {
  const items = [...list.querySelectorAll<HTMLElement>("button")];
  const at = items.indexOf(event.target as HTMLElement);
  if (list.hidden || (at < 0 && event.target !== field)) return;
  const to = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: at < 0 ? undefined : 0,
    End: at < 0 ? undefined : items.length - 1,
  }[event.key];
  if (to === undefined || (at < 0 && to < 0)) return;
  event.preventDefault();
  (to < 0 ? field : items[Math.min(to, items.length - 1)])?.focus();
}

/** Shows the search over the chat and focuses its field. */
export function showSearch(options: SearchOptions): () => void {
  const { kit, words, sheets, jump } = options;
  const { command_: command, strings_: strings, topic: now } = kit;
  const { make } = sheets;
  kit.wear(css);
  const topic = now()?.topic ?? "";
  const { sheet, field, back, status, list, more, close, onEscape } = createParts(options);
  const lineOf = createFoundLines(kit, sheets);
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The number of the last request: answers of earlier ones are dropped. */
  let asked = 0;
  /** The query of the messages that are shown, and where the next page begins. */
  let query = "";
  let before: number | undefined;
  let count = 0;

  const tell = (text: string): void => {
    status.textContent = text;
  };
  function fail({ code, retry, message }: CommandError): void {
    const why: Record<string, string> = {
      "rate-limited": words.limited,
      "search-off": words.off,
      "bad-request": words.unclear,
    };
    tell(why[code] ?? kit.words.failed(code === "connection-lost" ? "" : message));
    more.hidden = !retry;
    more.textContent = strings.tryNow;
  }
  const itemOf = (message: Message): HTMLElement => {
    const button = make("button", { type: "button" }, ...lineOf(message, query));
    button.onclick = () => void open(message.offset);
    return make("li", {}, button);
  };

  function show({ messages, more: isMore, before: reached, incomplete }: CommandResults["search"]): void {
    const wasInMore = more.matches(":focus");
    const items = messages.map(itemOf);
    list.append(...items);
    count += messages.length;
    before = reached ?? messages.at(-1)?.offset;
    more.hidden = !isMore;
    more.textContent = words.more;
    if (wasInMore) items[0]?.querySelector("button")?.focus({ preventScroll: true });
    const none = isMore ? words.soFar : words.none;
    tell(`${count > 0 ? words.found(count, isMore) : none}${incomplete ? ` ${words.partial}` : ""}`);
  }
  /** Forgets what was found. */
  function clear(): void {
    [query, before, count] = [field.value.trim(), undefined, 0];
    list.replaceChildren();
    more.hidden = true;
    tell("");
  }
  /** Searches from the newest message on, or for the page after the one that is shown. */
  async function find(isNext: boolean): Promise<void> {
    clearTimeout(timer);
    const mine = ++asked;
    if (!isNext) clear();
    if (query === "") return;
    const slow = setTimeout(() => mine === asked && tell(words.searching), SLOW_MS);
    try {
      const place = before === undefined ? {} : { before };
      const reply = await command("search", { topic, q: query, limit: PAGE, ...place });
      if (mine === asked) show(reply);
    } catch (error) {
      if (mine === asked) fail(error as CommandError);
    } finally {
      clearTimeout(slow);
    }
  }

  /** Shows the results again, in place of the surroundings of one. */
  function returnToResults(): boolean {
    const around = sheet.querySelector(".around");
    if (!around) return false;
    around.remove();
    back.hidden = true;
    for (const part of [status, list]) part.hidden = false;
    more.hidden = more.dataset.was === "hidden";
    (opened?.isConnected ? opened : field).focus();
    return true;
  }
  let opened: HTMLElement | undefined;

  /** Shows a found message: in the list, or here if it is far back. */
  async function open(offset: number): Promise<void> {
    const t = now();
    // Messages that are not stored have no offset.
    const oldest = t?.messages.find((one) => one.offset > 0)?.offset ?? 0;
    if (t?.topic === topic && offset >= oldest - NEAR) {
      close();
      return jump(offset);
    }
    const mine = ++asked;
    opened = (sheet.getRootNode() as ShadowRoot).activeElement as HTMLElement;
    try {
      const parts = { kit, words, sheets, topic, lineOf, onFailure: kit.showFailure_ };
      const { around, found } = await readSurroundings(parts, offset, query);
      if (mine !== asked) return;
      for (const part of [status, list]) part.hidden = true;
      more.dataset.was = more.hidden ? "hidden" : "";
      more.hidden = true;
      back.hidden = false;
      sheet.append(around);
      (found ?? back).focus({ preventScroll: true });
      // Scrolls our own box only, never the page around it.
      if (found) sheet.scrollTop = found.offsetTop - sheet.clientHeight / 3;
    } catch (error) {
      if (mine === asked) fail(error as CommandError);
    }
  }

  onEscape(returnToResults);
  back.onclick = () => void returnToResults();
  more.onclick = () => void find(before !== undefined);
  field.oninput = (event) => {
    clearTimeout(timer);
    // While an input method composes, what stands in the field is no word yet.
    if ((event as InputEvent).isComposing) return;
    timer = setTimeout(() => void search(), TYPING_MS);
  };
  field.addEventListener("compositionend", () => {
    timer = setTimeout(() => void search(), TYPING_MS);
  });
  /** Searches for what stands in the field, if that is new. */
  function search(): Promise<void> | undefined {
    returnToResults();
    field.focus({ preventScroll: true });
    return field.value.trim() === query && status.textContent ? undefined : find(false);
  }
  sheet.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === field && !event.isComposing) {
      event.preventDefault();
      returnToResults();
      field.focus({ preventScroll: true });
      void find(false);
    } else walk(event, field, list);
  });
  field.focus({ preventScroll: true });
  return () => {
    clearTimeout(timer);
    asked++;
    close();
  };
}
