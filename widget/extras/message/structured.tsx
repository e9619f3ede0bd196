/** Title, link, tags and buttons of a message around its text. Pictures are not loaded: another server would learn who reads. */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import type { MessageCommands } from "./message-commands.ts";
import { h } from "../extras-jsx.ts";

/** Priorities from this one on stand out in the list. */
const URGENT = 4;

/** Whether a message has more to show than its text. */
export const isStructured = ({ title, link, tags, actions, priority = 0, icon }: Message): boolean =>
  [title, link, tags, actions, icon].some((field) => field !== undefined) || priority >= URGENT;

/** Whether a message stands out in the list. */
export const isUrgent = ({ priority = 0, removed }: Message): boolean => priority >= URGENT && !removed;

/** Draws the title and an emoji before it. */
export function drawHeading({ title, icon = "" }: Message): ComponentChildren {
  const sign = icon.startsWith("https:") ? "" : icon;
  const line = [sign, title].filter(Boolean).join(" ");
  return line && <strong part="message-title">{line}</strong>;
}

/** The clicks of one chat: those under way, and those that the server has recorded. */
const clicksOf = new WeakMap<Kit, Map<string, "sent" | "done">>();

/** Draws what a message has under its text. */
export function drawDetails(
  kit: Kit,
  message: Message,
  active: boolean,
  sendClick: MessageCommands["click"],
): ComponentChildren {
  const { topic, offset, link, tags, actions = [] } = message;
  const clicks = clicksOf.get(kit) ?? new Map<string, "sent" | "done">();
  clicksOf.set(kit, clicks);
  const tabIndex = active ? 0 : -1;

  /** A link that opens beside the page; nothing for an address that is not https. */
  function drawLink(address: string, more: object, text?: string): ComponentChildren {
    const url = URL.parse(address);
    return (
      url?.protocol === "https:" && (
        <a
          {...more}
          href={url.href}
          target="_blank"
          rel="noopener noreferrer nofollow ugc"
          tabIndex={tabIndex}
          onClick={(event: Event) => kit.onLink_(url.href, event)}
        >
          {text ?? url.host + (url.pathname === "/" ? "" : url.pathname)}
        </a>
      )
    );
  }

  function click(action: number, key: string): void {
    if (clicks.get(key) === "sent") return;
    const mark = (state?: "sent" | "done"): void => {
      if (state) clicks.set(key, state);
      else clicks.delete(key);
      kit.refresh_();
    };
    mark("sent");
    sendClick(message, action).then(
      () => mark("done"),
      () => mark(),
    );
  }

  return [
    link && drawLink(link, { part: "link", class: "open" }),
    tags && <span class="tags">{tags.map((tag) => `#${tag}`).join(" ")}</span>,
    actions.length > 0 && (
      <span class="buttons">
        {actions.map((action, at) => {
          if (action.type === "view") return drawLink(action.url, { part: "message-action" }, action.label);
          const key = `${topic} ${offset} ${at}`;
          const state = clicks.get(key);
          return (
            <button
              type="button"
              part="message-action"
              tabIndex={tabIndex}
              // Not `disabled`: the focus would be lost.
              aria-disabled={state === "sent" ? "true" : undefined}
              onClick={() => click(at, key)}
            >
              {action.label + (state === "done" ? " ✓" : "")}
            </button>
          );
        })}
      </span>
    ),
  ];
}
