/** Title, link and tags of a message around its text. Pictures are not loaded: another server would learn who reads. */
import type { ComponentChildren } from "preact";
import type { Message } from "../../../src/model.ts";
import type { Kit } from "../../chat/kit.ts";
import { h } from "../extras-jsx.ts";

/** Priorities from this one on stand out in the list. */
const URGENT = 4;

/** Whether a message has more to show than its text. */
export const isStructured = ({ title, link, tags, priority = 0, icon }: Message): boolean =>
  [title, link, tags, icon].some((field) => field !== undefined) || priority >= URGENT;

/** Whether a message stands out in the list. */
export const isUrgent = ({ priority = 0, removed }: Message): boolean => priority >= URGENT && !removed;

/** Draws the title and an emoji before it. */
export function drawHeading({ title, icon = "" }: Message): ComponentChildren {
  const sign = icon.startsWith("https:") ? "" : icon;
  const line = [sign, title].filter(Boolean).join(" ");
  return line && <strong part="message-title">{line}</strong>;
}

/** Draws the link, by its host and path, and the tags. */
export function drawDetails(kit: Kit, { link, tags }: Message, active: boolean): ComponentChildren {
  const url = link === undefined ? undefined : URL.parse(link);
  return [
    url?.protocol === "https:" && (
      <a
        part="link"
        class="open"
        href={url.href}
        target="_blank"
        rel="noopener noreferrer nofollow ugc"
        tabIndex={active ? 0 : -1}
        onClick={(event: Event) => kit.onLink_(url.href, event)}
      >
        {url.host + (url.pathname === "/" ? "" : url.pathname)}
      </a>
    ),
    tags && <span class="tags">{tags.map((tag) => `#${tag}`).join(" ")}</span>,
  ];
}
