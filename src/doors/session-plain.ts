/**
 * The WebSocket door in plain mode: every text frame in is a guest's message, every message out is `name: text`. No
 * commands, no cursor. What a page of ten lines needs, kept as simple for its reader as for its writer.
 */
import { type Audience, EVERYBODY } from "../topics/audience.ts";
import type { Auth } from "../users/auth.ts";
import type { Identity } from "../users/identity.ts";
import type { Chat } from "../chat/chat.ts";
import { chargeOf } from "../chat/charge.ts";
import type { Subscription } from "../chat/reading.ts";
import type { Config } from "../config.ts";
import { asKabarError, KabarError, toPlainLine } from "../errors.ts";
import { Bucket, type Limits } from "../limits.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import type { CloseName } from "../protocol.ts";
import { Outlet, type Peer, type Socket } from "./peer.ts";
import { countLive, lineOf, nativeTopic, type Topics } from "../topics/topics.ts";

/** A program that goes on after so many refusals in a row does not listen. */
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

/** What the address of the upgrade asked for, checked. */
export interface PlainRequest {
  address: string;
  who: Identity;
  topic: string;
  /** How many of the latest messages to hand over first. */
  history: number;
  /** Said first. */
  notice?: string | undefined;
}

export class PlainSession implements Peer {
  readonly mode = "plain";
  readonly address: string;
  readonly #parts: PlainParts;
  readonly #request: PlainRequest;
  readonly #messages: Bucket;
  #outlet: Outlet | undefined;
  #plan: Subscription | undefined;
  #audience: Audience = EVERYBODY;
  #live = false;
  /** Frames refused in a row for their pace, or because they were no text. */
  #refusals = 0;
  #isClosing = false;

  constructor(parts: PlainParts, request: PlainRequest) {
    this.#parts = parts;
    this.#request = request;
    this.address = request.address;
    this.#messages = new Bucket(parts.config.sessionPublishBurst, Date.now());
  }

  open(socket: Socket): void {
    this.#outlet = new Outlet(socket);
    const { notice } = this.#request;
    if (notice !== undefined) this.#outlet.send(`! ${notice}`);
    void this.#follow(this.#outlet);
  }

  message(frame: string | Buffer): void {
    void this.#publish(frame);
  }

  drain(): void {
    this.#outlet?.drained();
  }

  closed(): void {
    this.#outlet?.gone();
    if (!this.#plan) return;
    if (this.#live) countLive(this.#plan.active, "plain", this.#audience, -1);
    this.#parts.topics.release(this.#plan.active);
    this.#plan = undefined;
  }

  get userId(): string {
    return this.#request.who.user.id;
  }

  review(): void {
    const { who, topic } = this.#request;
    if (this.#parts.auth.rightsIn(who, topic)?.read) {
      this.#serveAs(this.#parts.chat.audienceOf(who, topic));
      return;
    }
    this.#outlet?.send(`! You can no longer read "${topic}".`);
    this.#outlet?.close("revoked");
  }

  /** Plain mode has no events: what a visitor may not do is said when they try. */
  tell(): void {}

  queuedBytes(): number {
    return this.#outlet?.queuedBytes() ?? 0;
  }

  cut(): void {
    this.#outlet?.cut();
  }

  goodbye(reason: CloseName): void {
    this.#outlet?.send("! The server is restarting. Connect again in a moment.");
    this.#parts.metrics.closes.inc({ reason });
    this.#outlet?.close(reason);
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
      if (held) this.#outlet?.send("! Your message is waiting for review.");
    } catch (thrown) {
      this.#refuse(thrown);
    }
  }

  async #follow(outlet: Outlet): Promise<void> {
    const { chat, topics } = this.#parts;
    const { who, topic, history } = this.#request;
    try {
      const plan = await chat.subscribe(who, topic, { last: history, session: `plain ${who.user.id}` });
      if (!outlet.isOpen) return topics.release(plan.active);
      this.#plan = plan;
      await topics.catchUp(plan.active, {
        position: plan.cursor.offset,
        ready: () => outlet.ready(),
        send: (messages) => {
          for (const message of messages) {
            const line = lineOf(message, this.#audience);
            if (line !== "") outlet.send(line);
          }
        },
        gap: (from, to) => outlet.send(`! Messages ${from} to ${to} are no longer retained.`),
        goLive: () => {
          if (!outlet.isOpen) return;
          this.#live = true;
          outlet.socket.subscribe(nativeTopic(topic, "plain", this.#audience));
          countLive(plan.active, "plain", this.#audience, 1);
        },
      });
    } catch (thrown) {
      this.#refuse(thrown);
      outlet.close("internal");
    }
  }

  /** A guest whom moderators hid goes on reading their own lines. */
  #serveAs(audience: Audience): void {
    const [plan, outlet, before] = [this.#plan, this.#outlet, this.#audience];
    this.#audience = audience;
    if (audience === before || !this.#live || !plan || !outlet?.isOpen) return;
    const { topic } = this.#request;
    outlet.socket.unsubscribe(nativeTopic(topic, "plain", before));
    countLive(plan.active, "plain", before, -1);
    outlet.socket.subscribe(nativeTopic(topic, "plain", audience));
    countLive(plan.active, "plain", audience, 1);
  }

  #refuse(thrown: unknown): void {
    const error = asKabarError(thrown, (err) => this.#parts.logger.error({ err }, "bug in plain mode"));
    this.#parts.metrics.errors.inc({ code: error.code });
    this.#outlet?.send(toPlainLine(error));
    if (error.code !== "rate-limited" && error.code !== "bad-json") return;
    this.#refusals += 1;
    if (this.#refusals < MAX_REFUSALS) return;
    this.#isClosing = true;
    this.#parts.metrics.closes.inc({ reason: "bad-client" });
    this.#outlet?.close("bad-client");
  }
}
