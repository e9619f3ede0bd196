// stream-chat-react as its tutorial shows it, without its service: the client gets its user and its messages from the page.
import { createElement as h } from "react";
import { createRoot } from "react-dom/client";
import { StreamChat } from "stream-chat";
import { Channel, Chat, MessageComposer, MessageList, Window } from "stream-chat-react";
import styles from "stream-chat-react/css/index.css";

const CID = "messaging:bench";
const asMessage = ({ name, text, at }, i) => ({
  id: `m-${i}`,
  cid: CID,
  type: "regular",
  text,
  user: { id: name, name },
  created_at: new Date(at ?? Date.now() + i).toISOString(),
  updated_at: new Date(at ?? Date.now() + i).toISOString(),
  attachments: [],
  reaction_groups: {},
});

/** Shows messages in a place; returns the function that adds one. */
export function showChat(place, messages) {
  const sheet = document.createElement("style");
  sheet.textContent = styles;
  document.head.append(sheet);
  const client = new StreamChat("no-service");
  client.userID = "Ana";
  client.user = { id: "Ana", name: "Ana" };
  // What tells the components that somebody has signed in.
  client.wsPromise = Promise.resolve();
  const channel = client.channel("messaging", "bench", { members: ["Ana"] });
  channel.initialized = true;
  channel.data = { own_capabilities: ["send-message"] };
  // Names stand beside messages where a channel has more than two members.
  const names = new Set(messages.map(({ name }) => name));
  channel.state.members = Object.fromEntries(
    [...names].map((id) => [id, { user_id: id, user: { id, name: id } }]),
  );
  channel.state.addMessagesSorted(messages.map(asMessage), true);
  createRoot(place).render(
    h(Chat, { client }, h(Channel, { channel }, h(Window, {}, h(MessageList, {}), h(MessageComposer, {})))),
  );
  let count = messages.length;
  return (message) => {
    const added = asMessage(message, count++);
    client.dispatchEvent({
      type: "message.new",
      cid: CID,
      user: added.user,
      message: added,
      created_at: added.created_at,
    });
  };
}
