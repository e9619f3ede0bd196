// Shows the newest messages of a topic as a React list, and the state of the connection.
import { createClient } from "kabar/client";
import { useEffect, useSyncExternalStore } from "react";

const client = createClient({
  server: new URLSearchParams(location.search).get("server") ?? location.origin,
});

/** Returns the messages of a topic while the component is mounted, edits and removals applied. */
function useMessages(topic: string) {
  useEffect(() => {
    const subscribing = client.subscribe(topic, { last: 50 });
    subscribing.catch(() => undefined);
    return () =>
      void subscribing.then(
        ({ unsubscribe }) => unsubscribe(),
        () => undefined,
      );
  }, [topic]);
  return useSyncExternalStore(
    (notify) => client.on("update", notify),
    () => client.messages(topic),
  );
}

function useConnection() {
  return useSyncExternalStore(
    (notify) => client.on("connection", notify),
    () => client.connection,
  );
}

export function Dashboard({ topic }: { topic: string }) {
  const messages = useMessages(topic).filter(({ kind }) => !kind);
  return (
    <section>
      <p>{useConnection()}</p>
      <ul>
        {messages.map(({ offset, user, text }) => (
          <li key={offset}>
            <b>{user.name}</b> {text}
          </li>
        ))}
      </ul>
    </section>
  );
}
