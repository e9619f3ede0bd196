/**
 * Headless client: one session to one server, with any number of topics.
 * Resumes every topic from its cursor, sends through the outbox, and keeps the guest's identity. Usable alone as an SDK (it runs in
 * Bun, too): no DOM; the WebSocket, the clock, chance and storage are passed in. Joins the store, the session, the outbox and the
 * subscriptions, and is the interface of them all.
 */
import { systemClock } from "./clock.ts";
import type { Sent } from "./client-events.ts";
import { createOutbox } from "./outbox.ts";
import type { PageHooks, RunCommand } from "./page-hooks.ts";
import { type CommandError, failure, LOST } from "./requests.ts";
import { asName, type ClientOptions, createSession } from "./session.ts";
import type { State } from "./state.ts";
import type { Unsent } from "./storage.ts";
import { createStore } from "./store.ts";
import { createTopics } from "./subscriptions.ts";

export type Client = ReturnType<typeof createClient>;

export function createClient(given: ClientOptions) {
  const options = { clock: systemClock, random: Math.random, ...given };
  const { keeper, clock } = options;
  const hooks: PageHooks = {};
  const store = createStore(clock, () => topics.noteMarks_());
  const { dispatch, tell } = store;
  const session = createSession(options, hooks, store, {
    subscribeAll_: () => topics.subscribeAll_(),
    onUp_: (isUp) => outbox.setUp_(isUp),
    onEvent_: (event) => topics.receive(event),
  });
  const { socket_: socket, sendNow_: command, meet, credentials_: credentials } = session;
  const outbox = createOutbox(clock, keeper, store, ({ id, topic, text, more, by }) =>
    // Only the signed user who wrote an unsent message may send it.
    by && by !== store.state.me?.id
      ? Promise.reject(failure("signed-out"))
      : command("publish", { topic, messageId: id, text, ...more }),
  );
  const topics = createTopics(clock, keeper, store, command, outbox.of, () => {
    const isUp = socket.isOpen_();
    if (!isUp && store.state.connection !== "denied") socket.start_();
    return isUp;
  });

  /** The next hello carries the name if this command does not arrive. */
  function sendName(name: string): Promise<CommandError | undefined> {
    return command("rename", { name }).then(
      ({ user }) => void meet(user),
      (error: CommandError) => (error.code !== LOST ? error : undefined),
    );
  }

  return {
    keeper,
    get state(): State {
      return store.state;
    },
    ...session,
    dispatch,
    tell,
    listen: store.listen,
    open: topics.open,
    /**
     * Sends a text. Resolves when the server has stored the text; rejects when the text is refused for good or deleted. `id` is
     * the message's id; no unsent message may have the same.
     */
    send(topic: string, text: string, more?: Unsent["more"], id?: string): Promise<Sent> {
      if (!text.trim()) return Promise.reject(failure("text-empty"));
      if (outbox.isFull_()) return Promise.reject(failure("too-many-unsent", true));
      keeper.consent();
      keeper.save({ guest: credentials().guest });
      const { me } = store.state;
      return outbox.add(topic, text, more, me?.role === "guest" ? undefined : me?.id, id);
    },
    /** Sends any other command. Without a connection it fails at once, unless the page's hook keeps it. */
    command: ((type, fields) => (hooks.runCommand_ ?? command)(type, fields)) as RunCommand,
    /** Adds the page's hooks; a hook of the same name replaces the earlier one. */
    attach_(added: PageHooks): void {
      Object.assign(hooks, added);
    },
    /** Whether the outbox is full. */
    isFull: outbox.isFull_,
    retry: outbox.retry,
    discard: outbox.discard,
    /** Sets the name, or resolves to the refusal: "" for a bad length, else the server's. Offline, any valid name is accepted. */
    async rename(raw: string): Promise<CommandError | "" | undefined> {
      const name = asName(raw);
      if (!name) return "";
      const { me } = store.state;
      const before = keeper.record.name;
      keeper.consent();
      keeper.save({ guest: credentials().guest, name });
      if (me) meet({ ...me, name });
      const refused = await sendName(name);
      if (refused) {
        keeper.save({ name: before });
        if (me) meet(me);
      }
      return refused;
    },
    sendName,
    /** Becomes a new guest; `forget` erases everything on the device. */
    signOut: (options: { forget?: boolean; isRemote?: boolean }): void => hooks.signOut?.(options),
    loadOlder: topics.loadOlder,
    markRead: (topic: string): void => dispatch({ type: "read", topic }),
    /** Closes the connection and keeps the state, for a page that goes to sleep. */
    pause(): void {
      topics.saveMarks();
      socket.stop_();
    },
    resume(): void {
      if (topics.isUsed_() && !store.state.refusal) socket.start_();
    },
    /** Ends the client for good. */
    stop(): void {
      topics.saveMarks();
      store.silence_();
      outbox.stop_();
      socket.stop_();
    },
  };
}
