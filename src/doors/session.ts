/**
 * The WebSocket door in `kabar.v1`: one session per socket, commands in, replies and events out. Dispatch is a table;
 * the rules are chat's. A session never throws: what goes wrong is answered with an error, counted, and if it is our
 * bug, logged.
 */
import type { Admission } from "../users/admission.ts";
import { type Identity, isRateLimited } from "../users/identity.ts";
import type { Change } from "../chat/changes.ts";
import { type Charge, chargeOf } from "../chat/charge.ts";
import { encodeGoodbye, encodeOk, encodeWithMessages, parseCommand } from "../codec.ts";
import { CommandPace } from "./command-pace.ts";
import { asKabarError, KabarError, toErrorEvent } from "../errors.ts";
import { Followings, type FollowingsParts } from "./subscriptions.ts";
import type { Limits } from "../limits.ts";
import type { Metrics } from "../metrics.ts";
import type {
  CloseName,
  Command,
  CommandFields,
  CommandId,
  CommandResults,
  CommandType,
  ServerEvent,
  Stored,
} from "../protocol.ts";
import type { Queue } from "../model.ts";
import { Outlet, type Peer, type Socket } from "./peer.ts";
import type { ModerationActs } from "../chat/moderation-acts.ts";
import { watchExpiry } from "../users/token-expiry.ts";

export interface SessionParts extends FollowingsParts {
  moderationActs: ModerationActs;
  limits: Limits;
  admission: Admission;
  metrics: Metrics;
  version: string;
  now?: () => number;
}

/** What a handler returns: the reply's fields, or its whole text. */
type Answer<T extends CommandType> = CommandResults[T] | { raw: string };
type Handler<T extends CommandType> = (
  session: Session,
  command: CommandFields[T] & { id: CommandId },
) => Promise<Answer<T> | undefined> | Answer<T>;

const HANDLERS = {
  hello: (session, command) => session.hello(command),
  identify: (session, command) => session.identify(command),
  gate: (session) => session.gate(),
  pass: (session, command) => session.pass(command),
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
  report: (session, command) => session.report(command),
  moderate: (session, command) => session.moderate(command),
  queue: (session, { topic }) => session.queue(topic),
  history: (session, command) => session.history(command),
  rename: (session, command) => session.rename(command),
  ping: (session) => session.ping(),
} satisfies { [T in CommandType]: Handler<T> };

export class Session implements Peer {
  readonly mode = "json";
  readonly id = crypto.randomUUID();
  readonly address: string;
  readonly #parts: SessionParts;
  readonly #pace: CommandPace;
  readonly #followings: Followings;
  #outlet: Outlet | undefined;
  #who: Identity | undefined;
  /** Under way while a token is checked; later commands wait for it. */
  #greeting: Promise<unknown> | undefined;
  #expired = false;
  #stopClock: (() => void) | undefined;
  /** What comes after a close was asked for is not looked at any more. */
  #isClosing = false;
  #helloTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: SessionParts, address: string) {
    this.#parts = parts;
    this.address = address;
    this.#followings = new Followings(parts);
    this.#pace = new CommandPace(parts.config, () => this.#now());
  }

  open(socket: Socket): void {
    this.#outlet = new Outlet(socket);
    this.#helloTimer = setTimeout(
      () => this.goodbye("hello-timeout", this.#parts.config.helloTimeoutMs),
      this.#parts.config.helloTimeoutMs,
    );
  }

  message(frame: string | Buffer): void {
    if (this.#isClosing) return;
    const parsed =
      typeof frame === "string"
        ? parseCommand(frame)
        : { error: new KabarError("bad-json", "Frames must be text; this one is binary.") };
    const isNoise = this.#pace.isNoise(!("error" in parsed));
    if ("error" in parsed) {
      this.#answerError(parsed.error, parsed.id);
      if (isNoise) this.#close("bad-client");
      return;
    }
    const { command } = parsed;
    if (!this.#greeting) return void this.#run(command);
    this.#pace
      .wait(this.#greeting, frame.length, () => this.#run(command))
      .catch((error: KabarError) => this.#refuse(error, command.id));
  }

  drain(): void {
    this.#outlet?.drained();
  }

  closed(): void {
    clearTimeout(this.#helloTimer);
    this.#stopClock?.();
    this.#outlet?.gone();
    this.#followings.dropAll();
  }

  get userId(): string | undefined {
    return this.#who?.user.id;
  }

  review(): void {
    if (this.#who) this.#followings.review(this.#who, (event) => this.tell(event));
  }

  tell(event: ServerEvent): void {
    if (this.#who) this.#outlet?.send(JSON.stringify(event));
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

  hello(command: CommandFields["hello"]): CommandResults["hello"] | Promise<CommandResults["hello"]> {
    if (this.#who) throw new KabarError("hello-repeated");
    if (command.token === undefined) return this.#welcome(this.#parts.auth.identify(command, this.address));
    return this.#holdOthers(
      this.#parts.auth.identifyToken(command.token, this.address).then((who) => this.#welcome(who)),
    );
  }

  /** Has later commands wait: they are carried out in the order sent. */
  #holdOthers<T>(greeting: Promise<T>): Promise<T> {
    const done = (): void => {
      if (this.#greeting === held) this.#greeting = undefined;
    };
    const held: Promise<void> = greeting.then(done, done);
    this.#greeting = held;
    return greeting;
  }

  /** A fresh token of the same user, or a guest who signed in: the session, and its place in every topic, stays. */
  identify({ token }: CommandFields["identify"]): Promise<CommandResults["identify"]> {
    return this.#holdOthers(this.#signIn(this.#requireWho(), token));
  }

  async #signIn(before: Identity, token: string): Promise<CommandResults["identify"]> {
    const who = await this.#parts.auth.identifyToken(token, this.address);
    if (before.expiresAtMs !== undefined && before.user.id !== who.user.id) {
      throw new KabarError("bad-token", "The token belongs to another user than this session.");
    }
    this.#become(who);
    return { user: who.user, expiresAt: who.expiresAtMs ?? 0 };
  }

  gate(): CommandResults["gate"] {
    return this.#parts.admission.gateOf(this.#requireLive());
  }

  /** A new guest passes the gate; a try costs as much as a message. */
  async pass(proof: CommandFields["pass"]): Promise<CommandResults["pass"]> {
    this.#pace.takeMessage();
    try {
      const who = await this.#parts.admission.admit(() => this.#requireLive(), this.address, proof);
      this.#who = who;
      this.#followings.changeUser(who);
      return { guest: who.credential };
    } catch (error) {
      if (this.#who && asKabarError(error, () => {}).code === "gate-refused")
        this.#who = { ...this.#who, isRefusedByGate: true };
      throw error;
    }
  }

  /** Replies, then follows the topic: what was missed, then what comes. */
  async subscribe(command: CommandFields["subscribe"] & { id: CommandId }): Promise<undefined> {
    if (!this.#outlet) return;
    const taken = await this.#followings.take(this.#requireWho(), this.#outlet, this.id, command);
    if (!taken) return;
    // Not gathered with other replies: what is published to the topic from now on must come after it.
    this.#outlet.send(encodeOk(command.id, taken.result));
    void taken.begin().catch(() => this.goodbye("internal", 1000));
  }

  unsubscribe({ topic }: CommandFields["unsubscribe"]): CommandResults["unsubscribe"] {
    this.#followings.require(topic);
    this.#followings.drop(topic);
    return { topic };
  }

  async publish(command: CommandFields["publish"]): Promise<Stored> {
    const { topic, messageId } = command;
    const who = this.#requireWriter();
    const { chat } = this.#parts;
    const charge = this.#chargeOf(who);
    const { offset, repeated, held } = await chat.publish(who, topic, messageId, command, charge);
    return { topic, offset, repeated, ...(held ? { held } : {}) };
  }

  async change(topic: string, messageId: string, change: Change): Promise<Stored> {
    const who = this.#requireWriter();
    const { chat } = this.#parts;
    const { offset, repeated } = await chat.change(who, topic, messageId, change, this.#chargeOf(who));
    return { topic, offset, repeated };
  }

  typing({ topic }: CommandFields["typing"]): CommandResults["typing"] {
    this.#followings.require(topic);
    this.#parts.chat.typing(this.#requireLive(), topic);
    return {};
  }

  async report({ topic, target, why }: CommandFields["report"]): Promise<Record<string, never>> {
    await this.#parts.moderationActs.report(this.#requireWriter(), topic, target, why);
    return {};
  }

  moderate({ topic, ...act }: CommandFields["moderate"]): Promise<CommandResults["moderate"]> {
    return this.#parts.moderationActs.act(this.#requireWho(), topic, act);
  }

  queue(topic: string): Promise<Queue> {
    return this.#parts.moderationActs.queue(this.#requireWho(), topic);
  }

  async history(command: CommandFields["history"] & { id: CommandId }): Promise<{ raw: string }> {
    const [who, { chat, limits }] = [this.#requireWho(), this.#parts];
    if (isRateLimited(who)) limits.takeRead(this.address);
    const { messages, ...page } = await chat.history(who, command.topic, command);
    const raw = encodeWithMessages({ type: "ok", id: command.id, ...page }, messages);
    if (isRateLimited(who)) limits.spendRead(this.address, raw.length);
    return { raw };
  }

  rename({ name }: CommandFields["rename"]): CommandResults["rename"] {
    const who = this.#parts.auth.rename(this.#requireWho(), name);
    this.#who = who;
    this.#followings.changeUser(who);
    return { user: who.user };
  }

  ping(): CommandResults["ping"] {
    return { at: this.#now() };
  }

  async #run(command: Command): Promise<void> {
    try {
      if (!this.#who && command.type !== "hello") throw new KabarError("hello-required");
      if (!this.#who || isRateLimited(this.#who)) this.#pace.takeCommand();
      const handler = HANDLERS[command.type] as Handler<CommandType>;
      const answer = await handler(this, command as never);
      if (!answer) return;
      if ("raw" in answer) this.#outlet?.send(answer.raw);
      else this.#answer(command.id, answer);
    } catch (thrown) {
      const error = asKabarError(thrown, (err) =>
        this.#parts.logger.error({ err }, `bug in ${command.type}`),
      );
      this.#refuse(error, command.id);
      if (error.code === "bad-credential") this.#close("bad-credential");
    }
  }

  /** Answers with an error. A client that is refused for its pace again and again is sent away. */
  #refuse(error: KabarError, id: CommandId): void {
    this.#answerError(error, id);
    if (error.code !== "rate-limited") return;
    if (this.#pace.isDeaf()) this.#close("bad-client");
  }

  #welcome(who: Identity): CommandResults["hello"] {
    clearTimeout(this.#helloTimer);
    this.#helloTimer = undefined; // a timer and its closure, for every session that is open
    this.#become(who);
    const { user, credential, expiresAtMs } = who;
    return {
      session: this.id,
      user,
      ...(credential === undefined ? {} : { guest: credential }),
      limits: this.#parts.chat.limitsOf(who),
      version: this.#parts.version,
      ...(expiresAtMs === undefined ? {} : { expiresAt: expiresAtMs }),
    };
  }

  #become(identity: Identity): void {
    const who = { ...identity, address: this.#parts.auth.hashAddress(this.address) };
    this.#who = who;
    this.#expired = false;
    this.#followings.changeUser(who);
    this.review();
    this.#awaitExpiry();
  }

  /** Says a minute ahead that the token ends; when it does, what is left are a guest's rights to read. */
  #awaitExpiry(): void {
    this.#stopClock?.();
    const endsAt = this.#who?.expiresAtMs;
    if (endsAt === undefined) return;
    this.#stopClock = watchExpiry(
      endsAt,
      () => this.#now(),
      (inMs) => {
        this.tell({ type: "token", inMs });
        if (inMs === 0) this.#expire();
      },
    );
  }

  #expire(): void {
    if (!this.#who) return;
    const { user, expiresAtMs } = this.#who;
    this.#expired = true;
    this.#who = { user: { ...user, role: "guest" }, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
    this.review();
  }

  #requireWho(): Identity {
    if (!this.#who) throw new KabarError("hello-required");
    return this.#who;
  }

  /** Who it is, if their token has not ended. */
  #requireLive(): Identity {
    if (this.#expired) throw new KabarError("token-expired");
    return this.#requireWho();
  }

  /** Who writes, if their token and the pace of publishing allow it; only visitors' pace is limited. */
  #requireWriter(): Identity {
    const who = this.#requireLive();
    if (!isRateLimited(who)) return who;
    const user = this.#parts.auth.withFreeName(who.user);
    if (user !== who.user) {
      this.#who = { ...who, user };
      this.#followings.changeUser(this.#who);
    }
    this.#pace.takeMessage();
    this.#parts.limits.takeSender({ address: this.address, user: user.id });
    return this.#who ?? who;
  }

  /** What a topic is charged for what a visitor writes; the others are free. */
  #chargeOf(who: Identity): Charge | undefined {
    const { limits } = this.#parts;
    return isRateLimited(who) ? chargeOf(limits, this.address) : undefined;
  }

  #answer(id: CommandId, result: CommandResults[CommandType]): void {
    this.#outlet?.answer(encodeOk(id, result));
  }

  #answerError(error: KabarError, id?: CommandId): void {
    this.#parts.metrics.errors.inc({ code: error.code });
    this.#outlet?.send(JSON.stringify(toErrorEvent(error, id)));
  }

  #close(reason: CloseName): void {
    this.#isClosing = true;
    this.#parts.metrics.closes.inc({ reason });
    this.#outlet?.close(reason);
  }

  #now(): number {
    return (this.#parts.now ?? Date.now)();
  }
}
