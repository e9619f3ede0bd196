/**
 * `kabar/client`: the headless client as programs use it, a thin layer over the widget's own.
 * Gives it promises, typed events and errors with sentences; connections, resume, outbox and tokens are those of `client/` and
 * `page/identity`. No DOM: it runs in browsers, workers, Node, Bun and Deno.
 */
import { MESSAGE_ID_PATTERN, MESSAGE_ID_RULE, TOPIC_PATTERN, TOPIC_RULE } from "../../src/formats.ts";
import { createClient as createInner } from "../client/client.ts";
import { makeId, systemClock } from "../client/clock.ts";
import { createGrowing } from "../client/growing.ts";
import type { Credentials } from "../client/page-hooks.ts";
import type { WebSocketLike } from "../client/socket.ts";
import { type Area, createKeeper } from "../client/storage.ts";
import { openStreamed } from "../client/streamed.ts";
import { createTransport } from "../client/transport.ts";
import { createIdentity } from "../page/identity.ts";
import { createAvailability } from "./availability.ts";
import { ClientError, toClientError } from "./client-error.ts";
import type {
  Client,
  ClientOptions,
  GrowingMessage,
  OutgoingMessage,
  Published,
  Subscription,
  WebSocketClass,
} from "./client-types.ts";
import { createDelivery, type SubscribeReply } from "./delivery.ts";
import { createEmitter } from "./emitter.ts";
import { createGrowingMessage } from "./growing-message.ts";
import { createPublisher } from "./publisher.ts";
import { createWaiting } from "./waiting.ts";

export { ClientError } from "./client-error.ts";
export type {
  Client,
  ClientEvents,
  ClientOptions,
  GrowingMessage,
  MessageInfo,
  OutgoingMessage,
  Published,
  SubscribeOptions,
  Subscription,
  WebSocketClass,
} from "./client-types.ts";
export type { Connection } from "../client/client-events.ts";
export type { Cursor, Gap, Message, Rights, User } from "../../src/model.ts";

/** The address of a server without a slash at its end. Throws TypeError. */
function parseServer(server: unknown): string {
  const wrong = (found: string) =>
    new TypeError(`createClient: server is ${found}, must be an address such as "https://chat.example".`);
  if (server === undefined || server === "") throw wrong("missing");
  let url: URL;
  try {
    url = new URL(String(server));
  } catch {
    throw wrong(JSON.stringify(String(server).slice(0, 200)));
  }
  const protocol = url.protocol.replace(/^ws(s?):$/, "http$1:");
  if (!/^https?:$/.test(protocol)) throw wrong(JSON.stringify(String(server).slice(0, 200)));
  return `${protocol}//${url.host}${url.pathname}`.replace(/\/+$/, "");
}

/** The kind of a credential, as the HTTP API tells it (src/users/auth.ts). */
function toCredentials(secret: string | undefined): Credentials {
  if (!secret) return {};
  if (/^g[12]\./.test(secret)) return { guest: secret };
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(secret) ? { token: secret } : { key: secret };
}

/** The function that opens connections. Throws TypeError where the runtime can open none. */
function createConnect(server: string, given: WebSocketClass | null | undefined) {
  const Socket =
    given === null
      ? undefined
      : (given ?? (globalThis as { WebSocket?: WebSocketClass | undefined }).WebSocket);
  if (Socket === undefined) {
    if (typeof fetch !== "function")
      throw new TypeError(
        "createClient: this runtime has neither WebSocket nor fetch. Give a class in the option WebSocket, for example that of the package ws.",
      );
    return () => openStreamed(server);
  }
  return createTransport({
    openSocket: (url, protocol) => new Socket(url, protocol) as WebSocketLike,
    loadStreamed: async () => openStreamed,
    server,
    hasFailed: () => false,
    onStreamed: () => undefined,
  });
}

/** Throws ClientError unless a topic has a valid name. */
function requireTopic(topic: unknown): void {
  if (typeof topic !== "string" || !TOPIC_PATTERN.test(topic))
    throw new ClientError(
      "bad-topic",
      `topic: is ${JSON.stringify(String(topic).slice(0, 60))}, must be ${TOPIC_RULE}.`,
    );
}

/** The message that `publish` was given. Throws ClientError. */
function parseMessage(message: string | OutgoingMessage): OutgoingMessage {
  const given = typeof message === "string" ? { text: message } : message;
  if (typeof given?.text !== "string")
    throw new ClientError("bad-command", "publish(topic, message): the message must be a text or have one.");
  if (given.id !== undefined && !MESSAGE_ID_PATTERN.test(given.id))
    throw new ClientError("bad-message-id", `id: must be ${MESSAGE_ID_RULE}.`);
  return given;
}

/** Runs a command again until its reply is not lost. Only for commands that are harmless twice. */
async function retryLost<T>(run: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if ((error as ClientError).code !== "connection-lost") throw error;
    }
  }
}

/** The messages of a topic that is not subscribed. */
const NONE: readonly never[] = Object.freeze([]);

/** Creates a client of one server. It connects when it is first used. Throws TypeError for a wrong option. */
export function createClient(options: ClientOptions): Client {
  const server = parseServer(options?.server);
  const { token, name, storage } = options;
  const areas = { local: () => (storage ?? {}) as Area, session: (): Area => ({}) };
  const keeper = createKeeper(server, storage ? "granted" : "none", areas);
  const credentials = typeof token === "function" ? {} : toCredentials(token);
  if (credentials.guest) keeper.save({ guest: credentials.guest });
  const inner = createInner({
    server,
    keeper,
    name,
    credentials,
    connect: createConnect(server, options.WebSocket),
  });
  const emitter = createEmitter();
  const { emit_: emit } = emitter;
  const delivery = createDelivery(inner, emitter);
  const publisher = createPublisher(inner);
  const waiting = createWaiting();
  const growing = createGrowing(inner, systemClock.after);
  const identity = createIdentity({ client: inner, clock_: systemClock });
  const lists = new Map<string, unknown>();
  /** Resolves once a user's first token is there. */
  const identified =
    typeof token === "function" || credentials.token
      ? identity.identify({ token: token as string })
      : Promise.resolve();

  const available = createAvailability(inner, emitter, publisher, waiting, identified);
  const { connect_: connect, command_: command } = available;

  inner.attach_({
    onHelloRefused_: identity.onHelloRefused_,
    onFrame_(frame) {
      identity.onFrame_(frame);
      growing.take_(frame);
      delivery.take_(frame);
      waiting.look_();
    },
  });
  inner.listen((notice) => {
    if (notice.type === "connection") emit("connection", notice.connection, notice.retryInMs);
    else if (notice.type === "identity") emit("identity", notice.me);
    else if (notice.type === "error") available.fail_(toClientError(notice, notice.topic));
    else if (notice.type === "change") {
      waiting.look_();
      for (const { topic, messages } of Object.values(inner.state.topics)) {
        if (lists.get(topic) === messages) continue;
        lists.set(topic, messages);
        emit("update", topic);
      }
    }
  });

  return {
    get connection() {
      return inner.state.connection;
    },
    get me() {
      return inner.state.me;
    },
    on: emitter.on,

    async subscribe(topic, { cursor, last = 0 } = {}): Promise<Subscription> {
      requireTopic(topic);
      await connect();
      if (!inner.state.topics[topic]) delivery.begin_(topic, cursor);
      const use = inner.open(topic, last, cursor);
      function unsubscribe(): void {
        use.close();
        if (inner.state.topics[topic]) return;
        delivery.end_(topic);
        lists.delete(topic);
      }
      try {
        const reply = await waiting.until_<SubscribeReply>(() => {
          const { phase, refusal } = inner.state.topics[topic] ?? {};
          if (phase === "refused") throw toClientError(refusal, topic);
          return delivery.replyOf_(topic);
        });
        const { type: _, id: __, ...fields } = reply as SubscribeReply & { type?: unknown; id?: unknown };
        return { ...fields, unsubscribe };
      } catch (error) {
        unsubscribe();
        throw error;
      }
    },

    async publish(topic, message): Promise<Published> {
      requireTopic(topic);
      const given = parseMessage(message);
      await connect();
      available.requireWriter_();
      if (!given.ephemeral) return publisher.publish_(topic, given);
      // Nothing stores an ephemeral message, so nothing sends it again either.
      const { id = makeId(), ...fields } = given;
      await command("publish", { topic, messageId: id, ...fields });
      return { topic, id, offset: 0, held: false };
    },

    async begin(topic, message = ""): Promise<GrowingMessage> {
      requireTopic(topic);
      const given = parseMessage(typeof message === "string" ? message : { text: "", ...message });
      const { id = makeId(), ...fields } = given;
      const begin = () => command("publish", { topic, messageId: id, ...fields, growing: true });
      const { offset } = await retryLost(begin);
      const pause = (ms: number) => new Promise<void>((resolve) => void systemClock.after(ms, resolve));
      return createGrowingMessage(
        { topic, id, offset, held: false },
        (append) => command("append", append),
        pause,
      );
    },

    command,

    messages: (topic) => inner.state.topics[topic]?.messages ?? NONE,
    cursor: delivery.cursor,

    close(): void {
      if (!available.close_()) return;
      identity.stop_();
      emit("connection", "idle", undefined);
      emitter.clear_();
      delivery.clear_();
      inner.stop();
    },
  };
}
