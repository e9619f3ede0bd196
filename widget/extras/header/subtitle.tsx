/**
 * Subtitle and avatar of the header: what the site's owner wrote, or for guests, that the chat is public. They stand beside
 * the title, so that tabs and a header of the page's own have none.
 */
import type { ComponentChildren } from "preact";
import type { Kit } from "../../chat/kit.ts";
import type { TopicState } from "../../client/state.ts";
import { h } from "../extras-jsx.ts";
import { imageUrl } from "../image-url.ts";

/** Creates the subtitle and the avatar of one chat. */
export function createSubtitle({ host, state, words, redraw_: redraw }: Kit) {
  /** An address whose image could not be loaded. */
  let broken: string | undefined;
  const watcher = new MutationObserver(redraw);
  watcher.observe(host, { attributeFilter: ["subtitle", "avatar"] });

  return {
    drawSubtitle({ can }: TopicState): ComponentChildren {
      if (host.topic.trim().includes(" ") || host.querySelector(":scope > [slot=header]")) return undefined;
      const isPublic = can.read && state().me?.role === "guest";
      const text = host.getAttribute("subtitle") ?? (isPublic ? words.publicChat : "");
      const src = imageUrl(host.getAttribute("avatar"), document.baseURI);
      const onError = () => {
        broken = src;
        redraw();
      };
      return [
        src && src !== broken && (
          <img
            key="avatar"
            part="header-avatar"
            src={src}
            alt=""
            width={28}
            height={28}
            referrerPolicy="no-referrer"
            onError={onError}
          />
        ),
        text && (
          <p key="subtitle" part="subtitle" dir="auto">
            {text}
          </p>
        ),
      ];
    },
    stop_: () => watcher.disconnect(),
  };
}
