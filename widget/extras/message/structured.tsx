/**
 * Title, icon, link, tags and buttons of a message around its text. A picture as an icon is loaded from the chat's or the page's own
 * server; from any other only when staff or a back end of the site chose it, because that server learns who reads.
 */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import { imageUrl, isOwnAddress } from "../image-url.ts";
import type { MessageCommands } from "./message-commands.ts";
import { h } from "../extras-jsx.ts";

/** Priorities from this one on stand out in the list. */
const URGENT = 4;
/** Width and height of a picture as an icon. */
const ICON_PX = 20;

/** Whether a message has more to show than its text. */
export const isStructured = ({
  title,
  link,
  tags,
  actions,
  priority = 0,
  icon,
  ephemeral,
}: Message): boolean =>
  [title, link, tags, actions, icon, ephemeral].some((field) => field !== undefined) || priority >= URGENT;

/** Whether a message stands out in the list. */
export const isUrgent = ({ priority = 0, removed }: Message): boolean => priority >= URGENT && !removed;

/** Returns the address of a message's picture if it may be loaded, on a page and with a server as given. */
export function pictureOf({ icon = "", user }: Message, page: string, server: string): string | undefined {
  const isTrusted = user.role !== "guest" && user.role !== "user";
  const url = icon.includes(":") ? imageUrl(icon, page) : undefined;
  return url && (isTrusted || isOwnAddress(url, page) || isOwnAddress(url, server)) ? url : undefined;
}

/** A picture that was not loaded takes no room. */
const hide = ({ currentTarget }: Event): void => {
  (currentTarget as HTMLElement).hidden = true;
};

/** Creates what one chat's messages have around their texts. `sendClick` tells the server of a click. */
export function createStructured(kit: Kit, sendClick: MessageCommands["click"]) {
  /** The clicks of this chat: those under way, and those that the server has recorded. */
  const clicks = new Map<string, "sent" | "done">();

  /** A link that opens beside the page; nothing for an address that is not https. */
  function drawLink(address: string, tabIndex: number, more: object, text?: string): ComponentChildren {
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

  function click(message: Message, action: number, key: string): void {
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

  return {
    /** Draws the title, and an emoji or a picture before it. */
    drawHeading(message: Message): ComponentChildren {
      const { title, icon = "" } = message;
      const src = pictureOf(message, document.baseURI, kit.server);
      const line = [icon.includes(":") ? "" : icon, title].filter(Boolean).join(" ");
      const picture = src && (
        <img
          part="message-icon"
          src={src}
          alt=""
          width={ICON_PX}
          height={ICON_PX}
          loading="lazy"
          decoding="async"
          referrerPolicy="no-referrer"
          onError={hide}
        />
      );
      return (
        (line || picture) && (
          <strong part="message-title" dir="auto">
            {picture}
            {line}
          </strong>
        )
      );
    },
    /** Draws what a message has under its text. An ephemeral message has no place in the log that a click could name. */
    drawDetails(message: Message, active: boolean): ComponentChildren {
      const { topic, offset, link, tags, ephemeral, actions = [] } = message;
      const tabIndex = active ? 0 : -1;
      const shown = ephemeral ? actions.filter(({ type }) => type === "view") : actions;
      return [
        link && drawLink(link, tabIndex, { part: "link", class: "open" }),
        tags && (
          <span class="tags" dir="auto">
            {tags.map((tag) => `#${tag}`).join(" ")}
          </span>
        ),
        shown.length > 0 && (
          <span class="buttons">
            {shown.map((action, at) => {
              if (action.type === "view")
                return drawLink(action.url, tabIndex, { part: "message-action" }, action.label);
              const key = `${topic} ${offset} ${at}`;
              const state = clicks.get(key);
              return (
                <button
                  type="button"
                  part="message-action"
                  tabIndex={tabIndex}
                  // Not `disabled`: the focus would be lost.
                  aria-disabled={state === "sent" ? "true" : undefined}
                  onClick={() => click(message, at, key)}
                >
                  {action.label + (state === "done" ? " ✓" : "")}
                </button>
              );
            })}
          </span>
        ),
      ];
    },
  };
}
