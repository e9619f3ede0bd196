// chat-ui-kit-react as its documentation shows it: a list of messages with names and avatars, and a field.
import { createElement as h } from "react";
import { createRoot } from "react-dom/client";
import {
  Avatar,
  ChatContainer,
  MainContainer,
  Message,
  MessageInput,
  MessageList,
} from "@chatscope/chat-ui-kit-react";
import styles from "@chatscope/chat-ui-kit-styles/dist/default/styles.min.css";

/** An avatar's picture: the initial on a disc. */
const pictureOf = (name) =>
  `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 42 42"><rect width="42" height="42" fill="#c6e3fa"/>` +
      `<text x="21" y="27" text-anchor="middle">${name[0]}</text></svg>`,
  )}`;

const row = ({ name, text }, i) =>
  h(
    Message,
    {
      key: i,
      model: {
        message: text,
        sender: name,
        direction: name === "Ana" ? "outgoing" : "incoming",
        position: "single",
      },
    },
    h(Avatar, { name, src: pictureOf(name) }),
    h(Message.Header, { sender: name }),
  );

/** Shows messages in a place; returns the function that adds one. */
export function showChat(place, messages) {
  const sheet = document.createElement("style");
  sheet.textContent = styles;
  document.head.append(sheet);
  const root = createRoot(place);
  let shown = [...messages];
  const draw = () =>
    root.render(
      h(
        MainContainer,
        {},
        h(
          ChatContainer,
          {},
          h(MessageList, {}, shown.map(row)),
          h(MessageInput, { placeholder: "Type message here", attachButton: false }),
        ),
      ),
    );
  draw();
  return (message) => {
    shown = [...shown, message];
    draw();
  };
}
