/**
 * A `kabar.v1` session: one socket, commands in, replies and events out. Commands are dispatched by a table; chat holds
 * the rules. A session never throws: it answers a failed command with an error, counts it, and logs it if it is a bug.
 */
import { type Identity, isRateLimited } from "../users/identity.ts";
import type { Change } from "../chat/changes.ts";
import type { Append } from "../chat/growing.ts";
import { type Charge, chargeOf } from "../chat/charge.ts";
import { encodeGoodbye, encodeOk, encodeWithMessages, parseCommand } from "../codec.ts";
import { CommandPace } from "./command-pace.ts";
import { asKabarError, KabarError, toErrorEvent } from "../errors.ts";
import { SessionSubscriptions, type SessionSubscriptionsParts } from "./subscriptions.ts";
import {
  SessionIdentity,
  type SessionIdentityEvents,
  type SessionIdentityParts,
} from "./session-identity.ts";
import type { Clicks } from "../hooks/clicks.ts";
import type { ReadMarks } from "../chat/read-marks.ts";
import type { ChoosePush } from "../push/choosing.ts";
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
} from "../protocol.ts";
import type { Grown, Queue, Stored } from "../model.ts";
import type { OpenPeers } from "./open-peers.ts";
import { type Peer, type Socket, SocketWriter } from "./peer.ts";
import type { ModerationActs } from "../chat/moderation-acts.ts";

export interface SessionParts extends SessionSubscriptionsParts, SessionIdentityParts {
  moderationActs: ModerationActs;
  clicks: Clicks;
  readMarks: ReadMarks;
  choosePush: ChoosePush;
  peers: Pick<OpenPeers, "changeUser">;
  limits: Limits;
  metrics: Metrics;
  version: string;
  now?: () => number;
}

/** The result of a handler: the fields of the reply, or its whole text. */
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
  append: (session, { topic, target, ...append }) => session.append(topic, target, append),
  edit: (session, { topic, messageId, target, text }) =>
    session.change(topic, messageId, { kind: "edit", target, text }),
  remove: (session, { topic, messageId, target }) =>
    session.change(topic, messageId, { kind: "remove", target }),
  react: (session, { topic, messageId, target, emoji, on }) =>
    session.change(topic, messageId, { kind: "react", target, emoji, on }),
  click: (session, command) => session.click(command),
  typing: (session, command) => session.typing(command),
  read: (session, { topic, offset }) => session.read(topic, offset),
  push: (session, command) => session.push(command),
  away(session, { on }) {
    session.isAway = on;
    return {};
  },
  report: (session, command) => session.report(command),
  moderate: (session, command) => session.moderate(command),
  queue: (session, { topic }) => session.queue(topic),
  history: (session, command) => session.history(command),
  search: (session, command) => session.search(command),
  rename: (session, command) => session.rename(command),
  ping: (session) => session.ping(),
} satisfies { [T in CommandType]: Handler<T> };

export class Session implements Peer, SessionIdentityEvents {
  readonly mode = "json";
  readonly id = crypto.randomUUID();
  readonly address: string;
  origin: string | undefined;
  isAway = false;
  readonly #parts: SessionParts;
  readonly #pace: CommandPace;
  readonly #subscriptions: SessionSubscriptions;
  readonly #identity: SessionIdentity;
  #writer: SocketWriter | undefined;
  /** Settles when the token under check is accepted or refused; later commands wait for it. */
  #tokenCheck: Promise<unknown> | undefined;
  /** Frames that arrive after the session began to close are ignored. */
  #isClosing = false;
  #helloTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: SessionParts, address: string) {
    this.#parts = parts;
    this.address = address;
    this.#subscriptions = new SessionSubscriptions(parts);
    const now = parts.now ?? Date.now;
    this.#pace = new CommandPace(parts.config, now);
    this.#identity = new SessionIdentity(parts, address, now, this);
  }

  // ── Changes of the identity ────────────────────────────────────────────────────────────────────────

  onUserChange(who: Identity, before: string | undefined): void {
    this.#parts.peers.changeUser(this, before);
    this.#subscriptions.changeUser(who);
  }

  onExpiryNotice(leftMs: number): void {
    this.sendEvent({ type: "token", inMs: leftMs });
  }

  // ── Peer ───────────────────────────────────────────────────────────────────────────────────────────

  open(socket: Socket): void {
    this.#writer = new SocketWriter(socket);
    const { helloTimeoutMs } = this.#parts.config;
    this.#helloTimer = setTimeout(() => this.goodbye("hello-timeout", helloTimeoutMs), helloTimeoutMs);
  }

  message(frame: string | Buffer): void {
    if (this.#isClosing) return;
    const parsed =
      typeof frame === "string"
        ? parseCommand(frame)
        : { error: new KabarError("bad-json", "Frames must be text; this one is binary.") };
    const hasTooManyInvalid = this.#pace.noteFrame(!("error" in parsed));
    if ("error" in parsed) {
      this.#answerError(parsed.error, parsed.id);
      if (hasTooManyInvalid) this.#close("bad-client");
      return;
    }
    const { command } = parsed;
    if (!this.#tokenCheck) return void this.#run(command);
    this.#pace
      .runAfter(this.#tokenCheck, frame.length, () => this.#run(command))
      .catch((error: KabarError) => this.#refuse(error, command.id));
  }

  drain(): void {
    this.#writer?.onDrain();
  }

  closed(): void {
    clearTimeout(this.#helloTimer);
    this.#identity.close();
    this.#writer?.onClose();
    this.#subscriptions.endAll();
  }

  get userId(): string | undefined {
    return this.#identity.current?.user.id;
  }

  reviewRights(): void {
    const who = this.#identity.current;
    if (who) this.#subscriptions.reviewRights(who, (event) => this.sendEvent(event));
  }

  follows(topic: string): boolean {
    return this.#subscriptions.has(topic);
  }

  topics(): string[] {
    return this.#subscriptions.topics();
  }

  sendEvent(event: ServerEvent): void {
    if (this.#identity.current) this.#writer?.send(JSON.stringify(event));
  }

  queuedBytes(): number {
    return this.#writer?.queuedBytes() ?? 0;
  }

  terminate(): void {
    this.#writer?.terminate();
  }

  goodbye(reason: CloseName, retryAfterMs: number): void {
    this.#writer?.send(encodeGoodbye({ reason, retryAfterMs }));
    this.#close(reason);
  }

  // ── Commands ───────────────────────────────────────────────────────────────────────────────────────

  hello(command: CommandFields["hello"]): CommandResults["hello"] | Promise<CommandResults["hello"]> {
    if (this.#identity.current) throw new KabarError("hello-repeated");
    const who = this.#identity.greet(command);
    if (!(who instanceof Promise)) return this.#welcome(who);
    return this.#holdCommands(who.then((identified) => this.#welcome(identified)));
  }

  identify({ token }: CommandFields["identify"]): Promise<CommandResults["identify"]> {
    this.#identity.require();
    return this.#holdCommands(
      this.#identity.signIn(token).then((who) => ({ user: who.user, expiresAt: who.expiresAtMs ?? 0 })),
    );
  }

  gate(): CommandResults["gate"] {
    return this.#parts.admission.gateOf(this.#identity.requireLive());
  }

  async pass(proof: CommandFields["pass"]): Promise<CommandResults["pass"]> {
    this.#pace.takeMessage(); // a try costs as much as a message
    return { guest: await this.#identity.passGate(proof) };
  }

  /** Replies, then replays what the session missed, then sends live messages. */
  async subscribe(command: CommandFields["subscribe"] & { id: CommandId }): Promise<undefined> {
    if (!this.#writer) return;
    const who = this.#identity.require();
    const begun = await this.#subscriptions.begin(who, this.#writer, this.id, command);
    if (!begun) return;
    // Not gathered with other replies: messages published from now on must come after this reply.
    this.#writer.send(encodeOk(command.id, begun.result));
    void begun.start().catch(() => this.goodbye("internal", 1000));
  }

  unsubscribe({ topic }: CommandFields["unsubscribe"]): CommandResults["unsubscribe"] {
    this.#subscriptions.require(topic);
    this.#subscriptions.end(topic);
    return { topic };
  }

  publish(command: CommandFields["publish"]): Promise<Stored> {
    const { topic, messageId } = command;
    const who = this.#requireWriter();
    return this.#parts.chat.publish(who, topic, messageId, command, this.#chargeOf(who));
  }

  append(topic: string, target: number, append: Append): Promise<Grown> {
    return this.#parts.chat.growing.append(this.#identity.requireFreeName(), topic, target, append);
  }

  change(topic: string, messageId: string, change: Change): Promise<Stored> {
    const who = this.#requireWriter();
    return this.#parts.chat.change(who, topic, messageId, change, this.#chargeOf(who));
  }

  async click({
    topic,
    messageId,
    target,
    action,
  }: CommandFields["click"]): Promise<CommandResults["click"]> {
    const who = this.#requireWriter();
    return this.#parts.clicks.click(who, { topic, messageId, target, action }, this.#chargeOf(who));
  }

  read(topic: string, offset?: number): Promise<CommandResults["read"]> {
    const { readMarks, limits } = this.#parts;
    const who = this.#identity.requireLive();
    if (offset !== undefined) return readMarks.mark(who, topic, offset);
    return readMarks.inForce(who, topic, () => isRateLimited(who) && limits.takeRead(this.address));
  }

  push(command: CommandFields["push"]): Promise<CommandResults["push"]> {
    // A change is stored, as a message is.
    const who = command.mode ? this.#requireWriter() : this.#identity.requireLive();
    return this.#parts.choosePush(who, command);
  }

  typing({ topic }: CommandFields["typing"]): CommandResults["typing"] {
    this.#subscriptions.require(topic);
    this.#parts.chat.typing(this.#identity.requireLive(), topic);
    return {};
  }

  async report({ topic, target, why }: CommandFields["report"]): Promise<Record<string, never>> {
    await this.#parts.moderationActs.report(this.#requireWriter(), topic, target, why);
    return {};
  }

  moderate({ topic, ...act }: CommandFields["moderate"]): Promise<CommandResults["moderate"]> {
    return this.#parts.moderationActs.act(this.#identity.require(), topic, act);
  }

  queue(topic: string): Promise<Queue> {
    return this.#parts.moderationActs.queue(this.#identity.require(), topic);
  }

  async history(command: CommandFields["history"] & { id: CommandId }): Promise<{ raw: string }> {
    const who = this.#identity.require();
    const { chat, limits } = this.#parts;
    if (isRateLimited(who)) limits.takeRead(this.address);
    return this.#pageFor(who, command.id, await chat.history(who, command.topic, command));
  }

  async search(command: CommandFields["search"] & { id: CommandId }): Promise<{ raw: string }> {
    const who = this.#identity.require();
    const { chat, limits } = this.#parts;
    if (isRateLimited(who)) limits.takeSearch(this.address);
    return this.#pageFor(who, command.id, await chat.search(who, command));
  }

  rename({ name }: CommandFields["rename"]): CommandResults["rename"] {
    return { user: this.#identity.rename(name).user };
  }

  ping(): CommandResults["ping"] {
    return { at: (this.#parts.now ?? Date.now)() };
  }

  // ── Inside ─────────────────────────────────────────────────────────────────────────────────────────

  async #run(command: Command): Promise<void> {
    try {
      if (command.type !== "hello") this.#identity.require();
      if (this.#identity.isRateLimited) this.#pace.takeCommand();
      const handler = HANDLERS[command.type] as Handler<CommandType>;
      const answer = await handler(this, command as never);
      if (!answer) return;
      if ("raw" in answer) this.#writer?.send(answer.raw);
      else this.#writer?.answer(encodeOk(command.id, answer));
    } catch (thrown) {
      const error = asKabarError(thrown, (err) =>
        this.#parts.logger.error({ err }, `bug in ${command.type}`),
      );
      this.#refuse(error, command.id);
      if (error.code === "bad-credential") this.#close("bad-credential");
    }
  }

  /** Makes later commands wait for a token, so that they run in the order they were sent. */
  #holdCommands<T>(check: Promise<T>): Promise<T> {
    const done = (): void => {
      if (this.#tokenCheck === held) this.#tokenCheck = undefined;
    };
    const held: Promise<void> = check.then(done, done);
    this.#tokenCheck = held;
    return check;
  }

  #welcome(who: Identity): CommandResults["hello"] {
    clearTimeout(this.#helloTimer);
    this.#helloTimer = undefined; // frees the timer and its closure, which every open session would keep
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

  /** The reply with a page of encoded messages, charged by its length. */
  #pageFor(who: Identity, id: CommandId, { messages, ...page }: { messages: string[] }): { raw: string } {
    const raw = encodeWithMessages({ type: "ok", id, ...page }, messages);
    if (isRateLimited(who)) this.#parts.limits.spendRead(this.address, raw.length);
    return { raw };
  }

  /** The identity of a writer whose token and rate of publishing allow a message. Throws `token-expired` or `rate-limited`. */
  #requireWriter(): Identity {
    const who = this.#identity.requireFreeName();
    if (!isRateLimited(who)) return who;
    this.#pace.takeMessage();
    this.#parts.limits.takeSender({ address: this.address, user: who.user.id });
    return who;
  }

  /** The charge to a topic for a message of a guest or user; messages of others are free. */
  #chargeOf(who: Identity): Charge | undefined {
    return isRateLimited(who) ? chargeOf(this.#parts.limits, this.address) : undefined;
  }

  /** Answers with an error, and closes after too many refusals for the rate of commands. */
  #refuse(error: KabarError, id: CommandId): void {
    this.#answerError(error, id);
    if (error.code === "rate-limited" && this.#pace.noteRefusal()) this.#close("bad-client");
  }

  #answerError(error: KabarError, id?: CommandId): void {
    this.#parts.metrics.errors.inc({ code: error.code });
    this.#writer?.send(JSON.stringify(toErrorEvent(error, id)));
  }

  #close(reason: CloseName): void {
    this.#isClosing = true;
    this.#parts.metrics.closes.inc({ reason });
    this.#writer?.close(reason);
  }
}
