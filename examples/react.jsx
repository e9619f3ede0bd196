/**
 * Shows a chat in a React page (React 19 supports attributes, properties and events of custom elements).
 *
 *   <Chat server="https://chat.example" topic="lobby" onMessage={({ author, text }) => …} style={{ height: 480 }} />
 *
 * The draft, the place in the list and the connection survive StrictMode's second mount, a list in a new order, and a
 * component that is removed and rendered again.
 */
import { useEffect, useRef } from "react";

/** Loads the widget once a page. Server rendering runs no effects and renders only the fallback. */
function useWidget(server) {
  useEffect(() => {
    const src = `${server}/widget.js`;
    if ([...document.scripts].some((script) => script.src === src)) return;
    const script = document.createElement("script");
    script.async = true;
    script.src = src;
    document.head.append(script);
  }, [server]);
}

/** `open` is for `mode="panel"`; `onOpenChange` is called when the visitor opens or closes the panel. */
export function Chat({ server, topic, open, onMessage, onSent, onOpenChange, children, ...more }) {
  const chat = useRef(null);
  useWidget(server);
  // An attribute also works before the element is defined.
  useEffect(() => {
    chat.current?.toggleAttribute("open", Boolean(open));
  }, [open]);
  return (
    <kabar-chat
      ref={chat}
      server={server}
      topic={topic}
      onkabar-message={(event) => onMessage?.(event.detail)}
      onkabar-sent={(event) => onSent?.(event.detail)}
      onkabar-open={() => onOpenChange?.(true)}
      onkabar-close={() => onOpenChange?.(false)}
      {...more}
    >
      {children ?? <a href={`${server}/t/${topic}`}>Read the chat</a>}
    </kabar-chat>
  );
}
