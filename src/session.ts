/**
 * The WebSocket door in `kabar.v1`: one session per socket, commands in, replies and events out. Dispatch is a table;
 * the rules are chat's. A session never throws: what goes wrong is answered with an error, counted, and if it is our
 * bug, logged.
 */
import type { Auth } from "./auth.ts";
import type { Change } from "./changes.ts";
import type { Chat, Subscription } from "./chat.ts";
import { encodeGoodbye, encodeWithMessages, parseCommand } from "./codec.ts";
import type { Config } from "./config.ts";
import { asKabarError, KabarError, toErrorEvent } from "./errors.ts";
import { type Addresses, Bucket } from "./limits.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Presence } from "./presence.ts";
import type {
  CloseName,
  Command,
  CommandFields,
  CommandId,
  CommandResults,
  CommandType,
  GapEvent,
  People,
  Stored,
  User,
} from "./protocol.ts";
import { Outlet, type Peer, type Socket } from "./socket.ts";
import { eventOf, nativeTopic, type Ringed, type Topics } from "./topics.ts";

/** Frames in a row that are no command before the session is told not to come back. */
const MAX_STRIKES = 20;

export interface SessionParts {
  config: Config;
  chat: Chat;
  topics: Topics;
  presence: Presence;
  auth: Auth;
  addresses: Addresses;
  logger: Logger;
  metrics: Metrics;
  version: string;
  now?: () => number;
}

/** A subscription of this session, from the command until its end. */
interface Following {
  plan?: Subscription;
  live: boolean;
  ended: boolean;
  /** Counted among the topic's people, and told of them. */
  here: boolean;
}

/** What a handler returns: the reply's fields, or its whole text. */
type Answer<T extends CommandType> = CommandResults[T] | { raw: string };
type Handler<T extends CommandType> = (
  session: Session,
  command: CommandFields[T] & { id: CommandId },
) => Promise<Answer<T> | undefined> | Answer<T>;

const HANDLERS = {
  hello: (session, command) => session.hello(command),
  subscribe: (session, command) => session.subscribe(command),
  unsubscribe: (session, command) => session.unsubscribe(command),
  publish: (session, command) => session.publish(command),
  edit: (session, { topic, messageId, target, text }) =>
    session.change(topic, messageId, { kind: "edit", target, text }),
  remove: (session, { topic, messageId, target }) =>
    session.change(topic, messageId, { kind: "remove", target }),
  react: (session, { topic, messageId, target, emoji, on }) =>
    session.change(topic, messageId, { kind: "react", target, emoji, on }),
  typing: (session, command) => session.typing(command),
  history: (session, command) => session.history(command),
  rename: (session, command) => session.rename(command),
  ping: (session) => session.ping(),
} satisfies { [T in CommandType]: Handler<T> };

export class Session implements Peer {
  readonly mode = "json";
  readonly id = crypto.randomUUID();
  readonly address: string;
  readonly #parts: SessionParts;
  readonly #commands: Bucket;
  readonly #messages: Bucket;
  readonly #following = new Map<string, Following>();
  #outlet: Outlet | undefined;
  #user: User | undefined;
  #strikes = 0;
  #helloTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: SessionParts, address: string) {
    this.#parts = parts;
    this.address = address;
    const now = this.#now();
    this.#commands = new Bucket(parts.config.sessionCommandBurst, now);
    this.#messages = new Bucket(parts.config.sessionPublishBurst, now);
  }

  // ── Called by Bun ──────────────────────────────────────────────────────────────────────────────────

  open(socket: Socket): void {
    this.#outlet = new Outlet(socket);
    this.#helloTimer = setTimeout(
      () => this.goodbye("hello-timeout", this.#parts.config.helloTimeoutMs),
      this.#parts.config.helloTimeoutMs,
    );
  }

  message(frame: string | Buffer): void {
    const parsed =
      typeof frame === "string"
        ? parseCommand(frame)
        : { error: new KabarError("bad-json", "Frames must be text; this one is binary.") };
    if ("error" in parsed) {
      this.#answerError(parsed.error, parsed.id);
      this.#strikes += 1;
      if (this.#strikes >= MAX_STRIKES) this.#close("bad-client");
      return;
    }
    this.#strikes = 0;
    void this.#run(parsed.command);
  }

  drain(): void {
    this.#outlet?.drained();
  }

  closed(): void {
    clearTimeout(this.#helloTimer);
    this.#outlet?.gone();
    for (const topic of [...this.#following.keys()]) this.#stopFollowing(topic);
  }

  queuedBytes(): number {
    return this.#outlet?.queuedBytes() ?? 0;
  }

  cut(): void {
    this.#outlet?.cut();
  }

  goodbye(reason: CloseName, retryAfterMs: number): void {
    this.#outlet?.send(encodeGoodbye({ reason, retryAfterMs }));
    this.#close(reason);
  }

  // ── Commands ───────────────────────────────────────────────────────────────────────────────────────

  hello(command: CommandFields["hello"]): CommandResults["hello"] {
    if (this.#user) throw new KabarError("hello-repeated");
    const { user, credential } = this.#parts.auth.identify(command);
    this.#user = user;
    clearTimeout(this.#helloTimer);
    return {
      session: this.id,
      user,
      ...(credential === undefined ? {} : { guest: credential }),
      limits: this.#parts.chat.limits,
      version: this.#parts.version,
    };
  }

  /** Replies, then follows the topic: what was missed, then what comes. */
  async subscribe(command: CommandFields["subscribe"] & { id: CommandId }): Promise<undefined> {
    const { topic, cursor, last } = command;
    if (this.#following.has(topic)) throw new KabarError("already-subscribed");
    if (this.#following.size >= this.#parts.config.maxTopicsPerSession)
      throw new KabarError("too-many-topics");
    const following: Following = { live: false, ended: false, here: false };
    this.#following.set(topic, following);
    let plan: Subscription;
    try {
      plan = await this.#parts.chat.subscribe(this.#requireUser(), topic, {
        from: cursor,
        last,
        session: this.id,
      });
    } catch (error) {
      if (this.#following.get(topic) === following) this.#following.delete(topic);
      throw error;
    }
    if (following.ended) {
      this.#parts.topics.release(plan.active);
      return;
    }
    following.plan = plan;
    const { active: _, ...result } = plan;
    const people = command.people ? this.#watchPeople(topic, following) : undefined;
    this.#answer(command.id, { topic, ...result, ...(people ? { people } : {}) });
    void this.#follow(topic, following, plan);
  }

  unsubscribe({ topic }: CommandFields["unsubscribe"]): CommandResults["unsubscribe"] {
    if (!this.#following.has(topic)) throw new KabarError("not-subscribed");
    this.#stopFollowing(topic);
    return { topic };
  }

  async publish({ topic, messageId, ...content }: CommandFields["publish"]): Promise<Stored> {
    const user = this.#requirePace();
    const { offset, repeated } = await this.#parts.chat.publish(user, topic, messageId, content);
    return { topic, offset, repeated };
  }

  async change(topic: string, messageId: string, change: Change): Promise<Stored> {
    const user = this.#requirePace();
    const { offset, repeated } = await this.#parts.chat.change(user, topic, messageId, change);
    return { topic, offset, repeated };
  }

  typing({ topic }: CommandFields["typing"]): CommandResults["typing"] {
    if (!this.#following.has(topic)) throw new KabarError("not-subscribed");
    this.#parts.presence.typing(topic, this.#requireUser());
    return {};
  }

  async history(command: CommandFields["history"] & { id: CommandId }): Promise<{ raw: string }> {
    const { messages, ...page } = await this.#parts.chat.history(this.#requireUser(), command.topic, command);
    return { raw: encodeWithMessages({ type: "ok", id: command.id, ...page }, messages) };
  }

  rename({ name }: CommandFields["rename"]): CommandResults["rename"] {
    const user = this.#parts.auth.rename(this.#requireUser(), name);
    this.#user = user;
    for (const [topic, { here }] of this.#following) if (here) this.#parts.presence.rename(topic, user);
    return { user };
  }

  ping(): CommandResults["ping"] {
    return { at: this.#now() };
  }

  // ── Inside ─────────────────────────────────────────────────────────────────────────────────────────

  async #run(command: Command): Promise<void> {
    try {
      if (!this.#user && command.type !== "hello") throw new KabarError("hello-required");
      if (this.#user?.role !== "operator") this.#take(this.#commands, "sessionCommand");
      const handler = HANDLERS[command.type] as Handler<CommandType>;
      const answer = await handler(this, command as never);
      if (!answer) return;
      if ("raw" in answer) this.#outlet?.send(answer.raw);
      else this.#answer(command.id, answer);
    } catch (thrown) {
      const error = asKabarError(thrown, (err) =>
        this.#parts.logger.error({ err, command: command.type }, "bug"),
      );
      this.#answerError(error, command.id);
      if (error.code === "bad-credential") this.#close("bad-credential");
    }
  }

  async #follow(topic: string, following: Following, { active, cursor }: Subscription): Promise<void> {
    try {
      await this.#parts.topics.catchUp(active, {
        position: cursor.offset,
        ready: () => !following.ended && (this.#outlet?.ready() ?? false),
        send: (messages: readonly Ringed[]) => this.#outlet?.send(eventOf(topic, messages)),
        gap: (from, to) => {
          const event: GapEvent = { type: "gap", topic, from, to, reason: "trimmed" };
          this.#outlet?.send(JSON.stringify(event));
        },
        goLive: () => {
          if (following.ended || !this.#outlet?.isOpen) return;
          this.#outlet.socket.subscribe(nativeTopic(topic, "json"));
          active.live.json += 1;
          following.live = true;
        },
      });
    } catch (err) {
      this.#parts.logger.error({ err, topic }, "catching up failed");
      this.goodbye("internal", 1000);
    }
  }

  /** Counts the user among the topic's people and tells it of them from now on. */
  #watchPeople(topic: string, following: Following): People {
    this.#parts.presence.join(topic, this.#requireUser());
    following.here = true;
    this.#outlet?.socket.subscribe(nativeTopic(topic, "people"));
    return this.#parts.presence.people(topic);
  }

  #stopFollowing(topic: string): void {
    const following = this.#following.get(topic);
    if (!following) return;
    this.#following.delete(topic);
    following.ended = true;
    if (following.here) {
      this.#parts.presence.leave(topic, this.#requireUser());
      if (this.#outlet?.isOpen) this.#outlet.socket.unsubscribe(nativeTopic(topic, "people"));
    }
    if (!following.plan) return;
    const { active } = following.plan;
    if (following.live) {
      active.live.json -= 1;
      if (this.#outlet?.isOpen) this.#outlet.socket.unsubscribe(nativeTopic(topic, "json"));
    }
    this.#parts.topics.release(active);
  }

  #requireUser(): User {
    if (!this.#user) throw new KabarError("hello-required");
    return this.#user;
  }

  /** The user, if the pace of publishing allows another message; the operator is not limited. */
  #requirePace(): User {
    const user = this.#requireUser();
    if (user.role === "operator") return user;
    this.#take(this.#messages, "sessionPublish");
    const waitMs = this.#parts.addresses.takePublish(this.address);
    if (waitMs > 0) throw new KabarError("rate-limited", undefined, waitMs);
    return user;
  }

  #take(bucket: Bucket, limit: "sessionCommand" | "sessionPublish"): void {
    const { config } = this.#parts;
    const waitMs = bucket.take({ rate: config[`${limit}Rate`], burst: config[`${limit}Burst`] }, this.#now());
    if (waitMs > 0) throw new KabarError("rate-limited", undefined, waitMs);
  }

  #answer(id: CommandId, result: CommandResults[CommandType]): void {
    this.#outlet?.send(JSON.stringify({ type: "ok", id, ...result }));
  }

  #answerError(error: KabarError, id?: CommandId): void {
    this.#parts.metrics.errors.inc({ code: error.code });
    this.#outlet?.send(JSON.stringify(toErrorEvent(error, id)));
  }

  #close(reason: CloseName): void {
    this.#parts.metrics.closes.inc({ reason });
    this.#outlet?.close(reason);
  }

  #now(): number {
    return (this.#parts.now ?? Date.now)();
  }
}
