/**
 * A session in plain mode: each text frame in is a guest's message, each message out is a line `name: text`. There are no
 * commands and no cursors: a page of ten lines, or a terminal, can use it.
 */
import { type Audience, PUBLIC_AUDIENCE } from "../topics/audience.ts";
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import type { Chat } from "../chat/chat.ts";
import { chargeOf } from "../chat/charge.ts";
import type { Subscription } from "../chat/reading.ts";
import type { Config } from "../config.ts";
import { asKabarError, KabarError, toPlainLine } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { Bucket } from "../token-bucket.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { CLOSE, type CloseName, mayComeBack } from "../protocol.ts";
import { SocketWriter, type Peer, type Socket } from "./peer.ts";
import { countLive, nativeTopic } from "../topics/active-topic.ts";
import { lineOf } from "../topics/frames.ts";
import { readPatiently } from "../topics/patience.ts";
import type { Topics } from "../topics/topics.ts";

/** Refusals in a row after which the client is disconnected: it ignores every answer. */
const MAX_REFUSALS = 500;

export interface PlainParts {
  config: Config;
  auth: Auth;
  chat: Chat;
  topics: Topics;
  limits: Limits;
  logger: Logger;
  metrics: Metrics;
}

/** The checked parameters of the request that opened the socket. */
export interface PlainRequest {
  address: string;
  who: Identity;
  topic: string;
  /** How many of the latest messages to send first. */
  history: number;
  /** A line that is sent before everything else. */
  notice?: string | undefined;
}

export class PlainSession implements Peer {
  readonly mode = "plain";
  readonly isAway = false;
  readonly address: string;
  origin: string | undefined;
  readonly #parts: PlainParts;
  readonly #request: PlainRequest;
  readonly #messages: Bucket;
  #writer: SocketWriter | undefined;
  #plan: Subscription | undefined;
  #audience: Audience = PUBLIC_AUDIENCE;
  #live = false;
  /** Frames refused in a row for their rate, or because they are not text. */
  #refusals = 0;
  #isClosing = false;

  constructor(parts: PlainParts, request: PlainRequest) {
    this.#parts = parts;
    this.#request = request;
    this.address = request.address;
    this.#messages = new Bucket(parts.config.sessionPublishBurst, Date.now());
  }

  open(socket: Socket): void {
    this.#writer = new SocketWriter(socket);
    const { notice } = this.#request;
    if (notice !== undefined) this.#writer.send(`! ${notice}`);
    void this.#follow(this.#writer);
  }

  message(frame: string | Buffer): void {
    void this.#publish(frame);
  }

  drain(): void {
    this.#writer?.onDrain();
  }

  closed(): void {
    this.#writer?.onClose();
    if (!this.#plan) return;
    if (this.#live) countLive(this.#plan.active, "plain", this.#audience, -1);
    this.#parts.topics.release(this.#plan.active);
    this.#plan = undefined;
  }

  get userId(): string {
    return this.#request.who.user.id;
  }

  reviewRights(): void {
    const { who, topic } = this.#request;
    if (this.#parts.auth.rightsIn(who, topic)?.read) {
      this.#serveAs(this.#parts.chat.audienceOf(who, topic));
      return;
    }
    this.#writer?.send(`! You can no longer read "${topic}".`);
    this.#writer?.close("revoked");
  }

  follows(topic: string): boolean {
    return this.#request.topic === topic;
  }

  topics(): string[] {
    return [this.#request.topic];
  }

  /** Does nothing: plain mode has no events. A guest receives a line with the reason when a message is refused. */
  sendEvent(): void {}

  queuedBytes(): number {
    return this.#writer?.queuedBytes() ?? 0;
  }

  terminate(): void {
    this.#writer?.terminate();
  }

  goodbye(reason: CloseName): void {
    this.#writer?.send(
      mayComeBack(CLOSE[reason])
        ? "! The server is restarting. Connect again in a moment."
        : "! Your session was ended.",
    );
    this.#parts.metrics.closes.inc({ reason });
    this.#writer?.close(reason);
  }

  async #publish(frame: string | Buffer): Promise<void> {
    if (this.#isClosing) return;
    const { config, limits, chat } = this.#parts;
    try {
      if (typeof frame !== "string")
        throw new KabarError("bad-json", "Frames must be text; this one is binary.");
      const rate = { rate: config.sessionPublishRate, burst: config.sessionPublishBurst };
      const waitMs = this.#messages.take(rate, Date.now());
      if (waitMs > 0) {
        throw new KabarError(
          "rate-limited",
          `Too fast. Wait ${Math.ceil(waitMs / 1000)} s and send it again.`,
          waitMs,
        );
      }
      const { who, topic } = this.#request;
      limits.takeSender({ address: this.address, user: who.user.id });
      this.#refusals = 0;
      const charge = chargeOf(limits, this.address);
      const { held } = await chat.publish(who, topic, crypto.randomUUID(), { text: frame }, charge);
      if (held) this.#writer?.send("! Your message is waiting for review.");
    } catch (thrown) {
      this.#refuse(thrown);
    }
  }

  async #follow(writer: SocketWriter): Promise<void> {
    const { chat, topics } = this.#parts;
    const { who, topic, history } = this.#request;
    try {
      const start = { last: history, session: `plain ${who.user.id}` };
      // Other modes answer with an error, after which their clients try again; a person at a terminal cannot.
      const plan = await readPatiently(
        () => chat.subscribe(who, topic, start),
        () => writer.isOpen,
      );
      if (!plan) return;
      if (!writer.isOpen) return topics.release(plan.active);
      this.#plan = plan;
      await topics.catchUp(plan.active, {
        position: plan.cursor.offset,
        ready: () => writer.ready(),
        send: (messages) => {
          for (const message of messages) {
            const line = lineOf(message, this.#audience);
            if (line !== "") writer.send(line);
          }
        },
        gap: (from, to) => writer.send(`! Messages ${from} to ${to} are no longer retained.`),
        goLive: () => {
          if (!writer.isOpen) return;
          this.#live = true;
          writer.socket.subscribe(nativeTopic(topic, "plain", this.#audience));
          countLive(plan.active, "plain", this.#audience, 1);
        },
      });
    } catch (thrown) {
      this.#refuse(thrown);
      writer.close("internal");
    }
  }

  /** Serves the topic as this audience sees it: a shadow-banned guest still receives the guest's own lines. */
  #serveAs(audience: Audience): void {
    const [plan, writer, before] = [this.#plan, this.#writer, this.#audience];
    this.#audience = audience;
    if (audience === before || !this.#live || !plan || !writer?.isOpen) return;
    const { topic } = this.#request;
    writer.socket.unsubscribe(nativeTopic(topic, "plain", before));
    countLive(plan.active, "plain", before, -1);
    writer.socket.subscribe(nativeTopic(topic, "plain", audience));
    countLive(plan.active, "plain", audience, 1);
  }

  #refuse(thrown: unknown): void {
    const error = asKabarError(thrown, (err) => this.#parts.logger.error({ err }, "bug in plain mode"));
    this.#parts.metrics.errors.inc({ code: error.code });
    this.#writer?.send(toPlainLine(error));
    if (error.code !== "rate-limited" && error.code !== "bad-json") return;
    this.#refusals += 1;
    if (this.#refusals < MAX_REFUSALS) return;
    this.#isClosing = true;
    this.#parts.metrics.closes.inc({ reason: "bad-client" });
    this.#writer?.close("bad-client");
  }
}
