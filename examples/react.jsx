/**
 * A chat in a React page (React 19: attributes, properties and events of custom elements work as they are).
 *
 *   <Chat server="https://chat.example" topic="lobby" onMessage={({ author, text }) => …} style={{ height: 480 }} />
 *
 * A message that is typed, the place in the list and the connection survive StrictMode's second mount, a list that is
 * sorted anew, and a component that goes and comes back.
 */
import { useEffect, useRef } from "react";

/** Loads the widget once a page. On the server, where there are no effects, only the fallback is rendered. */
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

/** `open` is for `mode="panel"`; `onOpenChange` is told when the visitor opens or closes it. */
export function Chat({ server, topic, open, onMessage, onSent, onOpenChange, children, ...more }) {
  const chat = useRef(null);
  useWidget(server);
  // An attribute, so that it holds for an element that is not defined yet, too.
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
